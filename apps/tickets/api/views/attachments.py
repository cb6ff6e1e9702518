from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema, extend_schema_view
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.api.idempotency import concerning
from apps.core.api.parsers import MultiPartParser
from apps.core.api.throttles import ActorThrottle, UploadThrottle
from apps.core.api.views import Resource
from apps.core.audit import record_view
from apps.core.errors import NotVisible
from apps.core.storage import serve_file
from apps.tickets.api.serializers import AttachmentOutput, UploadInput
from apps.tickets.api.views.base import visible_ticket
from apps.tickets.models import Attachment
from apps.tickets.selectors.detail import draft_file_view
from apps.tickets.selectors.minors import lens_over_file
from apps.tickets.selectors.resources import attachment_view
from apps.tickets.services import drafts

CONTENT = {(200, "application/octet-stream"): OpenApiResponse(OpenApiTypes.BINARY, description=_("The file itself."))}


@extend_schema_view(
    retrieve=extend_schema(summary=_("Show an attachment"), description=_("What a file is, without its content.")),
)
class Attachments(Resource[Attachment]):
    serializer_class = AttachmentOutput
    lookup_field = "public_id"
    permission = "tickets.view"
    parser_classes = (MultiPartParser,)
    throttle_classes = (ActorThrottle, UploadThrottle)
    queryset = Attachment.objects.none()

    def get_queryset(self) -> QuerySet[Attachment]:
        return Attachment.objects.visible_to(self.actor).select_related("file", "ticket__customer")

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return self.shown(attachment_view(self.actor, self.get_object()))

    @extend_schema(
        summary=_("Upload a file"),
        description=_(
            "Keeps a file for a message that will be written on `ticket`. Name the answered id in `attachments` of that"
            " message. Only the same user can use it; unused uploads are deleted after a while."
        ),
        request={"multipart/form-data": UploadInput},
        responses={201: AttachmentOutput},
    )
    def create(self, request: Request) -> Response:
        data = self.read(UploadInput)
        number = data.get("ticket")
        ticket = visible_ticket(self.actor, number) if number else None
        row = drafts.add_draft_file(ticket=ticket, by=self.actor, content=data["file"], name=data["file"].name)
        response = self.shown(draft_file_view(row), status=201)
        return response if ticket is None else concerning(response, ticket)


class AttachmentContent(Resource[Attachment]):
    lookup_field = "public_id"
    permission = "tickets.view"
    queryset = Attachment.objects.none()
    serializer_class = AttachmentOutput

    def get_queryset(self) -> QuerySet[Attachment]:
        return Attachment.objects.visible_to(self.actor).select_related("file", "ticket__customer")

    @extend_schema(
        operation_id="attachments_content_retrieve",
        summary=_("Download a file"),
        description=_("Always as a download. Refused as absent where this credential's lens does not open files."),
        responses=CONTENT,
    )
    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponse:  # type: ignore[override]
        row = self.get_object()
        if not lens_over_file(self.actor, row).opens_files:
            raise NotVisible
        record_view("attachment.opened", by=self.actor, subject=row)
        return serve_file(row.file)

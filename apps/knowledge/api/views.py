from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.api.views import Resource
from apps.knowledge.api.filters import SnippetFilter
from apps.knowledge.api.serializers import SnippetCreateInput, SnippetOutput, SnippetUpdateInput
from apps.knowledge.models import Snippet
from apps.knowledge.services import snippets

WRITING = ("create", "partial_update", "destroy")


@extend_schema_view(
    list=extend_schema(
        summary=_("List snippets"), description=_("Ready texts that this credential's user may use: own, team's, all.")
    ),
    retrieve=extend_schema(
        summary=_("Show a snippet"), description=_("One snippet, also when it is switched off for the time being.")
    ),
)
class Snippets(Resource[Snippet]):
    serializer_class = SnippetOutput
    filterset_class = SnippetFilter
    lookup_field = "pk"
    permission = "tickets.view"
    permission_by_action = dict.fromkeys(WRITING, "tickets.reply")
    orderings = {"shortcut": ("shortcut", "id"), "-updated": ("-updated", "-id")}
    queryset = Snippet.objects.none()

    def get_queryset(self) -> QuerySet[Snippet]:
        rows = Snippet.objects.visible_to(self.actor).select_related("team", "owner")
        return rows.usable() if self.action == "list" else rows

    @extend_schema(
        summary=_("Create a snippet"),
        description=_(
            "In the name of the token's user. Private unless `scope` says otherwise; one for a team of the user's or for"
            " everybody needs the right to share snippets."
        ),
        request=SnippetCreateInput,
        responses={201: SnippetOutput},
    )
    def create(self, request: Request) -> Response:
        snippet = snippets.create_snippet(by=self.actor, **self.read(SnippetCreateInput))
        response = self.shown(snippet, status=201)
        response["Location"] = request.build_absolute_uri(reverse("api:snippet", args=[snippet.pk]))
        return response

    @extend_schema(
        summary=_("Change a snippet"),
        description=_(
            "Only the fields that are sent change. Private ones by their owner, shared ones by who may share."
        ),
        request=SnippetUpdateInput,
        responses=SnippetOutput,
    )
    def partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        data = self.read(SnippetUpdateInput)
        return self.shown(snippets.update_snippet(snippet=self.get_object(), by=self.actor, **data))

    @extend_schema(summary=_("Delete a snippet"), description=_("For good, by whoever may change it."))
    def destroy(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        snippets.delete_snippet(snippet=self.get_object(), by=self.actor)
        return Response(status=204)

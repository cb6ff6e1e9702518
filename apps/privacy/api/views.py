from collections.abc import Callable
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.api.views import Resource
from apps.privacy.api.reveals import RevealedOutput, RevealFilter, RevealInput, RevealOutput
from apps.privacy.models import Reveal
from apps.privacy.permits import REVEAL
from apps.privacy.services.reveals import reveal_field


@extend_schema_view(
    list=extend_schema(
        summary=_("List reveals"),
        description=_(
            "Which masked values were shown to whom, and why: one's own, those of customers whom one looks after, or"
            " all for who audits or approves. No value is among them."
        ),
    ),
    retrieve=extend_schema(summary=_("Show a reveal"), description=_("One reveal, without its value.")),
)
class Reveals(Resource[Reveal]):
    serializer_class = RevealOutput
    filterset_class = RevealFilter
    lookup_field = "public_id"
    permission_by_action = {"create": REVEAL}
    orderings = {"-created": ("-created", "-id")}
    queryset = Reveal.objects.none()

    def get_queryset(self) -> QuerySet[Reveal]:
        return Reveal.objects.visible_to(self.actor).select_related("user", "decided_by")

    @extend_schema(
        summary=_("Show a masked value"),
        description=_(
            "One field of one record, for a reason. A program cannot prove anew who it is, so somebody in the house"
            " approves each of its asks: the first answer is 202 without a value; asked again once it is approved, the"
            " answer holds the value, once. `Idempotency-Key` is not regarded: no answer with a value is kept."
        ),
        request=RevealInput,
        responses={200: RevealedOutput, 202: RevealedOutput},
    )
    def create(self, request: Request) -> Response:
        data = self.read(RevealInput)
        outcome = reveal_field(
            by=self.actor,
            kind=data["record"],
            record_id=data["id"],
            field=data["field"],
            reason_kind=data["reason_kind"],
            reason=data["reason"],
            is_proven=False,
        )
        row: Any = outcome.reveal
        row.value = outcome.value
        response = self.shown(row, RevealedOutput, status=202 if outcome.value is None else 200)
        response["Cache-Control"] = "no-store"
        return response

    def _once(self, handle: Callable[..., Response], request: Request, *args: Any, **kwargs: Any) -> Response:
        """A kept answer would keep the value."""
        return handle(request, *args, **kwargs)

"""The shapes of reveals."""

from typing import Any, cast

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiExample, extend_schema_serializer
from rest_framework import serializers

from apps.core.api.fields import PublicIdField, actor_of
from apps.core.api.filters import ApiFilterSet, WordsFilter
from apps.core.api.serializers import Input, Output
from apps.privacy.enums import FieldClass, RevealReason, RevealState
from apps.privacy.lens import Lens, lens_for
from apps.privacy.models import Reveal
from apps.privacy.selectors.reveals import minors_among

REVEAL: dict[str, Any] = {
    "id": "Zr3m1Xk0Qp2Vb7Tn5Wc9Lg",
    "viewer": "oliver",
    "record": "identity",
    "field": "value",
    "field_class": "phone",
    "reason_kind": "deliver",
    "reason": "The courier asks for a number",
    "state": "shown",
    "created": "2026-01-31T09:00:00Z",
    "decided_by": "susan",
    "decision": "",
    "shown_at": "2026-01-31T09:00:00Z",
    "shown_until": "2026-01-31T09:00:30Z",
}


class RevealFilter(ApiFilterSet):
    state = WordsFilter(field_name="state", choices=RevealState.choices)
    field_class = WordsFilter(field_name="field_class", choices=FieldClass.choices)
    viewer = WordsFilter(field_name="user__username")


@extend_schema_serializer(examples=[OpenApiExample("reveal", value=REVEAL, response_only=True)])
class RevealOutput(Output):
    id = PublicIdField()
    viewer = serializers.CharField(source="user.username")
    record = serializers.CharField(source="kind")
    field = serializers.CharField()
    field_class = serializers.ChoiceField(choices=FieldClass.choices)
    reason_kind = serializers.ChoiceField(choices=RevealReason.choices)
    reason = serializers.SerializerMethodField(help_text=_("As its viewer wrote it, through the reader's lens."))
    state = serializers.ChoiceField(choices=RevealState.choices)
    created = serializers.DateTimeField()
    decided_by = serializers.CharField(source="decided_by.username", allow_null=True)
    decision = serializers.SerializerMethodField()
    shown_at = serializers.DateTimeField(allow_null=True)
    shown_until = serializers.DateTimeField(source="until", allow_null=True)

    def get_reason(self, row: Reveal) -> str:
        return self._lens(row).text(row.reason)

    def get_decision(self, row: Reveal) -> str:
        return self._lens(row).text(row.decision)

    def _lens(self, row: Reveal) -> Lens:
        """As strict as for whom it was revealed of."""
        context = cast("dict[str, Any]", self.context)
        if "minors" not in context:
            shown: Any = self.root.instance
            rows = shown if isinstance(shown, (list, tuple, QuerySet)) else [row]
            context["minors"] = minors_among(rows, lens_for(actor_of(self)))
        return lens_for(actor_of(self)).of(row.customer_id in context["minors"]).for_staff_texts


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "revealed",
            value={**REVEAL, "value": "+8613800138000"},
            response_only=True,
            status_codes=["200", "202"],
        )
    ]
)
class RevealedOutput(RevealOutput):
    value = serializers.CharField(
        allow_null=True, help_text=_("In this answer only; null while somebody has to approve.")
    )


NEW = {
    "record": "identity",
    "id": "Zr3m1Xk0Qp2Vb7Tn5Wc9Lg",
    "field": "value",
    "reason_kind": "deliver",
    "reason": "The courier asks for a number",
}


@extend_schema_serializer(examples=[OpenApiExample("reveal", value=NEW, request_only=True)])
class RevealInput(Input):
    record = serializers.SlugField(
        max_length=30, help_text=_("The kind of record: customer, identity, customer_note, ticket or message.")
    )
    id = serializers.CharField(max_length=40, help_text=_("The record's id."))
    field = serializers.CharField(
        max_length=60,
        help_text=_("name, value, or a place in a text: text:10-21 is what stands from character 10 up to 21."),
    )
    reason_kind = serializers.ChoiceField(choices=RevealReason.choices)
    reason = serializers.CharField(max_length=500)

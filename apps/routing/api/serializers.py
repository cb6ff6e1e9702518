from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiExample, extend_schema_serializer
from rest_framework import serializers

from apps.accounts.models import User
from apps.core.actor import Actor
from apps.core.api.fields import TranslatedField, VisibleKey
from apps.core.api.serializers import Input, Output
from apps.core.ids import public_id_for
from apps.routing.enums import CHOSEN, Cause, Presence
from apps.routing.models import BreakReason
from apps.routing.selectors.floor import FloorRow, OfferCard
from apps.tickets.enums import WorkKind
from apps.tickets.models import Assignment

STATE = {
    "agent": "wang.fang",
    "state": "break",
    "reason": "meal",
    "since": "2026-01-31T04:00:00Z",
    "is_connected": True,
    "load": {"mail": 3, "chat": 1},
    "percent": 63,
}
OFFER = {
    "id": "Zb3v1mYq0Wc8S2l7xJ4aHg",
    "ticket": 1042,
    "work_kind": "chat",
    "expires_at": "2026-01-31T04:00:20Z",
    "seconds_left": 14,
    "explanation": [{"code": "by_longest_idle", "params": {"idle": 95}}],
}


def visible_reasons(actor: Actor) -> QuerySet[BreakReason]:
    return BreakReason.objects.visible_to(actor).active()


def visible_people(actor: Actor) -> QuerySet[User]:
    return User.objects.visible_to(actor).active()


@extend_schema_serializer(
    examples=[OpenApiExample("reason", value={"key": "meal", "name": {"en": "Meal", "zh-hans": "用餐"}})]
)
class BreakReasonOutput(Output):
    key = serializers.CharField()
    name = TranslatedField()


@extend_schema_serializer(examples=[OpenApiExample("state", value=STATE, response_only=True)])
class AgentStateOutput(Output):
    agent = serializers.CharField()
    state = serializers.ChoiceField(choices=Presence.choices)
    reason = serializers.CharField(help_text=_("Key of the reason for a break; empty otherwise."))
    since = serializers.DateTimeField(allow_null=True, help_text=_("Null for who never had a state."))
    is_connected = serializers.BooleanField(help_text=_("Whether a desk of theirs is open somewhere."))
    load = serializers.DictField(child=serializers.IntegerField(), help_text=_("What they hold now, by kind of work."))
    percent = serializers.IntegerField(help_text=_("How much of them is taken."))

    @staticmethod
    def row(row: FloorRow) -> dict[str, Any]:
        return {
            "agent": row.username,
            "state": row.state.state,
            "reason": row.state.reason_key,
            "since": row.state.since,
            "is_connected": row.is_connected,
            "load": dict(row.load),
            "percent": row.percent,
        }


@extend_schema_serializer(examples=[OpenApiExample("states", value={"results": [STATE]})])
class AgentStateListOutput(Output):
    results = AgentStateOutput(many=True)


@extend_schema_serializer(
    examples=[OpenApiExample("break", value={"state": "break", "reason": "meal"}, request_only=True)]
)
class AgentStateInput(Input):
    state = serializers.ChoiceField(choices=[(state.value, state.label) for state in CHOSEN])
    reason = VisibleKey(visible_reasons, required=False, allow_null=True, help_text=_("Only for breaks."))
    why = serializers.CharField(
        required=False, max_length=500, help_text=_("Needed to set somebody else's state; kept in the audit trail.")
    )


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "change",
            value={
                "agent": "wang.fang", "at": "2026-01-31T04:00:00Z", "state": "break", "reason": "meal", "cause": "self",
                "by": "wang.fang",
            },
        )
    ]
)  # fmt: skip
class AgentStateChangeOutput(Output):
    agent = serializers.CharField(source="user.username")
    at = serializers.DateTimeField(source="created")
    state = serializers.ChoiceField(choices=Presence.choices)
    reason = serializers.CharField(source="reason.key", default="")
    cause = serializers.ChoiceField(choices=Cause.choices)
    by = serializers.CharField(source="by.username", default=None, allow_null=True)


class ReasonOutput(Output):
    code = serializers.CharField()
    params = serializers.DictField()


@extend_schema_serializer(examples=[OpenApiExample("offer", value=OFFER)])
class OfferOutput(Output):
    id = serializers.CharField()
    ticket = serializers.IntegerField()
    work_kind = serializers.ChoiceField(choices=WorkKind.choices)
    expires_at = serializers.DateTimeField()
    seconds_left = serializers.IntegerField(help_text=_("By the server's clock."))
    explanation = ReasonOutput(many=True, help_text=_("Why this agent."))

    @staticmethod
    def row(card: OfferCard) -> dict[str, Any]:
        return {
            "id": public_id_for(Assignment, card.id),
            "ticket": card.ticket.number,
            "work_kind": card.work_kind,
            "expires_at": card.expires_at,
            "seconds_left": card.seconds_left,
            "explanation": [{"code": code, "params": params} for code, params in card.explanation],
        }


@extend_schema_serializer(examples=[OpenApiExample("offers", value={"results": [OFFER]})])
class OfferListOutput(Output):
    results = OfferOutput(many=True)


@extend_schema_serializer(
    examples=[OpenApiExample("push", value={"agent": "wang.fang", "seconds": 30}, request_only=True)]
)
class OfferInput(Input):
    agent = VisibleKey(visible_people, column="username")
    seconds = serializers.IntegerField(min_value=5, max_value=3600, default=30)


@extend_schema_serializer(
    examples=[OpenApiExample("made", value={"id": OFFER["id"], "expires_at": OFFER["expires_at"]}, response_only=True)]
)
class OfferMadeOutput(Output):
    id = serializers.CharField()
    expires_at = serializers.DateTimeField()

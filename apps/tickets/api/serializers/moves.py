from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers

from apps.core.api.fields import VisibleId, VisibleKey, VisibleNumber
from apps.core.api.serializers import Input, Output
from apps.customers.enums import ProofMethod
from apps.tickets.api.serializers.examples import HELPER, LINK, sent, shown
from apps.tickets.api.serializers.fields import (
    visible_categories,
    visible_identities,
    visible_people,
    visible_queues_to_move,
    visible_teams,
    visible_tickets,
)
from apps.tickets.enums import LinkKind, Status
from apps.tickets.services.transferring import WHISPER_LENGTH


class WrapUpFields(Input):
    category = VisibleKey(visible_categories, required=False, allow_null=True)
    tags = serializers.ListField(child=serializers.CharField(max_length=50), max_length=50, required=False)
    summary = serializers.CharField(max_length=20_000, required=False, allow_blank=True)
    is_solved = serializers.BooleanField(required=False, allow_null=True)


@extend_schema_serializer(
    examples=[sent({"status": "resolved", "wrap_up": {"summary": "Sent a new parcel.", "is_solved": True}})]
)
class StatusInput(Input):
    status = serializers.ChoiceField(choices=Status.choices)
    wrap_up = WrapUpFields(required=False, help_text=_("With `resolved`: the record of the work."))


@extend_schema_serializer(examples=[sent({"assignee": "wang.fang"})])
class AssignmentInput(Input):
    assignee = VisibleKey(
        visible_people,
        column="username",
        allow_null=True,
        help_text=_("User name; null gives the ticket back to its queue."),
    )
    team = VisibleKey(visible_teams, required=False, allow_null=True)


@extend_schema_serializer(examples=[sent({"queue": "returns", "whisper": "Wants a new screen, is angry."})])
class TransferInput(Input):
    """Exactly one of `assignee`, `queue` and `to_house`."""

    assignee = VisibleKey(visible_people, column="username", required=False, help_text=_("User name."))
    queue = VisibleKey(visible_queues_to_move, required=False)
    to_house = serializers.BooleanField(
        required=False, help_text=_("Free again in its queue, and offered to nobody of a vendor.")
    )
    whisper = serializers.CharField(
        required=False,
        allow_blank=True,
        max_length=WHISPER_LENGTH,
        help_text=_("Words for whoever gets it, kept as an internal note."),
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        chosen = [name for name in ("assignee", "queue", "to_house") if attrs.get(name)]
        if len(chosen) != 1:
            raise serializers.ValidationError({"assignee": [_("Give one of assignee, queue and to_house.")]})
        return attrs


@extend_schema_serializer(examples=[shown(LINK)])
class LinkOutput(Output):
    ticket = serializers.IntegerField(help_text=_("Number of the other ticket."))
    kind = serializers.ChoiceField(choices=LinkKind.choices)
    is_outgoing = serializers.BooleanField(help_text=_("Whether the link was made from this ticket to the other."))


@extend_schema_serializer(examples=[shown({"results": [LINK]})])
class LinkListOutput(Output):
    results = LinkOutput(many=True)


@extend_schema_serializer(examples=[shown(HELPER)])
class HelperOutput(Output):
    agent = serializers.CharField(source="user.username")
    name = serializers.CharField(source="user.display_name")
    since = serializers.DateTimeField(source="created")


@extend_schema_serializer(examples=[shown({"results": [HELPER]})])
class HelperListOutput(Output):
    results = HelperOutput(many=True)


@extend_schema_serializer(examples=[sent({"ticket": 1017, "kind": "related"})])
class LinkInput(Input):
    ticket = VisibleNumber(visible_tickets)
    kind = serializers.ChoiceField(choices=LinkKind.choices, required=False)


@extend_schema_serializer(examples=[sent({"into": 1017})])
class MergeInput(Input):
    into = VisibleNumber(visible_tickets)


@extend_schema_serializer(examples=[sent({"is_spam": True, "block_sender": True})])
class SpamInput(Input):
    is_spam = serializers.BooleanField()
    block_sender = serializers.BooleanField(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs.get("block_sender") and not attrs["is_spam"]:
            raise serializers.ValidationError({"block_sender": [_("Only together with spam.")]})
        return attrs


@extend_schema_serializer(examples=[sent({"kind": "phone", "value": "+8613800000001", "method": "code"})])
class ProofInput(Input):
    """Either one of the customer's identities, or kind and value of a new one."""

    identity = VisibleId(visible_identities, required=False)
    kind = serializers.CharField(max_length=40, required=False)
    value = serializers.CharField(max_length=500, required=False)
    method = serializers.ChoiceField(choices=ProofMethod.choices, default=ProofMethod.CODE)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("identity" in attrs) == ("kind" in attrs and "value" in attrs):
            raise serializers.ValidationError({"identity": [_("Give either identity, or kind and value.")]})
        return attrs

from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers

from apps.core.api.fields import VisibleId, VisibleKey
from apps.core.api.serializers import Input, Output
from apps.tickets.api.serializers.examples import CUSTOMER, TICKET, sent, shown
from apps.tickets.api.serializers.fields import (
    Confirmed,
    PriorityField,
    visible_categories,
    visible_channels,
    visible_customers,
    visible_people,
    visible_queues,
    visible_teams,
)
from apps.tickets.enums import InteractionState, SlaState, Status, TicketType
from apps.tickets.selectors.rendering import SUBJECT_LENGTH
from apps.tickets.selectors.resources import PRIORITIES


class CustomerRefOutput(Output):
    id = serializers.CharField()
    name = serializers.CharField(help_text=_("As this credential may see it."))


@extend_schema_serializer(examples=[shown(TICKET)])
class TicketOutput(Output):
    number = serializers.IntegerField()
    id = serializers.CharField()
    subject = serializers.CharField()
    status = serializers.ChoiceField(choices=Status.choices)
    priority = serializers.ChoiceField(choices=PRIORITIES)
    type = serializers.ChoiceField(choices=TicketType.choices)
    queue = serializers.CharField(help_text=_("Key of the queue."))
    category = serializers.CharField(allow_null=True, help_text=_("Key of the category."))
    team = serializers.CharField(allow_null=True, help_text=_("Key of the team."))
    channel = serializers.CharField(allow_null=True, help_text=_("Key of the channel it was opened on."))
    brand = serializers.CharField(help_text=_("Key of the brand."))
    assignee = serializers.CharField(allow_null=True, help_text=_("User name of who holds it."))
    customer = CustomerRefOutput(allow_null=True, help_text=_("Null on internal tickets."))
    tags = serializers.ListField(child=serializers.CharField())
    language = serializers.CharField()
    is_spam = serializers.BooleanField()
    parent = serializers.IntegerField(allow_null=True)  # type: ignore[assignment]
    merged_into = serializers.IntegerField(allow_null=True, help_text=_("Number of the ticket that took this one in."))
    message_count = serializers.IntegerField()
    reopen_count = serializers.IntegerField()
    opened_at = serializers.DateTimeField()
    updated = serializers.DateTimeField()
    last_message_at = serializers.DateTimeField()
    waiting_since = serializers.DateTimeField(
        allow_null=True, help_text=_("When the earliest customer message without an answer came.")
    )
    first_replied_at = serializers.DateTimeField(allow_null=True)
    resolved_at = serializers.DateTimeField(allow_null=True)
    closed_at = serializers.DateTimeField(allow_null=True)
    next_due_at = serializers.DateTimeField(allow_null=True, help_text=_("The next deadline of its service level."))
    sla_state = serializers.ChoiceField(
        choices=[("", ""), *SlaState.choices], allow_blank=True, help_text=_("Empty where nothing is promised.")
    )
    version = serializers.IntegerField(help_text=_("The same as in the ETag."))


@extend_schema_serializer(
    examples=[
        shown(
            {
                "id": "Lk1Jh2Gf3Ds4Aq5We6Rt7Y",
                "ticket": 1042,
                "channel": "mail",
                "customer": CUSTOMER,
                "is_public": False,
                "state": "open",
                "started_at": "2026-01-31T09:00:00Z",
                "last_inbound_at": "2026-01-31T09:00:00Z",
                "ended_at": None,
            }
        )
    ]
)
class InteractionOutput(Output):
    id = serializers.CharField()
    ticket = serializers.IntegerField()
    channel = serializers.CharField()
    customer = CustomerRefOutput(allow_null=True)
    is_public = serializers.BooleanField(help_text=_("Whether it is what somebody comments under a post."))
    state = serializers.ChoiceField(choices=InteractionState.choices)
    started_at = serializers.DateTimeField()
    last_inbound_at = serializers.DateTimeField(allow_null=True)
    ended_at = serializers.DateTimeField(allow_null=True)


class TicketFields(Input):
    subject = serializers.CharField(max_length=SUBJECT_LENGTH, required=False)
    priority = PriorityField(required=False)
    type = serializers.ChoiceField(choices=TicketType.choices, required=False)
    queue = VisibleKey(visible_queues, required=False)
    category = VisibleKey(visible_categories, required=False, allow_null=True)
    team = VisibleKey(visible_teams, required=False, allow_null=True)
    tags = serializers.ListField(
        child=serializers.CharField(max_length=50),
        max_length=50,
        required=False,
        help_text=_("Keys of tags, in place of those that are set now."),
    )


class FirstMessageInput(Input):
    """The ticket's first message, written by us to the customer or as a note."""

    html = serializers.CharField(max_length=500_000, required=False, allow_blank=True)
    text = serializers.CharField(max_length=200_000, required=False, allow_blank=True)


class OutgoingInput(FirstMessageInput):
    """Words to the customer that go out on the ticket's `channel`."""

    is_confirmed = Confirmed()
    to = serializers.CharField(
        max_length=254, required=False, help_text=_("An address of the channel's kind; left out with a `customer`.")
    )
    cc = serializers.ListField(child=serializers.CharField(max_length=254), max_length=50, required=False)
    bcc = serializers.ListField(child=serializers.CharField(max_length=254), max_length=50, required=False)
    attachments = serializers.ListField(
        child=serializers.CharField(max_length=40), max_length=50, required=False, help_text=_("Ids of uploads.")
    )
    then_status = serializers.ChoiceField(choices=Status.choices, required=False)


@extend_schema_serializer(
    examples=[
        sent(
            {
                "subject": "Call back about the invoice",
                "customer": CUSTOMER["id"],
                "queue": "service",
                "priority": "high",
                "tags": ["wholesale"],
                "note": {"text": "She asked for a call on Friday."},
            }
        )
    ]
)
class TicketCreateInput(TicketFields):
    """A ticket that we open. What a customer wrote comes in through a channel instead."""

    subject = serializers.CharField(max_length=SUBJECT_LENGTH, required=False, allow_blank=True)
    customer = VisibleId(visible_customers, required=False, allow_null=True)
    channel = VisibleKey(visible_channels, required=False, allow_null=True)
    message = OutgoingInput(
        required=False,
        help_text=_("Begins a conversation: sent on `channel`, which must be one that may write first."),
    )
    assignee = VisibleKey(visible_people, column="username", required=False, allow_null=True)
    note = FirstMessageInput(required=False, help_text=_("An internal note to begin with."))

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if "message" not in attrs and not attrs.get("subject"):
            raise serializers.ValidationError({"subject": [_("Write a subject.")]})
        if "message" in attrs and not attrs.get("channel"):
            raise serializers.ValidationError({"channel": [_("Choose a channel that can write first.")]})
        if "message" in attrs and "note" in attrs:
            raise serializers.ValidationError({"note": [_("A ticket begins with a message or with a note.")]})
        return attrs


@extend_schema_serializer(examples=[sent({"priority": "urgent", "category": "delivery", "tags": ["wholesale"]})])
class TicketUpdateInput(TicketFields):
    pass

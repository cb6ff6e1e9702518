from collections.abc import Mapping
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiExample, extend_schema_field, extend_schema_serializer
from rest_framework import serializers
from rest_framework.reverse import reverse

from apps.accounts.models import Team, User
from apps.channels.enums import DeliveryState, FailureKind
from apps.channels.models import Channel
from apps.core.actor import Actor
from apps.core.api.fields import TranslatedField, VisibleId, VisibleKey, VisibleNumber
from apps.core.api.serializers import Input, Output
from apps.customers.enums import ProofMethod
from apps.customers.models import Customer, Identity
from apps.tickets.enums import InteractionState, LinkKind, MessageKind, Status, TicketType
from apps.tickets.models import Category, Queue, Ticket
from apps.tickets.selectors.rendering import SUBJECT_LENGTH
from apps.tickets.selectors.resources import PRIORITIES, priority_value
from apps.tickets.selectors.routes import ReplyRoute

CUSTOMER = {"id": "Zr3m1Xk0Qp2Vb7Tn5Wc9Lg", "name": "李娜"}
TICKET = {
    "number": 1042,
    "id": "Ab1Cd2Ef3Gh4Ij5Kl6Mn7O",
    "subject": "Parcel has not arrived",
    "status": "open",
    "priority": "high",
    "type": "question",
    "queue": "service",
    "category": "delivery",
    "team": "service-a",
    "channel": "mail",
    "brand": "main",
    "assignee": "wang.fang",
    "customer": CUSTOMER,
    "tags": ["wholesale"],
    "language": "en",
    "is_spam": False,
    "parent": None,
    "merged_into": None,
    "message_count": 3,
    "reopen_count": 0,
    "opened_at": "2026-01-31T09:00:00Z",
    "updated": "2026-01-31T10:30:00Z",
    "last_message_at": "2026-01-31T10:30:00Z",
    "waiting_since": None,
    "first_replied_at": "2026-01-31T09:12:00Z",
    "resolved_at": None,
    "closed_at": None,
    "next_due_at": None,
    "version": 7,
}
ATTACHMENT = {
    "id": "Pq8Rs7Tu6Vw5Xy4Za3Bc2D",
    "name": "receipt.pdf",
    "size": 48211,
    "content_type": "application/pdf",
    "is_inline": False,
    "url": "https://desk.example.com/api/v1/attachments/Pq8Rs7Tu6Vw5Xy4Za3Bc2D/content/",
}
MESSAGE = {
    "id": "Mn1Bv2Cx3Za4Sd5Fg6Hj7K",
    "ticket": 1042,
    "sequence": 3,
    "kind": "agent",
    "created": "2026-01-31T10:30:00Z",
    "channel": "mail",
    "author": "wang.fang",
    "author_name": "王芳",
    "subject": "Re: Parcel has not arrived",
    "text": "It is on its way.",
    "html": "<p>It is on its way.</p>",
    "quoted": "",
    "sender": "Service <service@example.com>",
    "to": ["li.na@example.com"],
    "cc": [],
    "bcc": [],
    "is_automatic": False,
    "is_third_person": False,
    "is_forward": False,
    "notice": "",
    "attachments": [ATTACHMENT],
    "delivery": {"state": "sent", "failure": "", "due_at": "2026-01-31T10:30:10Z", "sent_at": "2026-01-31T10:30:12Z"},
}


EVENT = {
    "position": 90412,
    "id": "Uy1Tr2Ew3Qa4Sd5Fg6Hj7K",
    "kind": "ticket.status_changed",
    "created": "2026-01-31T10:30:00Z",
    "ticket": 1042,
    "customer": None,
    "actor_kind": "person",
    "actor": "wang.fang",
    "face": "desk",
    "data": {"old": "open", "new": "pending", "reason": "reply"},
}
HISTORY = {
    "at": "2026-01-31T10:30:00Z",
    "kind": "ticket.assigned",
    "actor": "王芳",
    "face": "api",
    "what": "Assignee",
    "old": "",
    "new": "王芳",
    "sentence": "王芳 took the ticket.",
}
LINK = {"ticket": 1017, "kind": "related", "is_outgoing": True}


def shown(value: Mapping[str, Any]) -> OpenApiExample:
    return OpenApiExample("answer", value=dict(value), response_only=True)


def sent(value: Mapping[str, Any], name: str = "request") -> OpenApiExample:
    return OpenApiExample(name, value=dict(value), request_only=True)


# --- Answers ------------------------------------------------------------------------------------------------------


@extend_schema_serializer(
    examples=[shown({"key": "service", "name": {"en": "Service", "zh-hans": "客服"}, "is_active": True})]
)
class QueueOutput(Output):
    key = serializers.CharField()
    name = TranslatedField(read_only=True)
    is_active = serializers.BooleanField()


@extend_schema_serializer(
    examples=[
        shown(
            {
                "key": "delivery",
                "name": {"en": "Delivery", "zh-hans": "配送"},
                "parent": None,
                "is_active": True,
                "required_on_resolve": ["summary"],
            }
        )
    ]
)
class CategoryOutput(Output):
    key = serializers.CharField()
    name = TranslatedField(read_only=True)
    parent = serializers.CharField(source="parent.key", allow_null=True)  # type: ignore[assignment]
    is_active = serializers.BooleanField()
    required_on_resolve = serializers.ListField(
        child=serializers.CharField(), help_text=_("What a wrap-up must hold: category, tags, summary, outcome.")
    )


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
    next_due_at = serializers.DateTimeField(allow_null=True)
    version = serializers.IntegerField(help_text=_("The same as in the ETag."))


@extend_schema_serializer(examples=[shown(ATTACHMENT)])
class AttachmentOutput(Output):
    id = serializers.CharField(source="public_id")
    name = serializers.CharField()
    size = serializers.IntegerField()
    content_type = serializers.CharField(help_text=_("Found from the content, not from what the sender claimed."))
    is_inline = serializers.BooleanField()
    url = serializers.SerializerMethodField(help_text=_("Null when this credential may not open files."))

    @extend_schema_field({"type": "string", "format": "uri", "nullable": True})
    def get_url(self, row: Any) -> str | None:
        if not row.url:
            return None
        return reverse("api:attachment-content", args=[row.public_id], request=self.context["request"])


class DeliveryOutput(Output):
    state = serializers.ChoiceField(choices=DeliveryState.choices)
    failure = serializers.ChoiceField(choices=[("", ""), *FailureKind.choices], allow_blank=True)
    due_at = serializers.DateTimeField()
    sent_at = serializers.DateTimeField(allow_null=True)


@extend_schema_serializer(examples=[shown(MESSAGE)])
class MessageOutput(Output):
    """One entry of the timeline. Texts and addresses are as this credential may see them."""

    id = serializers.CharField()
    ticket = serializers.IntegerField()
    sequence = serializers.IntegerField(help_text=_("Counts from 1 within the ticket, without gaps."))
    kind = serializers.ChoiceField(choices=MessageKind.choices)
    created = serializers.DateTimeField()
    channel = serializers.CharField(allow_null=True)
    author = serializers.CharField(allow_null=True, help_text=_("User name, where a colleague wrote it."))
    author_name = serializers.CharField()
    subject = serializers.CharField()
    text = serializers.CharField()
    html = serializers.CharField(help_text=_("Sanitized."))
    quoted = serializers.CharField(help_text=_("What the mail quoted from earlier ones."))
    sender = serializers.CharField()
    to = serializers.ListField(child=serializers.CharField())
    cc = serializers.ListField(child=serializers.CharField())
    bcc = serializers.ListField(child=serializers.CharField())
    is_automatic = serializers.BooleanField()
    is_third_person = serializers.BooleanField(help_text=_("A reply that came from somebody other than the customer."))
    is_forward = serializers.BooleanField()
    notice = serializers.CharField()
    attachments = AttachmentOutput(many=True)
    delivery = DeliveryOutput(allow_null=True, help_text=_("What became of a message that we sent."))


@extend_schema_serializer(
    examples=[
        shown(
            {
                "id": "Lk1Jh2Gf3Ds4Aq5We6Rt7Y",
                "ticket": 1042,
                "channel": "mail",
                "customer": CUSTOMER,
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
    state = serializers.ChoiceField(choices=InteractionState.choices)
    started_at = serializers.DateTimeField()
    last_inbound_at = serializers.DateTimeField(allow_null=True)
    ended_at = serializers.DateTimeField(allow_null=True)


@extend_schema_serializer(examples=[shown(LINK)])
class LinkOutput(Output):
    ticket = serializers.IntegerField(help_text=_("Number of the other ticket."))
    kind = serializers.ChoiceField(choices=LinkKind.choices)
    is_outgoing = serializers.BooleanField(help_text=_("Whether the link was made from this ticket to the other."))


class HistoryOutput(Output):
    at = serializers.DateTimeField()
    kind = serializers.CharField()
    actor = serializers.CharField(source="actor_label")
    face = serializers.CharField()
    what = serializers.CharField()
    old = serializers.CharField()
    new = serializers.CharField()
    sentence = serializers.CharField(help_text=_("The line as the desk shows it, in the language of Accept-Language."))


class EventOutput(Output):
    position = serializers.IntegerField(help_text=_("Rises; the cursor for `after`."))
    id = serializers.CharField()
    kind = serializers.CharField()
    created = serializers.DateTimeField()
    ticket = serializers.IntegerField(allow_null=True)
    customer = serializers.CharField(allow_null=True)
    actor_kind = serializers.CharField()
    actor = serializers.CharField(allow_null=True, help_text=_("User name."))
    face = serializers.CharField(help_text=_("Through what it was done: desk, api, channel, system …"))
    data = serializers.DictField(  # type: ignore[assignment]
        help_text=_("What the kind tells; ids are numbers, keys, user names and public ids.")
    )


@extend_schema_serializer(examples=[shown({"results": [HISTORY]})])
class HistoryListOutput(Output):
    results = HistoryOutput(many=True)


@extend_schema_serializer(examples=[shown({"results": [LINK]})])
class LinkListOutput(Output):
    results = LinkOutput(many=True)


@extend_schema_serializer(examples=[shown({"results": [EVENT], "next_after": 90412, "has_more": False})])
class EventPageOutput(Output):
    results = EventOutput(many=True)
    next_after = serializers.IntegerField(help_text=_("Ask on with `after` of this value."))
    has_more = serializers.BooleanField(help_text=_("Whether more is there already."))


# --- Requests -----------------------------------------------------------------------------------------------------


def _queues(actor: Actor) -> QuerySet[Queue]:
    return Queue.objects.visible_to(actor).filter(is_active=True)


def _categories(actor: Actor) -> QuerySet[Category]:
    return Category.objects.visible_to(actor).filter(is_active=True)


def _teams(actor: Actor) -> QuerySet[Team]:
    return Team.objects.visible_to(actor).filter(is_active=True)


def _people(actor: Actor) -> QuerySet[User]:
    return User.objects.visible_to(actor).filter(is_active=True)


def _identities(actor: Actor) -> QuerySet[Identity]:
    return Identity.objects.visible_to(actor)


def _channels(actor: Actor) -> QuerySet[Channel]:
    return Channel.objects.visible_to(actor).filter(is_active=True)


def _customers(actor: Actor) -> QuerySet[Customer]:
    return Customer.objects.visible_to(actor)


def _tickets(actor: Actor) -> QuerySet[Ticket]:
    return Ticket.objects.visible_to(actor)


class PriorityField(serializers.ChoiceField):
    """By name outside, by rank inside."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(choices=PRIORITIES, **kwargs)

    def to_internal_value(self, data: Any) -> Any:
        return priority_value(super().to_internal_value(data))


class _TicketFields(Input):
    subject = serializers.CharField(max_length=SUBJECT_LENGTH, required=False)
    priority = PriorityField(required=False)
    type = serializers.ChoiceField(choices=TicketType.choices, required=False)
    queue = VisibleKey(_queues, required=False)
    category = VisibleKey(_categories, required=False, allow_null=True)
    team = VisibleKey(_teams, required=False, allow_null=True)
    tags = serializers.ListField(
        child=serializers.CharField(max_length=50),
        max_length=50,
        required=False,
        help_text=_("Keys of tags, in place of those that are set now."),
    )


class Confirmed(serializers.BooleanField):
    """Said after `tickets.content_unconfirmed`."""

    def __init__(self, **kwargs: Any) -> None:
        words = _("Sends it although the channel's content rule asks to confirm it.")
        super().__init__(**{"required": False, "help_text": words, **kwargs})


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
class TicketCreateInput(_TicketFields):
    """A ticket that we open. What a customer wrote comes in through a channel instead."""

    subject = serializers.CharField(max_length=SUBJECT_LENGTH, required=False, allow_blank=True)
    customer = VisibleId(_customers, required=False, allow_null=True)
    channel = VisibleKey(_channels, required=False, allow_null=True)
    message = OutgoingInput(
        required=False,
        help_text=_("Begins a conversation: sent on `channel`, which must be one that may write first."),
    )
    assignee = VisibleKey(_people, column="username", required=False, allow_null=True)
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
class TicketUpdateInput(_TicketFields):
    pass


class WrapUpFields(Input):
    category = VisibleKey(_categories, required=False, allow_null=True)
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
        _people, column="username", allow_null=True, help_text=_("User name; null gives the ticket back to its queue.")
    )
    team = VisibleKey(_teams, required=False, allow_null=True)


@extend_schema_serializer(examples=[sent({"ticket": 1017, "kind": "related"})])
class LinkInput(Input):
    ticket = VisibleNumber(_tickets)
    kind = serializers.ChoiceField(choices=LinkKind.choices, required=False)


@extend_schema_serializer(examples=[sent({"into": 1017})])
class MergeInput(Input):
    into = VisibleNumber(_tickets)


@extend_schema_serializer(examples=[sent({"is_spam": True, "block_sender": True})])
class SpamInput(Input):
    is_spam = serializers.BooleanField()
    block_sender = serializers.BooleanField(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs.get("block_sender") and not attrs["is_spam"]:
            raise serializers.ValidationError({"block_sender": [_("Only together with spam.")]})
        return attrs


class AddressList(serializers.ListField):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(child=serializers.CharField(max_length=320), max_length=50, required=False, **kwargs)


@extend_schema_serializer(
    examples=[
        sent({"kind": "reply", "html": "<p>It is on its way.</p>", "then_status": "pending"}, "reply"),
        sent({"kind": "note", "text": "Asked the warehouse.", "mentions": ["chen.jie"]}, "note"),
    ]
)
class MessageInput(Input):
    """A public reply or an internal note, in the name of the token's user."""

    kind = serializers.ChoiceField(choices=[("reply", _("reply")), ("note", _("note"))])
    html = serializers.CharField(max_length=500_000, required=False, allow_blank=True)
    text = serializers.CharField(
        max_length=200_000, required=False, allow_blank=True, help_text=_("Plain text in place of `html`.")
    )
    to = AddressList(help_text=_("Without it the answer goes to who wrote last."))
    cc = AddressList()
    bcc = AddressList()
    channel = VisibleKey(_channels, required=False, allow_null=True)
    then_status = serializers.ChoiceField(choices=Status.choices, required=False)
    mentions = serializers.ListField(
        child=VisibleKey(_people, column="username"),
        max_length=50,
        required=False,
        help_text=_("With a note: user names of colleagues who shall look."),
    )
    attachments = serializers.ListField(
        child=serializers.CharField(max_length=22),
        max_length=50,
        required=False,
        help_text=_("Ids of files uploaded before, by the same user."),
    )
    is_confirmed = Confirmed()

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs.get("html") and attrs.get("text"):
            raise serializers.ValidationError({"text": [_("Give either html or text.")]})
        for name in ("to", "cc", "bcc", "channel", "then_status") if attrs["kind"] == "note" else ("mentions",):
            if attrs.get(name):
                raise serializers.ValidationError({name: [_("This does not go with this kind of message.")]})
        return attrs


@extend_schema_serializer(examples=[sent({"to": ["repair@partner.example"], "text": "Please have a look."})])
class ForwardInput(Input):
    """A public message passed on to somebody outside, with its files."""

    to = serializers.ListField(child=serializers.CharField(max_length=320), min_length=1, max_length=50)
    cc = AddressList()
    html = serializers.CharField(max_length=500_000, required=False, allow_blank=True)
    text = serializers.CharField(
        max_length=200_000, required=False, allow_blank=True, help_text=_("Plain text in place of `html`.")
    )
    is_confirmed = Confirmed()

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs.get("html") and attrs.get("text"):
            raise serializers.ValidationError({"text": [_("Give either html or text.")]})
        return attrs


ROUTE = {
    "channel": "wechat",
    "to": ["o6_bmjrPTlm6_2sgVt7hMZOPfL2M"],
    "window_ends_at": "2026-02-02T09:00:00Z",
    "replies_left": 3,
    "max_length": None,
    "has_html": False,
    "takes_files": True,
    "refusal": "",
    "is_default": True,
}


@extend_schema_serializer(examples=[shown(ROUTE)])
class ReplyRouteOutput(Output):
    """One channel on which the customer is reached."""

    channel = serializers.CharField(source="channel_key")
    to = serializers.SerializerMethodField(help_text=_("As the credential may see it."))
    window_ends_at = serializers.DateTimeField(allow_null=True)
    replies_left = serializers.IntegerField(allow_null=True)
    max_length = serializers.IntegerField(allow_null=True)
    has_html = serializers.BooleanField(source="html")
    takes_files = serializers.BooleanField(source="attachments")
    refusal = serializers.CharField(help_text=_("Why it cannot be used now; empty when it can."))
    is_default = serializers.BooleanField()

    def get_to(self, route: ReplyRoute) -> list[str]:
        return [person.label for person in route.to]


@extend_schema_serializer(examples=[shown({"results": [ROUTE]})])
class ReplyRouteListOutput(Output):
    results = ReplyRouteOutput(many=True)


@extend_schema_serializer(examples=[sent({"channel": "wechat", "html": "<p>It is on its <b>way</b>.</p>"})])
class PreviewInput(Input):
    html = serializers.CharField(max_length=500_000, required=False, allow_blank=True)
    text = serializers.CharField(max_length=200_000, required=False, allow_blank=True)
    channel = VisibleKey(_channels, required=False, allow_null=True)


@extend_schema_serializer(
    examples=[
        shown(
            {
                "channel": "wechat",
                "messages": 2,
                "segments": None,
                "length": 1204,
                "losses": ["Formatting is lost."],
                "refusal": "",
            }
        )
    ]
)
class PreviewOutput(Output):
    channel = serializers.CharField(source="channel.key")
    messages = serializers.IntegerField(help_text=_("How many the platform will see."))
    segments = serializers.IntegerField(allow_null=True, help_text=_("What a phone network counts."))
    length = serializers.IntegerField()
    losses = serializers.ListField(child=serializers.CharField(), help_text=_("What the channel leaves out, in words."))
    refusal = serializers.CharField(help_text=_("Why it could not be sent like this; empty when it could."))


@extend_schema_serializer(examples=[sent({"kind": "phone", "value": "+8613800000001", "method": "code"})])
class ProofInput(Input):
    """Either one of the customer's identities, or kind and value of a new one."""

    identity = VisibleId(_identities, required=False)
    kind = serializers.CharField(max_length=40, required=False)
    value = serializers.CharField(max_length=500, required=False)
    method = serializers.ChoiceField(choices=ProofMethod.choices, default=ProofMethod.CODE)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("identity" in attrs) == ("kind" in attrs and "value" in attrs):
            raise serializers.ValidationError({"identity": [_("Give either identity, or kind and value.")]})
        return attrs


@extend_schema_serializer(examples=[sent({"ticket": 1042, "file": "(binary)"})])
class UploadInput(Input):
    file = serializers.FileField(max_length=250, allow_empty_file=False)
    ticket = serializers.IntegerField(
        required=False, min_value=1, max_value=2**53, help_text=_("Number of the ticket it will be sent with.")
    )

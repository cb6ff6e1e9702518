from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field, extend_schema_serializer
from rest_framework import serializers
from rest_framework.reverse import reverse

from apps.channels.cards import MAX_LABEL, MAX_TITLE, MAX_URL
from apps.channels.contract import Button, Card
from apps.channels.enums import DeliveryState, FailureKind
from apps.core.api.fields import VisibleKey
from apps.core.api.serializers import Input, Output
from apps.core.models import ScanState
from apps.tickets.api.serializers.examples import ATTACHMENT, CARD, MESSAGE, sent, shown
from apps.tickets.api.serializers.fields import AddressList, Confirmed, visible_channels, visible_people
from apps.tickets.enums import MessageKind, Status


@extend_schema_serializer(examples=[shown(ATTACHMENT)])
class AttachmentOutput(Output):
    id = serializers.CharField(source="public_id")
    name = serializers.CharField()
    size = serializers.IntegerField()
    content_type = serializers.CharField(help_text=_("Found from the content, not from what the sender claimed."))
    is_inline = serializers.BooleanField()
    scan_state = serializers.ChoiceField(
        choices=ScanState.choices,
        help_text=_(
            "Whether somebody looked at it for viruses. What waits is held, what is infected is never given out."
        ),
    )
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
    is_public = serializers.BooleanField(help_text=_("Whether everybody reads it, as a comment under a post."))
    post_url = serializers.CharField(
        help_text=_("Where a customer's comment stands; empty for credentials that see names masked.")
    )
    notice = serializers.CharField()
    attachments = AttachmentOutput(many=True)
    delivery = DeliveryOutput(allow_null=True, help_text=_("What became of a message that we sent."))


class ButtonInput(Input):
    label = serializers.CharField(max_length=MAX_LABEL)  # type: ignore[assignment]  # a field, not the serializer's label
    url = serializers.CharField(
        max_length=MAX_URL,
        required=False,
        allow_blank=True,
        help_text=_("The page that it opens. Without one its label is the customer's answer."),
    )


class CardInput(Input):
    """The text of the message is the text of the card, and its first picture the card's."""

    title = serializers.CharField(max_length=MAX_TITLE)
    url = serializers.CharField(max_length=MAX_URL, required=False, allow_blank=True)
    buttons = ButtonInput(many=True, required=False)

    def to_internal_value(self, data: Any) -> Any:
        values = super().to_internal_value(data)
        return Card(**{**values, "buttons": tuple(Button(**button) for button in values.get("buttons", ()))})


@extend_schema_serializer(
    examples=[
        sent({"kind": "reply", "html": "<p>It is on its way.</p>", "then_status": "pending"}, "reply"),
        sent({"kind": "note", "text": "Asked the warehouse.", "mentions": ["chen.jie"]}, "note"),
        sent(CARD, "card"),
    ]
)
class MessageInput(Input):
    """A reply or an internal note, in the name of the token's user."""

    kind = serializers.ChoiceField(choices=[("reply", _("reply")), ("note", _("note"))])
    html = serializers.CharField(max_length=500_000, required=False, allow_blank=True)
    text = serializers.CharField(
        max_length=200_000, required=False, allow_blank=True, help_text=_("Plain text in place of `html`.")
    )
    to = AddressList(help_text=_("Without it the answer goes to who wrote last."))
    cc = AddressList()
    bcc = AddressList()
    channel = VisibleKey(visible_channels, required=False, allow_null=True)
    is_public = serializers.BooleanField(
        default=False,
        help_text=_(
            "Everybody reads the reply, under the customer's comment. Without it nobody but the customer does."
        ),
    )
    then_status = serializers.ChoiceField(choices=Status.choices, required=False)
    mentions = serializers.ListField(
        child=VisibleKey(visible_people, column="username"),
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
    card = CardInput(required=False, help_text=_("With a reply, on channels that carry cards."))
    is_confirmed = Confirmed()

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs.get("html") and attrs.get("text"):
            raise serializers.ValidationError({"text": [_("Give either html or text.")]})
        for name in (
            ("to", "cc", "bcc", "channel", "is_public", "then_status", "card")
            if attrs["kind"] == "note"
            else ("mentions",)
        ):
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


@extend_schema_serializer(examples=[sent({"ticket": 1042, "file": "(binary)"})])
class UploadInput(Input):
    file = serializers.FileField(max_length=250, allow_empty_file=False)
    ticket = serializers.IntegerField(
        required=False, min_value=1, max_value=2**53, help_text=_("Number of the ticket it will be sent with.")
    )

from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiExample, extend_schema_serializer
from rest_framework import serializers

from apps.channels import registry
from apps.channels.enums import InboundState
from apps.channels.models import Channel
from apps.core.api.fields import PublicIdField, TranslatedField
from apps.core.api.serializers import Input, Output


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "channel",
            value={
                "key": "app",
                "kind": "api",
                "name": {"en": "Our app", "zh-hans": "自有应用"},
                "brand": "main",
                "is_active": True,
                "default_language": "zh-hans",
                "can_receive": True,
                "can_send": True,
            },
        )
    ]
)
class ChannelOutput(Output):
    """An entry point. Its settings and secrets are managed in the administration and never leave by the API."""

    key = serializers.CharField()
    kind = serializers.CharField()
    name = TranslatedField(read_only=True)
    brand = serializers.CharField(source="brand.key")
    is_active = serializers.BooleanField()
    default_language = serializers.CharField()
    can_receive = serializers.SerializerMethodField()
    can_send = serializers.SerializerMethodField()

    def get_can_receive(self, row: Channel) -> bool:
        return _capability(row, "can_receive")

    def get_can_send(self, row: Channel) -> bool:
        return _capability(row, "can_send")


def _capability(row: Channel, name: str) -> bool:
    connector = {known.kind: known for known in registry.all()}.get(row.kind)
    return connector is not None and bool(getattr(connector.capabilities, name))


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "item",
            value={"id": "Zr3m1Xk0Qp2Vb7Tn5Wc9Lg", "state": "received", "received": "2026-01-31T09:00:00Z"},
            status_codes=["200", "202"],
        )
    ]
)
class InboundOutput(Output):
    """An accepted message. It is worked on at once, in the order in which its sender wrote."""

    id = PublicIdField()
    state = serializers.ChoiceField(choices=InboundState.choices)
    received = serializers.DateTimeField()


class HandleInput(Input):
    kind = serializers.CharField(max_length=40, required=False, help_text=_("`external_id` unless said otherwise."))
    value = serializers.CharField(max_length=500)
    scope = serializers.CharField(
        max_length=120,
        required=False,
        allow_blank=True,
        help_text=_("Which account issued it, as the app id of an openid; empty for phones and addresses."),
    )
    verified = serializers.BooleanField(
        required=False, help_text=_("Counts only on a channel that trusts the system behind it.")
    )


class SenderInput(HandleInput):
    name = serializers.CharField(max_length=200, required=False, allow_blank=True)
    language = serializers.CharField(max_length=10, required=False, allow_blank=True)
    identities = HandleInput(many=True, required=False)


class InboundFileInput(Input):
    name = serializers.CharField(max_length=250)
    content_type = serializers.CharField(max_length=120, required=False, allow_blank=True)
    content = serializers.CharField(trim_whitespace=False, help_text=_("Base64."))


class JsonObject(serializers.DictField):
    """Values are texts, numbers or booleans."""

    def to_internal_value(self, data: Any) -> Any:
        values = super().to_internal_value(data)
        if any(not isinstance(value, str | int | float | bool | None) for value in values.values()):
            self.fail("not_a_dict", input_type="object")
        return values


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "message",
            value={
                "sender": {
                    "kind": "external_id",
                    "value": "C-20981",
                    "name": "李娜",
                    "identities": [{"kind": "email", "value": "li.na@example.com"}],
                },
                "subject": "Parcel has not arrived",
                "text": "I ordered last week and nothing came.",
                "conversation": "order-4711",
                "message_id": "app-2026-000123",
                "fields": {"category": "delivery"},
            },
            request_only=True,
        )
    ]
)
class InboundInput(Input):
    """What a customer wrote, as our own app or a partner's system passes it on."""

    sender = SenderInput()
    subject = serializers.CharField(max_length=500, required=False, allow_blank=True)
    text = serializers.CharField(max_length=100_000, required=False, allow_blank=True)
    html = serializers.CharField(max_length=100_000, required=False, allow_blank=True)
    conversation = serializers.CharField(
        max_length=500,
        required=False,
        allow_blank=True,
        help_text=_("Messages with an equal conversation belong together. Without it each sender has one."),
    )
    message_id = serializers.CharField(
        max_length=500,
        required=False,
        allow_blank=True,
        help_text=_("Your id of this message: sent twice, it is taken in once."),
    )
    sent_at = serializers.CharField(max_length=40, required=False, help_text=_("ISO 8601 with an offset."))
    fields = JsonObject(required=False, help_text=_("`category`, `priority` and your own short values."))  # type: ignore[assignment]
    attachments = InboundFileInput(many=True, required=False)

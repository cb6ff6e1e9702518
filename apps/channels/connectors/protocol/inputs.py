"""What a client may send, over either door. What is not declared is refused by name."""

from __future__ import annotations

from typing import Any, Final

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from apps.channels.cards import MAX_BUTTONS
from apps.channels.connectors.protocol.connector import MAX_TEXT
from apps.channels.connectors.protocol.messages import MAX_PAGE, Draft
from apps.core.api.serializers import Input
from apps.privacy.enums import Purpose, RequestKind

MAX_CONTEXT: Final = 20
MAX_NUMBER: Final = 2**63 - 1


class _Context(serializers.DictField):
    """Where the user is in the app: short names, each with one short value."""

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        values: dict[str, Any] = super().to_internal_value(data)
        if len(values) > MAX_CONTEXT or not all(_is_short(name, value) for name, value in values.items()):
            raise serializers.ValidationError(_("At most 20 short names, each with a text, a number or a truth value."))
        return values


def _is_short(name: str, value: Any) -> bool:
    plain = value is None or isinstance(value, bool | int | float) or (isinstance(value, str) and len(value) <= 500)
    return plain and len(name) <= 80 and len(str(value)) <= 500


class _Number(serializers.IntegerField):
    """As told, a number; the same digits as a text are refused."""

    def to_internal_value(self, data: object) -> int:
        if not isinstance(data, int) or isinstance(data, bool):
            self.fail("invalid")
        return int(super().to_internal_value(data))


class ButtonInput(Input):
    """Which button, of which card."""

    sequence = _Number(min_value=1, max_value=MAX_NUMBER)
    id = _Number(min_value=1, max_value=MAX_BUTTONS)


class MessageInput(Input):
    client_message_id = serializers.RegexField(r"\A[A-Za-z0-9._:-]{1,64}\Z")
    text = serializers.CharField(max_length=MAX_TEXT, required=False, allow_blank=True, trim_whitespace=False)
    attachments = serializers.ListField(child=serializers.CharField(max_length=22), max_length=10, required=False)
    button = ButtonInput(required=False)
    context = _Context(required=False)  # type: ignore[assignment]  # a field of this name, not the serializer's context

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        says = attrs.get("text", "").strip() or attrs.get("attachments")
        if says and "button" in attrs:
            raise serializers.ValidationError({"button": [_("A button says its own label, and nothing else.")]})
        if not says and "button" not in attrs:
            raise serializers.ValidationError({"text": [_("A message needs a text or attachments.")]})
        return attrs


class ReceiptInput(Input):
    delivered = serializers.IntegerField(min_value=0, max_value=MAX_NUMBER, required=False)
    read = serializers.IntegerField(min_value=0, max_value=MAX_NUMBER, required=False)


class PageInput(Input):
    after = serializers.IntegerField(min_value=0, max_value=MAX_NUMBER, required=False, default=0)
    limit = serializers.IntegerField(min_value=1, max_value=MAX_PAGE, required=False, default=100)


class SessionInput(Input):
    guest_token = serializers.CharField(max_length=200, required=False)


class ChoiceInput(Input):
    purpose = serializers.ChoiceField(choices=Purpose.choices)
    is_allowed = serializers.BooleanField()


class AskInput(Input):
    kind = serializers.ChoiceField(choices=RequestKind.choices)
    wish = serializers.CharField(max_length=2000, required=False, allow_blank=True)


class AuthenticateInput(Input):
    """The first frame of a socket, and each one that renews it."""

    token = serializers.CharField(max_length=8192)
    after = serializers.IntegerField(min_value=0, max_value=MAX_NUMBER, required=False)


def read(reader: type[Input], data: Any) -> dict[str, Any]:
    """Raises ValidationError with every field that is wrong."""
    filled = reader(data=data)
    filled.is_valid(raise_exception=True)
    return dict(filled.validated_data)


def draft_of(data: Any, *, language: str) -> Draft:
    values = read(MessageInput, data)
    values.setdefault("text", "")
    return Draft(**values, language=language)

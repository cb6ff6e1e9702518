"""What a partner hands over: the body of the call, read with an error for each field that is wrong."""

from __future__ import annotations

import base64
import binascii
import json
from typing import Any, Final

from django.utils.translation import gettext as _
from rest_framework import serializers

from apps.channels.keys import key_of
from apps.channels.models import Channel
from apps.core.api.serializers import Input
from apps.core.errors import InvalidInput
from apps.customers import identities
from apps.customers.enums import IdentityKind

MAX_FILES: Final = 20
MAX_TEXT: Final = 20_000
KIND: Final = "partner_case"
"""The handle of a case: the partner's own reference, meaningful on this channel alone."""


class _Handle(serializers.CharField):
    """A text that is a handle of the given kind, in the form under which it is stored."""

    def __init__(self, kind: str, **options: Any) -> None:
        self._kind = kind
        super().__init__(max_length=250, **options)

    def to_internal_value(self, data: Any) -> str:
        text = super().to_internal_value(data)
        try:
            return identities.normalize(self._kind, text) if text else ""
        except InvalidInput as error:
            raise serializers.ValidationError([text for texts in error.fields.values() for text in texts]) from error


class _Base64(serializers.CharField):
    def to_internal_value(self, data: Any) -> str:
        text = super().to_internal_value(data)
        try:
            base64.b64decode(text, validate=True)
        except (binascii.Error, ValueError) as error:
            raise serializers.ValidationError(_("This must be base64.")) from error
        return text


class CustomerInput(Input):
    name = serializers.CharField(max_length=200, required=False, allow_blank=True)
    phone = _Handle(IdentityKind.PHONE, required=False, allow_blank=True)
    email = _Handle(IdentityKind.EMAIL, required=False, allow_blank=True)


class AttachmentInput(Input):
    """A link, which we fetch, or a small file itself."""

    name = serializers.CharField(max_length=200, required=False, allow_blank=True)
    url = serializers.URLField(max_length=2000, required=False)
    content = _Base64(required=False)

    def to_internal_value(self, data: Any) -> Any:
        values = super().to_internal_value(data)
        if ("url" in values) == ("content" in values):
            raise serializers.ValidationError(_("Give either url or content."))
        if not values.get("url", "https:").lower().startswith(("https:", "http:")):
            raise serializers.ValidationError({"url": [_("Enter an address that begins with https:// or http://.")]})
        return values


class CaseInput(Input):
    external_ref = _Handle(KIND)
    kind = serializers.CharField(max_length=80, required=False, allow_blank=True)
    customer = CustomerInput(required=False)
    summary = serializers.CharField(max_length=500, required=False, allow_blank=True)
    text = serializers.CharField(max_length=MAX_TEXT, required=False, allow_blank=True)
    # With `many`, the framework makes a list of it and takes that list's length, which its types do not know.
    attachments = AttachmentInput(many=True, required=False, max_length=MAX_FILES)  # type: ignore[call-arg]
    sla_due = serializers.DateTimeField(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if not (attrs.get("summary") or attrs.get("text") or attrs.get("attachments")):
            raise serializers.ValidationError({"text": [_("A case needs a summary, a text or attachments.")]})
        return attrs


def read_case(body: bytes) -> dict[str, Any]:
    """Raises InvalidInput with every field that is wrong."""
    try:
        document = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise InvalidInput(fields={"": [_("The body must be a JSON object.")]}) from error
    if not isinstance(document, dict):
        raise InvalidInput(fields={"": [_("The body must be a JSON object.")]})
    reader = CaseInput(data=document)
    if not reader.is_valid():
        raise InvalidInput(fields=_by_path(reader.errors))
    return dict(reader.validated_data)


def _by_path(errors: Any, path: str = "") -> dict[str, list[str]]:
    """`{"customer": {"phone": [...]}}` becomes `{"customer.phone": [...]}`; places in a list are numbers."""
    if isinstance(errors, list) and not any(isinstance(inner, dict) for inner in errors):
        return {path: [str(message) for message in errors]}
    named = errors.items() if isinstance(errors, dict) else enumerate(errors)
    found: dict[str, list[str]] = {}
    for name, inner in named:
        found |= _by_path(inner, path if name == "non_field_errors" else f"{path}.{name}" if path else str(name))
    return found


def case_id(channel: Channel, external_ref: str) -> str:
    """Our name of the case, the same for every call about it, and known before any ticket is."""
    return base64.urlsafe_b64encode(key_of("partner", "case", str(channel.pk), external_ref)[:15]).decode()

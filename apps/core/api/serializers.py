"""Serializers shape and validate; they never write. What is not declared is refused by name."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail

UNKNOWN = _("This field is not known here.")


class Input(serializers.Serializer[Any]):
    """Body of a request. A field that is not declared, or that cannot be written, is an error and not a silence."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping):
            known = {name for name, field in self.fields.items() if not field.read_only}
            if unknown := sorted(set(map(str, data)) - known):
                raise serializers.ValidationError(
                    {name[:80]: [ErrorDetail(str(UNKNOWN), code="unknown_field")] for name in unknown[:20]}
                )
        return super().to_internal_value(data)


class Output(serializers.Serializer[Any]):
    """Shape of an answer."""


class ProblemErrorOutput(Output):
    field = serializers.CharField(help_text=_("Path of the field, such as `sender.value`; empty for the whole."))
    code = serializers.CharField()
    detail = serializers.CharField()


class ProblemOutput(Output):
    """RFC 9457 problem details."""

    type = serializers.CharField(help_text=_("Address that describes this kind of problem."))
    title = serializers.CharField()
    status = serializers.IntegerField()
    code = serializers.CharField(help_text=_("Stable; decide by this and not by texts."))
    detail = serializers.CharField(help_text=_("For people, in the language of Accept-Language."))
    instance = serializers.CharField(required=False)
    request_id = serializers.CharField(required=False, help_text=_("Name this when you ask for help."))
    errors = ProblemErrorOutput(many=True, required=False)  # type: ignore[assignment]
    changes = serializers.ListField(
        child=serializers.DictField(), required=False, help_text=_("With 412: what others changed in between.")
    )
    retry_after = serializers.IntegerField(required=False, help_text=_("With 429: seconds to wait."))

"""Fields through which personal data leaves by the API: never a model's value, always the viewer's form of it."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.core.api.fields import actor_of
from apps.privacy.lens import lens_for


@extend_schema_field(OpenApiTypes.STR)
class LensName(serializers.Field[Any, Any, str, Any]):
    """A person's or a company's name."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"read_only": True, **kwargs})

    def to_representation(self, value: str) -> str:
        return lens_for(actor_of(self)).name(value)


@extend_schema_field(OpenApiTypes.STR)
class LensText(serializers.Field[Any, Any, str, Any]):
    """Free text that staff wrote. `known` in the context holds values that count as personal data wherever they occur."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"read_only": True, **kwargs})

    def to_representation(self, value: str) -> str:
        return lens_for(actor_of(self)).for_staff_texts.text(value, known=self.context.get("known", ()))

"""What the OpenAPI schema says of every operation alike: errors, idempotency keys, versions."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse

from apps.core.api.renderers import PROBLEM
from apps.core.api.serializers import ProblemOutput

SUFFIXES = ("Output", "Input")


class ApiSchema(AutoSchema):
    """Views say `versioned = True` where their records carry an ETag."""

    def get_override_parameters(self) -> list[Any]:
        parameters: list[Any] = []
        versioned = getattr(self.view, "versioned", False)
        if self.method == "POST":
            parameters.append(
                OpenApiParameter(
                    "Idempotency-Key",
                    OpenApiTypes.STR,
                    OpenApiParameter.HEADER,
                    description=_(
                        "Makes a repetition harmless: the same key and body within 48 hours get the first answer again."
                    ),
                    examples=[OpenApiExample("key", value="8f14e45f-order-4711")],
                )
            )
        if versioned and self.method in {"PATCH", "PUT"}:
            parameters.append(
                OpenApiParameter(
                    "If-Match",
                    OpenApiTypes.STR,
                    OpenApiParameter.HEADER,
                    description=_(
                        "The ETag you last saw. When others changed the record since, nothing is written and the"
                        " answer is 412 with what they changed."
                    ),
                    examples=[OpenApiExample("version", value='"7"')],
                )
            )
        if versioned and not self._is_list_view():
            parameters.append(
                OpenApiParameter(
                    "ETag",
                    OpenApiTypes.STR,
                    OpenApiParameter.HEADER,
                    response=["200", "201"],
                    description=_("The record's version."),
                )
            )
        return parameters

    def get_serializer_name(self, serializer: Any, direction: Any) -> str:
        name = str(super().get_serializer_name(serializer, direction))
        return next((name.removesuffix(suffix) for suffix in SUFFIXES if name.endswith(suffix)), name)

    def get_paginated_name(self, serializer_name: str) -> str:
        return f"{serializer_name}Page"

    def _get_response_bodies(self, direction: Any = "response") -> Any:
        bodies = super()._get_response_bodies(direction)
        refusal = OpenApiResponse(
            ProblemOutput,
            description=str(_("Refused. `code` says why; all codes are listed at `/api/v1/errors/`.")),
            examples=[
                OpenApiExample(
                    "problem",
                    value={
                        "type": "/api/v1/errors/core.not_found/",
                        "title": "Not found.",
                        "status": 404,
                        "code": "core.not_found",
                        "detail": "Not found.",
                        "instance": "/api/v1/tickets/1001/",
                    },
                    response_only=True,
                )
            ],
        )
        told = self._get_response_for_code(refusal, "default", [PROBLEM], direction)  # type: ignore[no-untyped-call]
        return {**bodies, "default": told}

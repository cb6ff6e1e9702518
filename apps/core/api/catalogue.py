"""Every refusal the API can give, by its stable code; also the target of a problem's `type`."""

from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from django.apps import apps
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.core.api.serializers import Output
from apps.core.errors import AppError, NotVisible

REFUSAL = {"code": "core.not_found", "status": 404, "message": "Not found."}


@extend_schema_serializer(examples=[OpenApiExample("refusal", value=REFUSAL)])
class RefusalOutput(Output):
    code = serializers.CharField()
    status = serializers.IntegerField()
    message = serializers.CharField()


@extend_schema_serializer(examples=[OpenApiExample("refusals", value={"results": [REFUSAL]})])
class RefusalListOutput(Output):
    results = RefusalOutput(many=True)


def all_refusals() -> dict[str, type[AppError]]:
    """By code. Apps state theirs in `errors.py`; what is stated elsewhere is known once its module is in use."""
    for config in apps.get_app_configs():
        name = f"{config.name}.errors"
        if config.name.startswith("apps.") and find_spec(name):
            import_module(name)
    found: dict[str, type[AppError]] = {}
    every: list[type[AppError]] = [AppError, *_below(AppError)]
    for refusal in every:
        found.setdefault(refusal.code, refusal)
    return dict(sorted(found.items()))


def _below(parent: type[AppError]) -> Iterator[type[AppError]]:
    for refusal in parent.__subclasses__():
        yield refusal
        yield from _below(refusal)


def describe(refusal: type[AppError]) -> dict[str, Any]:
    return {"code": refusal.code, "status": refusal.status, "message": str(refusal.message)}


class _Public(APIView):
    """Says nothing that is not in the documentation, so it asks for no token."""

    authentication_classes = ()
    permission_classes = ()


class Refusals(_Public):
    @extend_schema(
        operation_id="errors_list",
        summary=_("List error codes"),
        description=_("Every code that `code` of a problem can have. Codes are stable; messages are not."),
        responses=RefusalListOutput,
        auth=[],
    )
    def get(self, request: Request) -> Response:
        return Response({"results": [describe(refusal) for refusal in all_refusals().values()]})


class Refusal(_Public):
    @extend_schema(
        operation_id="errors_retrieve",
        summary=_("Explain an error code"),
        description=_("What the `type` of a problem leads to."),
        responses=RefusalOutput,
        auth=[],
    )
    def get(self, request: Request, code: str) -> Response:
        refusal = all_refusals().get(code)
        if refusal is None:
            raise NotVisible
        return Response(describe(refusal))

"""The channels to choose from, for help centers and widgets. Needs no token: it is what the page /contact/ shows."""

from __future__ import annotations

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema, extend_schema_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.core.api.serializers import Output
from apps.core.languages import public_language
from apps.sla.answers import KEPT_SECONDS, options_for


class ContactOptionOutput(Output):
    key = serializers.CharField(help_text="The channel's key.")
    kind = serializers.CharField()
    label = serializers.CharField(help_text="In the language asked for.")  # type: ignore[assignment]  # a field, as DRF wants it
    how = serializers.CharField(help_text="A number, an address, what to search for.")
    link = serializers.CharField(help_text="Where it opens by itself; empty where it does not.")
    is_open = serializers.BooleanField()
    opens_at = serializers.DateTimeField(allow_null=True)
    usual_minutes = serializers.IntegerField(
        allow_null=True, help_text="Working minutes; null where too few answers were given lately."
    )
    promised_minutes = serializers.IntegerField(allow_null=True)
    waiting = serializers.IntegerField(allow_null=True)
    text = serializers.CharField(help_text="The same in words; empty where nothing can be said.")


EXAMPLE = {
    "key": "hotline",
    "kind": "manual",
    "label": "Hotline",
    "how": "400 000 0000",
    "link": "tel:4000000000",
    "is_open": True,
    "opens_at": None,
    "usual_minutes": 5,
    "promised_minutes": 30,
    "waiting": None,
    "text": "Usually within 5 minutes",
}


@extend_schema_serializer(many=False, examples=[OpenApiExample("contact options", value={"results": [EXAMPLE]})])
class ContactOptionListOutput(Output):
    results = ContactOptionOutput(many=True)


class ContactOptions(APIView):
    authentication_classes = ()
    permission_classes = ()

    @extend_schema(
        operation_id="contact_options_list",
        summary=_("List contact options"),
        description=_(
            "The channels that are offered to customers; who answers soonest now stands first. Needs no token."
        ),
        parameters=[OpenApiParameter("lang", str, enum=[code for code, _name in settings.LANGUAGES])],
        responses=ContactOptionListOutput,
    )
    def get(self, request: Request) -> Response:
        with translation.override(public_language(request._request, settings.LANGUAGE_CODE)):
            rows = options_for(request._request)
        answer = Response({"results": ContactOptionOutput(rows, many=True).data})
        answer["Cache-Control"] = f"public, max-age={KEPT_SECONDS}"
        return answer

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiExample, extend_schema_serializer
from rest_framework import serializers

from apps.core.api.serializers import Output

RESPONSE = {
    "id": "Zr3m1Xk0Qp2Vb7Tn5Wc9Lg",
    "ticket": 1042,
    "survey": "chat",
    "channel": "shop-chat",
    "agent": "wang.fang",
    "team": "service",
    "vendor": None,
    "score": 5,
    "is_satisfied": True,
    "reasons": ["Quick answer"],
    "comment": "Thank you",
    "wants_callback": False,
    "phone": "",
    "answered_at": "2026-01-31T09:12:00Z",
    "changed_at": None,
}


@extend_schema_serializer(examples=[OpenApiExample("example", value=RESPONSE, response_only=True)])
class SurveyResponseOutput(Output):
    id = serializers.CharField()
    ticket = serializers.IntegerField()
    survey = serializers.CharField(help_text=_("Key of the survey."))
    channel = serializers.CharField()
    agent = serializers.CharField(
        allow_null=True, help_text=_("User name of who had answered last when the customer rated.")
    )
    team = serializers.CharField(allow_null=True)
    vendor = serializers.CharField(allow_null=True)
    score = serializers.IntegerField(help_text=_("1 to 5; of two thumbs 1 or 5."))
    is_satisfied = serializers.BooleanField(help_text=_("Scores of 4 and 5: what CSAT counts."))
    reasons = serializers.ListField(child=serializers.CharField(), help_text=_("In the language of Accept-Language."))
    comment = serializers.CharField(help_text=_("As this credential may see it."))
    wants_callback = serializers.BooleanField()
    phone = serializers.CharField(help_text=_("Where they want to be called, as this credential may see it."))
    answered_at = serializers.DateTimeField()
    changed_at = serializers.DateTimeField(allow_null=True)

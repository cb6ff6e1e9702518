from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiExample, extend_schema_field, extend_schema_serializer
from rest_framework import serializers

from apps.accounts.models import User
from apps.accounts.models.skill import LEVELS
from apps.core.api.fields import TranslatedField
from apps.core.api.serializers import Input, Output
from apps.core.ids import public_id_for
from apps.outsourcing.models import OnboardingStep
from apps.outsourcing.selectors.clearance import Standing, standing_of
from apps.outsourcing.selectors.duties import misses_of

PERSON = {
    "username": "zhou.yiming", "display_name": "Zhou Yiming", "vendor": "brightline", "role": "vendor_agent", "is_active": True,
    "is_shut_out_by_house": False,
}  # fmt: skip
STEP = {
    "id": "Zr3m1Xk0Qp2Vb7Tn5Wc9Lg", "name": {"en": "Confidentiality agreement", "zh-hans": "保密协议"}, "is_for_house": False,
    "is_done": True, "ticked_by": "vera", "ticked_at": "2026-01-12T09:00:00Z",
}  # fmt: skip
CERTIFICATE = {
    "skill": "refunds", "level": 3, "certified_until": "2026-12-31", "least_level": 2, "needs_certificate": True,
    "bar": "", "days_left": None,
}  # fmt: skip
STANDING = {
    **PERSON, "contract": "BL-2026-01", "bar": "", "duties_missed": 2, "steps": [STEP], "certificates": [CERTIFICATE],
}  # fmt: skip


@extend_schema_serializer(examples=[OpenApiExample("person", value=PERSON, response_only=True)])
class VendorPersonOutput(Output):
    username = serializers.CharField()
    display_name = serializers.CharField()
    vendor = serializers.CharField(source="vendor.key")
    role = serializers.CharField(source="role.key", allow_null=True, default=None)
    is_active = serializers.BooleanField()
    is_shut_out_by_house = serializers.BooleanField(
        help_text=_("Then only the house lets them in again. Why is not told here.")
    )


class StepOutput(Output):
    id = serializers.SerializerMethodField()
    name = TranslatedField(source="step.name", read_only=True)
    is_for_house = serializers.BooleanField(source="step.is_for_house")
    is_done = serializers.SerializerMethodField()
    ticked_by = serializers.CharField(source="tick.ticked_by.username", allow_null=True, default=None)
    ticked_at = serializers.SerializerMethodField()

    def get_id(self, line: Any) -> str:
        return public_id_for(OnboardingStep, line.step.pk)

    def get_is_done(self, line: Any) -> bool:
        return line.tick is not None

    @extend_schema_field(serializers.DateTimeField(allow_null=True))
    def get_ticked_at(self, line: Any) -> datetime | None:
        return line.tick.created if line.tick is not None else None


class CertificateOutput(Output):
    skill = serializers.CharField(source="term.skill.key")
    level = serializers.IntegerField()
    certified_until = serializers.DateField(allow_null=True)
    least_level = serializers.IntegerField(source="term.least_level")
    needs_certificate = serializers.BooleanField(source="term.needs_certificate")
    bar = serializers.CharField(help_text=_("What is missing, in words; empty where it is fulfilled."))
    days_left = serializers.IntegerField(allow_null=True, help_text=_("Where it runs out soon."))


@extend_schema_serializer(examples=[OpenApiExample("person", value=STANDING, response_only=True)])
class VendorPersonStandingOutput(VendorPersonOutput):
    contract = serializers.CharField(allow_null=True, help_text=_("The one in force; null without one."))
    bar = serializers.CharField(help_text=_("Why no new work is given, in words; empty where it is."))
    duties_missed = serializers.IntegerField(help_text=_("In the last thirty days."))
    steps = StepOutput(many=True)
    certificates = CertificateOutput(many=True)

    def to_representation(self, user: User) -> dict[str, Any]:
        standing: Standing = standing_of(user)
        return {
            **VendorPersonOutput(user, context=self.context).data,
            "contract": standing.contract.number if standing.contract else None,
            "bar": standing.bar,
            "duties_missed": misses_of(user),
            "steps": StepOutput(standing.steps, many=True).data,
            "certificates": CertificateOutput(standing.skills, many=True).data,
        }


@extend_schema_serializer(
    examples=[OpenApiExample("certify", value={"level": 3, "certified_until": "2026-12-31"}, request_only=True)]
)
class CertificateInput(Input):
    level = serializers.ChoiceField(choices=[(level, str(level)) for level in LEVELS])
    certified_until = serializers.DateField()


@extend_schema_serializer(
    examples=[OpenApiExample("suspend", value={"reason": "Account was shared."}, request_only=True)]
)
class SuspensionInput(Input):
    reason = serializers.CharField(max_length=500)

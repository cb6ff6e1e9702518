from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiExample, extend_schema_serializer
from rest_framework import serializers

from apps.core.api.fields import PublicIdField
from apps.core.api.serializers import Input, Output
from apps.core.ids import public_id_for
from apps.metrics.enums import Unit
from apps.outsourcing.enums import Bound, DutyRule, PricedBy, StatementState
from apps.outsourcing.models import OnboardingStep, Statement

STATEMENT = {
    "id": "Zr3m1Xk0Qp2Vb7Tn5Wc9Lg", "contract": "BL-2026-01", "vendor": "brightline", "month": "2026-01", "version": 1,
    "state": "sent", "from": "2026-01-01T00:00:00+08:00", "to": "2026-02-01T00:00:00+08:00", "priced_by": "contact",
    "price": "6.5000", "currency": "CNY", "quantity": "412.0000", "amount": "2678.00", "deducted": "133.90",
    "is_capped": False, "total": "2544.10",
    "terms": [
        {
            "measure": "sla_attainment", "name": {"en": "SLA attainment"}, "formula": {"en": "kept ÷ promised"},
            "channel": None, "unit": "percent", "bound": "at_least", "threshold": 90.0, "figure": 88.2, "is_met": False,
            "step": {"limit": 90.0, "percent": "5.00", "fixed": None}, "deducted": "133.90",
        }
    ],
    "volumes": [{"key": "support-mail", "label": "Support mail", "contacts": 412.0, "resolved": 390.0}],
    "comments": [{"by": "vera", "text": "Agreed.", "state": "agreed", "created": "2026-02-03T09:00:00Z"}],
    "updated": "2026-02-03T09:00:00Z",
}  # fmt: skip


class DeductionOutput(Output):
    limit = serializers.FloatField()
    percent = serializers.CharField(allow_null=True)
    fixed = serializers.CharField(allow_null=True)


class StatementTermOutput(Output):
    measure = serializers.CharField()
    name = serializers.DictField(child=serializers.CharField())
    formula = serializers.DictField(child=serializers.CharField(), help_text=_("As it was defined that day."))
    channel = serializers.DictField(child=serializers.CharField(), allow_null=True)
    unit = serializers.ChoiceField(choices=Unit.choices)
    bound = serializers.ChoiceField(choices=Bound.choices)
    threshold = serializers.FloatField()
    figure = serializers.FloatField(allow_null=True, help_text=_("Null where nothing was measured."))
    is_met = serializers.BooleanField(allow_null=True)
    step = DeductionOutput(allow_null=True)
    deducted = serializers.CharField()


class VolumeOutput(Output):
    key = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # a field, as DRF wants it
    contacts = serializers.FloatField(allow_null=True)
    resolved = serializers.FloatField(allow_null=True)


class CommentOutput(Output):
    by = serializers.CharField(source="author.username")
    text = serializers.CharField()
    state = serializers.ChoiceField(choices=StatementState.choices)
    created = serializers.DateTimeField()


@extend_schema_serializer(examples=[OpenApiExample("statement", value=STATEMENT, response_only=True)])
class StatementOutput(Output):
    id = PublicIdField()
    contract = serializers.CharField(source="contract.number")
    vendor = serializers.CharField(source="contract.vendor.key")
    month = serializers.SerializerMethodField()
    version = serializers.IntegerField(help_text=_("Computed anew, it is another one; those before stay."))
    state = serializers.ChoiceField(choices=StatementState.choices)
    to = serializers.DateTimeField(source="until")
    priced_by = serializers.ChoiceField(choices=PricedBy.choices)
    price = serializers.DecimalField(max_digits=12, decimal_places=4)
    currency = serializers.CharField()
    quantity = serializers.DecimalField(max_digits=14, decimal_places=4)
    amount = serializers.DecimalField(max_digits=14, decimal_places=2)
    deducted = serializers.DecimalField(max_digits=14, decimal_places=2)
    is_capped = serializers.BooleanField()
    total = serializers.DecimalField(max_digits=14, decimal_places=2)
    terms = StatementTermOutput(many=True)
    volumes = VolumeOutput(many=True)
    comments = CommentOutput(many=True)
    updated = serializers.DateTimeField()

    def get_month(self, statement: Statement) -> str:
        return f"{statement.month:%Y-%m}"

    def get_fields(self) -> dict[str, Any]:
        """`from` is no name that a class could give its member."""
        return {"from": serializers.DateTimeField(source="since"), **super().get_fields()}


MOVES = {
    "send": _("To the vendor, by the house."),
    "dispute": _("By the vendor, with what is wrong."),
    "agree": _("By the vendor."),
    "close": _("By the house, once it is agreed."),
    "redraft": _("Computed anew by the house, with a reason; the answer is the new version."),
    "comment": _("By either side."),
}


@extend_schema_serializer(
    examples=[
        OpenApiExample("dispute", value={"move": "dispute", "text": "Two contacts are missing."}, request_only=True)
    ]
)
class StatementMoveInput(Input):
    move = serializers.ChoiceField(choices=list(MOVES.items()))
    text = serializers.CharField(max_length=2000, required=False, allow_blank=True, default="")


DUTIES = {
    "contract": "BL-2026-01", "tags": ["refund", "exchange"], "tags_rule": "required", "snippets": [12],
    "snippets_rule": "reminded", "hours_only": True, "calendar": "standard", "quality_floor": 85, "least_ratings": 10,
    "skills": [{"skill": "refunds", "least_level": 2, "needs_certificate": True}],
    "steps": [{"id": "Zr3m1Xk0Qp2Vb7Tn5Wc9Lg", "name": {"en": "Training"}, "is_for_house": True}],
    "missed": [{"username": "zhou.yiming", "count": 2}],
}  # fmt: skip


class RequiredSkillOutput(Output):
    skill = serializers.CharField()
    least_level = serializers.IntegerField()
    needs_certificate = serializers.BooleanField()


class RequiredStepOutput(Output):
    id = serializers.CharField()
    name = serializers.DictField(child=serializers.CharField())
    is_for_house = serializers.BooleanField()


class MissedOutput(Output):
    username = serializers.CharField()
    count = serializers.IntegerField()


@extend_schema_serializer(many=False, examples=[OpenApiExample("duties", value=DUTIES, response_only=True)])
class DutiesOutput(Output):
    contract = serializers.CharField()
    tags = serializers.ListField(child=serializers.CharField(), help_text=_("One of these is set on each ticket."))
    tags_rule = serializers.ChoiceField(choices=DutyRule.choices)
    snippets = serializers.ListField(child=serializers.IntegerField(), help_text=_("Ids of snippets."))
    snippets_rule = serializers.ChoiceField(choices=DutyRule.choices)
    hours_only = serializers.BooleanField()
    calendar = serializers.CharField(allow_null=True)
    quality_floor = serializers.IntegerField(allow_null=True)
    least_ratings = serializers.IntegerField()
    skills = RequiredSkillOutput(many=True)
    steps = RequiredStepOutput(many=True)
    missed = MissedOutput(many=True, help_text=_("In the last thirty days, by person."))


def duties_row(contract: Any, missed: Any) -> dict[str, Any]:
    return {
        "contract": contract.number,
        "tags": sorted(tag.key for tag in contract.tags.all()),
        "tags_rule": contract.tags_rule,
        "snippets": sorted(snippet.pk for snippet in contract.snippets.all()),
        "snippets_rule": contract.snippets_rule,
        "hours_only": contract.hours_only,
        "calendar": contract.calendar.key if contract.calendar else None,
        "quality_floor": contract.quality_floor,
        "least_ratings": contract.least_ratings,
        "skills": [
            {"skill": row.skill.key, "least_level": row.least_level, "needs_certificate": row.needs_certificate}
            for row in contract.skills.select_related("skill")
        ],
        "steps": [
            {"id": public_id_for(OnboardingStep, row.pk), "name": dict(row.name), "is_for_house": row.is_for_house}
            for row in contract.steps.all()
        ],
        "missed": [{"username": user.username, "count": count} for user, count in missed],
    }

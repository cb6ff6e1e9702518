from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiExample, extend_schema_serializer
from rest_framework import serializers

from apps.accounts.models import User
from apps.core.actor import Actor
from apps.core.api.fields import TranslatedField
from apps.core.api.serializers import Output


@extend_schema_serializer(
    examples=[OpenApiExample("team", value={"key": "returns", "name": {"en": "Returns", "zh-hans": "退货组"}})]
)
class TeamOutput(Output):
    key = serializers.CharField()
    name = TranslatedField()


@extend_schema_serializer(
    examples=[OpenApiExample("skill", value={"key": "refunds", "name": {"en": "Refunds", "zh-hans": "退款"}})]
)
class SkillOutput(Output):
    key = serializers.CharField()
    name = TranslatedField()


class SkillLevelOutput(Output):
    skill = serializers.CharField(source="skill.key")
    level = serializers.IntegerField(help_text=_("From 1 (learning) to 5 (teaches others)."))
    certified_until = serializers.DateField(allow_null=True)


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "user",
            value={
                "username": "wang.fang",
                "display_name": "王芳",
                "role": "agent",
                "vendor": None,
                "is_active": True,
                "spoken_languages": ["zh-hans", "en"],
                "skills": [{"skill": "refunds", "level": 4, "certified_until": None}],
            },
        )
    ]
)
class UserOutput(Output):
    """A colleague: never a customer."""

    username = serializers.CharField()
    display_name = serializers.CharField()
    role = serializers.CharField(source="role.key", allow_null=True)
    vendor = serializers.CharField(source="vendor.key", allow_null=True)
    is_active = serializers.BooleanField()
    spoken_languages = serializers.ListField(
        child=serializers.CharField(), help_text=_("Languages of customers that they serve in. Empty: any.")
    )
    skills = SkillLevelOutput(source="agent_skills", many=True, help_text=_("Those in force, as far as you see them."))


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "me",
            value={
                "username": "crm",
                "display_name": "CRM",
                "role": "manager",
                "kind": "token",
                "language": "en",
                "time_zone": "Asia/Shanghai",
                "permissions": ["api.use", "tickets.view"],
                "sees_all": True,
            },
        )
    ]
)
class MeOutput(Output):
    username = serializers.CharField()
    display_name = serializers.CharField()
    role = serializers.CharField(allow_null=True)
    kind = serializers.CharField(help_text=_("`token`, or `person` for a signed-in browser."))
    language = serializers.CharField()
    time_zone = serializers.CharField()
    permissions = serializers.ListField(
        child=serializers.CharField(), help_text=_("What the role gives, narrowed to the token's scopes.")
    )
    sees_all = serializers.BooleanField(help_text=_("Whether tickets of every queue are visible."))

    @staticmethod
    def row(actor: Actor, user: User, *, sees_all: bool) -> dict[str, object]:
        return {
            "username": user.username,
            "display_name": user.display_name,
            "role": user.role.key if user.role else None,
            "kind": str(actor.kind.value),
            "language": user.language,
            "time_zone": user.time_zone,
            "permissions": sorted(actor.permissions),
            "sees_all": sees_all,
        }

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiExample, extend_schema_serializer
from rest_framework import serializers

from apps.accounts.models import Team
from apps.core.actor import Actor
from apps.core.api.fields import TranslatedField, VisibleKey
from apps.core.api.serializers import Input, Output
from apps.knowledge.enums import SnippetScope
from apps.knowledge.services.snippets import MAX_BODY, MAX_TITLE


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "snippet",
            value={
                "id": 12,
                "scope": "all",
                "shortcut": "thanks",
                "title": {"en": "Thanks", "zh-hans": "感谢"},
                "body": {"en": "<p>Thank you, {{customer.name}}.</p>"},
                "team": None,
                "owner": "manager",
                "is_active": True,
                "updated": "2026-01-31T09:00:00Z",
            },
            response_only=True,
        )
    ]
)
class SnippetOutput(Output):
    id = serializers.IntegerField()
    scope = serializers.ChoiceField(choices=SnippetScope.choices)
    shortcut = serializers.CharField()
    title = TranslatedField(read_only=True)
    body = TranslatedField(read_only=True)
    team = serializers.CharField(source="team.key", allow_null=True)
    owner = serializers.CharField(source="owner.username")
    is_active = serializers.BooleanField()
    updated = serializers.DateTimeField()


def _teams(actor: Actor) -> QuerySet[Team]:
    return Team.objects.visible_to(actor)


class _SnippetFields(Input):
    """What may be written; which of it goes together is said by the service."""

    scope = serializers.ChoiceField(choices=SnippetScope.choices, required=False)
    team = VisibleKey(_teams, required=False, allow_null=True)


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "private",
            value={
                "shortcut": "thanks",
                "title": {"en": "Thanks"},
                "body": {"en": "<p>Thank you, {{customer.name}}.</p>", "zh-hans": "<p>谢谢您，{{customer.name}}。</p>"},
            },
            request_only=True,
        )
    ]
)
class SnippetCreateInput(_SnippetFields):
    shortcut = serializers.CharField(max_length=40)
    title = TranslatedField(max_length=MAX_TITLE)
    body = TranslatedField(max_length=MAX_BODY, help_text=_("Rich text by language; variables in double braces."))


@extend_schema_serializer(
    examples=[OpenApiExample("share", value={"scope": "team", "team": "care"}, request_only=True)]
)
class SnippetUpdateInput(_SnippetFields):
    shortcut = serializers.CharField(max_length=40, required=False)
    title = TranslatedField(max_length=MAX_TITLE, required=False)
    body = TranslatedField(max_length=MAX_BODY, required=False)
    is_active = serializers.BooleanField(required=False)

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers

from apps.core.api.serializers import Output
from apps.tickets.api.serializers.examples import EVENT, HISTORY, shown


class HistoryOutput(Output):
    at = serializers.DateTimeField()
    kind = serializers.CharField()
    actor = serializers.CharField(source="actor_label")
    face = serializers.CharField()
    what = serializers.CharField()
    old = serializers.CharField()
    new = serializers.CharField()
    sentence = serializers.CharField(help_text=_("The line as the desk shows it, in the language of Accept-Language."))


class EventOutput(Output):
    position = serializers.IntegerField(help_text=_("Rises; the cursor for `after`."))
    id = serializers.CharField()
    kind = serializers.CharField()
    created = serializers.DateTimeField()
    ticket = serializers.IntegerField(allow_null=True)
    customer = serializers.CharField(allow_null=True)
    actor_kind = serializers.CharField()
    actor = serializers.CharField(allow_null=True, help_text=_("User name."))
    face = serializers.CharField(help_text=_("Through what it was done: desk, api, channel, system …"))
    data = serializers.DictField(  # type: ignore[assignment]
        help_text=_("What the kind tells; ids are numbers, keys, user names and public ids.")
    )


@extend_schema_serializer(examples=[shown({"results": [HISTORY]})])
class HistoryListOutput(Output):
    results = HistoryOutput(many=True)


@extend_schema_serializer(examples=[shown({"results": [EVENT], "next_after": 90412, "has_more": False})])
class EventPageOutput(Output):
    results = EventOutput(many=True)
    next_after = serializers.IntegerField(help_text=_("Ask on with `after` of this value."))
    has_more = serializers.BooleanField(help_text=_("Whether more is there already."))

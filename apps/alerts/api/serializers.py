from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiExample, extend_schema_serializer
from rest_framework import serializers

from apps.accounts.models import User, Vendor
from apps.alerts.enums import AlertState, Cause, Comparison, Measure, Way
from apps.alerts.models import Alert, AlertRule
from apps.alerts.models.rule import LARGEST, LONGEST_HOLD, LONGEST_QUIET
from apps.alerts.words import sentence
from apps.channels.models import Channel
from apps.channels.selectors.senders import mailboxes
from apps.core.actor import Actor
from apps.core.api.fields import PublicIdField, TranslatedField, VisibleKey
from apps.core.api.serializers import Input, Output
from apps.sla.models import Calendar
from apps.tickets.models import Queue

RULE = {
    "key": "crowded",
    "name": {"en": "Too many wait", "zh-hans": "排队过多"},
    "is_active": True,
    "measure": "waiting",
    "queue": "care",
    "channel": None,
    "vendor": None,
    "comparison": "above",
    "limit": 10,
    "margin": 2,
    "hold_seconds": 60,
    "quiet_minutes": 15,
    "calendar": None,
    "ways": ["screen", "webhook"],
    "people": [],
    "sender": None,
    "updated": "2026-01-31T09:00:00Z",
}
ALERT = {
    "id": "Zr3m1Xk0Qp2Vb7Tn5Wc9Lg",
    "rule": "crowded",
    "name": {"en": "Too many wait", "zh-hans": "排队过多"},
    "words": "Customer care: 12 tickets wait (more than 10)",
    "measure": "waiting",
    "queue": "care",
    "channel": None,
    "vendor": None,
    "contract": None,
    "person": None,
    "state": "open",
    "figure": 12,
    "fired_at": "2026-01-31T09:00:00Z",
    "acknowledged_at": None,
    "acknowledged_by": None,
    "cleared_at": None,
    "cause": "",
}


def _queues(actor: Actor) -> QuerySet[Queue]:
    return Queue.objects.visible_to(actor)


def _channels(actor: Actor) -> QuerySet[Channel]:
    return Channel.objects.visible_to(actor)


def _calendars(actor: Actor) -> QuerySet[Calendar]:
    return Calendar.objects.visible_to(actor)


def _vendors(actor: Actor) -> QuerySet[Vendor]:
    return Vendor.objects.filter(is_active=True)  # one door: whoever configures knows all of them


def _people(actor: Actor) -> QuerySet[User]:
    return User.objects.visible_to(actor).active()


@extend_schema_serializer(examples=[OpenApiExample("rule", value=RULE, response_only=True)])
class AlertRuleOutput(Output):
    key = serializers.CharField()
    name = TranslatedField(read_only=True)
    is_active = serializers.BooleanField()
    measure = serializers.ChoiceField(choices=Measure.choices)
    queue = serializers.CharField(source="queue.key", allow_null=True)
    channel = serializers.CharField(source="channel.key", allow_null=True)
    vendor = serializers.CharField(source="vendor.key", allow_null=True, help_text=_("Whose floor; null: the house's."))
    comparison = serializers.ChoiceField(choices=Comparison.choices)
    limit = serializers.IntegerField()
    margin = serializers.IntegerField()
    hold_seconds = serializers.IntegerField()
    quiet_minutes = serializers.IntegerField()
    calendar = serializers.CharField(source="calendar.key", allow_null=True)
    ways = serializers.ListField(child=serializers.ChoiceField(choices=Way.choices))
    people: serializers.SerializerMethodField = serializers.SerializerMethodField()
    sender = serializers.CharField(source="sender.key", allow_null=True)
    updated = serializers.DateTimeField()

    def get_people(self, rule: AlertRule) -> list[str]:
        return sorted(user.username for user in rule.people.all())


@extend_schema_serializer(examples=[OpenApiExample("stricter", value={"limit": 8, "margin": 2}, request_only=True)])
class AlertRuleUpdateInput(Input):
    key = serializers.SlugField(max_length=50, required=False)
    name = TranslatedField(max_length=200, required=False)
    is_active = serializers.BooleanField(required=False)
    measure = serializers.ChoiceField(choices=Measure.choices, required=False)
    queue = VisibleKey(_queues, required=False, allow_null=True)
    channel = VisibleKey(_channels, required=False, allow_null=True)
    vendor = VisibleKey(_vendors, required=False, allow_null=True)
    comparison = serializers.ChoiceField(choices=Comparison.choices, required=False)
    limit = serializers.IntegerField(min_value=0, max_value=LARGEST, required=False)
    margin = serializers.IntegerField(min_value=0, max_value=LARGEST, required=False)
    hold_seconds = serializers.IntegerField(min_value=0, max_value=LONGEST_HOLD, required=False)
    quiet_minutes = serializers.IntegerField(min_value=0, max_value=LONGEST_QUIET, required=False)
    calendar = VisibleKey(_calendars, required=False, allow_null=True)
    ways = serializers.ListField(
        child=serializers.ChoiceField(choices=Way.choices), required=False, allow_empty=False, max_length=len(Way)
    )
    people = serializers.ListField(child=VisibleKey(_people, "username"), required=False, max_length=100)
    sender = VisibleKey(mailboxes, required=False, allow_null=True)


NEW = {"key": "crowded", "name": {"en": "Too many wait"}, "measure": "waiting", "limit": 10, "ways": ["screen"]}


@extend_schema_serializer(examples=[OpenApiExample("crowded", value=NEW, request_only=True)])
class AlertRuleCreateInput(AlertRuleUpdateInput):
    key = serializers.SlugField(max_length=50)
    name = TranslatedField(max_length=200)
    measure = serializers.ChoiceField(choices=Measure.choices)
    ways = serializers.ListField(
        child=serializers.ChoiceField(choices=Way.choices), allow_empty=False, max_length=len(Way)
    )


@extend_schema_serializer(examples=[OpenApiExample("alert", value=ALERT, response_only=True)])
class AlertOutput(Output):
    id = PublicIdField()
    rule = serializers.CharField(source="rule.key")
    name = TranslatedField(source="rule.name", read_only=True)
    words = serializers.SerializerMethodField(help_text=_("A sentence, in the language of Accept-Language."))
    measure = serializers.ChoiceField(source="rule.measure", choices=Measure.choices)
    queue = serializers.CharField(source="queue.key", allow_null=True)
    channel = serializers.CharField(source="channel.key", allow_null=True)
    vendor = serializers.CharField(source="rule.vendor.key", allow_null=True)
    contract = serializers.CharField(source="contract.number", allow_null=True)
    person = serializers.CharField(source="person.username", allow_null=True)
    state = serializers.ChoiceField(
        choices=[(state.value, state.label) for state in (AlertState.OPEN, AlertState.CLEARED)]
    )
    figure = serializers.IntegerField(allow_null=True, help_text=_("As measured last."))
    fired_at = serializers.DateTimeField()
    acknowledged_at = serializers.DateTimeField(allow_null=True)
    acknowledged_by = serializers.CharField(source="acknowledged_by.username", allow_null=True)
    cleared_at = serializers.DateTimeField(allow_null=True)
    cause = serializers.ChoiceField(choices=[("", ""), *Cause.choices], help_text=_("Why it is over."))

    def get_words(self, alert: Alert) -> str:
        return sentence(alert, alert.figure)

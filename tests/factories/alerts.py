import factory
from factory.django import DjangoModelFactory

from apps.alerts.models import Alert, AlertRule
from apps.core.clock import now
from tests.factories.tickets import QueueFactory


class AlertRuleFactory(DjangoModelFactory):
    """More than two tickets that wait, told on screens at once."""

    class Meta:
        model = AlertRule
        skip_postgeneration_save = True

    key = factory.Sequence(lambda n: f"rule-{n}")
    name = factory.LazyAttribute(lambda rule: {"en": f"Rule {rule.key}", "zh-hans": f"规则 {rule.key}"})
    measure = "waiting"
    limit = 2
    hold_seconds = 0
    quiet_minutes = 0
    ways = factory.LazyFunction(lambda: ["screen"])

    @factory.post_generation
    def people(self, create, extracted, **kwargs) -> None:
        self.people.set(extracted or [])


class AlertFactory(DjangoModelFactory):
    """An open one, of a queue."""

    class Meta:
        model = Alert

    rule = factory.SubFactory(AlertRuleFactory)
    queue = factory.SubFactory(QueueFactory)
    state = "open"
    figure = 3
    since = factory.LazyFunction(now)
    fired_at = factory.SelfAttribute("since")

import factory
from factory.django import DjangoModelFactory

from apps.sla.models import Calendar, Policy, PolicyTarget


class CalendarFactory(DjangoModelFactory):
    class Meta:
        model = Calendar

    key = factory.Sequence(lambda n: f"calendar-{n}")
    name = factory.LazyAttribute(lambda row: {"en": row.key})
    time_zone = "Asia/Shanghai"
    week = factory.LazyFunction(lambda: ["09:00-12:00, 13:30-18:00"] * 5 + ["", ""])


class PolicyFactory(DjangoModelFactory):
    """A default policy in the office of Shanghai, with `targets` as minutes by target, or as keywords of a row each."""

    class Meta:
        model = Policy
        skip_postgeneration_save = True

    key = factory.Sequence(lambda n: f"policy-{n}")
    name = factory.LazyAttribute(lambda row: {"en": row.key})
    is_default = True
    calendar = factory.SubFactory(CalendarFactory)
    paused_in = factory.LazyFunction(lambda: ["pending"])
    pausing = factory.LazyFunction(lambda: ["resolution"])
    warn_at = factory.LazyFunction(lambda: [80])

    @factory.post_generation
    def targets(self, create: bool, extracted: dict[str, int] | None, **kwargs: object) -> None:
        for target, minutes in (extracted or {}).items():
            PolicyTarget.objects.create(policy=self, target=target, minutes=minutes)

import factory
from factory.django import DjangoModelFactory

from apps.sla.models import Calendar


class CalendarFactory(DjangoModelFactory):
    class Meta:
        model = Calendar

    key = factory.Sequence(lambda n: f"calendar-{n}")
    name = factory.LazyAttribute(lambda row: {"en": row.key})
    time_zone = "Asia/Shanghai"
    week = factory.LazyFunction(lambda: ["09:00-12:00, 13:30-18:00"] * 5 + ["", ""])

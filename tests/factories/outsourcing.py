from datetime import timedelta

import factory
from factory.django import DjangoModelFactory

from apps.core.clock import now
from apps.outsourcing.models import Contract, ImpactAssessment, Statement
from apps.privacy.enums import FieldClass
from tests.factories.accounts import VendorFactory

MONTH = timedelta(days=30)


def day(later: timedelta = timedelta()):
    return (now() + later).date()


class ContractFactory(DjangoModelFactory):
    """A draft that lacks nothing but what it opens; from a month ago until in a month."""

    class Meta:
        model = Contract
        skip_postgeneration_save = True

    number = factory.Sequence(lambda n: f"C-{n}")
    name = factory.LazyAttribute(lambda row: {"en": f"Contract {row.number}", "zh-hans": f"合同 {row.number}"})
    vendor = factory.SubFactory(VendorFactory)
    starts_on = factory.LazyFunction(lambda: day(-MONTH))
    ends_on = factory.LazyFunction(lambda: day(MONTH))
    time_zone = "UTC"
    covers_all_categories = True
    purpose = "Answering questions about orders."
    data_categories = factory.LazyFunction(lambda: ["name", "phone"])

    @factory.post_generation
    def assessed(self, create, extracted, **kwargs) -> None:
        """Of every kind of data, in force as long as any test looks."""
        if create and extracted is not False:
            AssessmentFactory(contract=self, data_categories=list(FieldClass.values))

    @factory.post_generation
    def queues(self, create, extracted, **kwargs) -> None:
        self.queues.set(extracted or [])

    @factory.post_generation
    def channels(self, create, extracted, **kwargs) -> None:
        self.channels.set(extracted or [])

    @factory.post_generation
    def categories(self, create, extracted, **kwargs) -> None:
        self.categories.set(extracted or [])


class AssessmentFactory(DjangoModelFactory):
    """An approved one."""

    class Meta:
        model = ImpactAssessment

    contract = factory.SubFactory(ContractFactory, assessed=False)
    data_categories = factory.LazyFunction(lambda: ["name", "phone"])
    necessity = "Somebody has to answer."
    risks = "Little."
    measures = "Masking."
    state = "approved"
    valid_until = factory.LazyFunction(lambda: day(timedelta(days=3000)))


class StatementFactory(DjangoModelFactory):
    """Of the month before, of nothing."""

    class Meta:
        model = Statement

    month = factory.LazyFunction(lambda: (day().replace(day=1) - timedelta(days=1)).replace(day=1))
    since = factory.LazyFunction(lambda: now() - MONTH)
    until = factory.LazyFunction(now)
    priced_by, price, currency = "contact", 1, "CNY"
    quantity = amount = deducted = total = 0

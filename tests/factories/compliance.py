from datetime import timedelta

import factory
from factory.django import DjangoModelFactory

from apps.compliance.models import Export, Incident
from apps.core.clock import now
from tests.factories.accounts import UserFactory


class IncidentFactory(DjangoModelFactory):
    """Of the last hour; nothing narrows it yet."""

    class Meta:
        model = Incident
        skip_postgeneration_save = True

    title = "A laptop was lost"
    detected_by = "The agent herself, by phone"
    what_happened = "A laptop with an open session was left on a train."
    since = factory.LazyFunction(lambda: now() - timedelta(hours=1))
    until = factory.LazyFunction(lambda: now() + timedelta(minutes=1))
    counts_lists = False

    @factory.post_generation
    def people(self, create, extracted, **kwargs) -> None:
        self.people.set(extracted or [])


class ExportFactory(DjangoModelFactory):
    class Meta:
        model = Export

    kind = "incident"
    question = factory.LazyFunction(lambda: {"incident": 0})
    language = "en"
    asked_by = factory.SubFactory(UserFactory, role="manager")
    asked_at = factory.LazyFunction(now)

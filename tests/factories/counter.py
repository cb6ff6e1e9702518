"""Branches, services, windows, and people who wait."""

import itertools
import string
from typing import Any

import factory
from factory.django import DjangoModelFactory

from apps.accounts.models import Team
from apps.core.actor import SYSTEM
from apps.counter.models import Branch, ServiceType, Visit, Window
from apps.counter.services.numbers import issue_number
from tests.factories.channels import ChannelFactory
from tests.factories.tickets import QueueFactory

_letters = itertools.cycle(string.ascii_uppercase)


class ServiceTypeFactory(DjangoModelFactory):
    class Meta:
        model = ServiceType
        django_get_or_create = ("prefix",)

    prefix = factory.LazyFunction(lambda: next(_letters))
    key = factory.LazyAttribute(lambda row: f"service-{row.prefix.lower()}")
    name = factory.LazyAttribute(lambda row: {"en": f"Service {row.prefix}", "zh-hans": f"业务 {row.prefix}"})
    queue = factory.SubFactory(QueueFactory)


class BranchFactory(DjangoModelFactory):
    """`BranchFactory(services=[...], teams=[...])`."""

    class Meta:
        model = Branch
        skip_postgeneration_save = True

    key = factory.Sequence(lambda n: f"branch-{n}")
    name = factory.LazyAttribute(lambda branch: {"en": f"Branch {branch.key}", "zh-hans": f"网点 {branch.key}"})
    channel = factory.SubFactory(ChannelFactory, kind="counter", key=factory.Sequence(lambda n: f"counter-{n}"))

    @factory.post_generation
    def services(branch: Branch, create: bool, extracted: Any, **kwargs: Any) -> None:  # noqa: N805
        if create and extracted:
            branch.services.set(extracted)

    @factory.post_generation
    def teams(branch: Branch, create: bool, extracted: list[Team] | None, **kwargs: Any) -> None:  # noqa: N805
        if create and extracted:
            branch.teams.set(extracted)


class WindowFactory(DjangoModelFactory):
    class Meta:
        model = Window

    branch = factory.SubFactory(BranchFactory)
    label = factory.Sequence(str)


def draw(branch: Branch, service: ServiceType, **values: Any) -> Visit:
    """A number, as a kiosk would draw it."""
    return issue_number(branch=branch, service=service, by=SYSTEM, **values)

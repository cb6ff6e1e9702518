"""A branch with three services and two windows, where alice, tom and susan work and steve does not."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from apps.accounts.models import Team, User
from apps.core.actor import Actor
from apps.counter.models import Branch, ServiceType, Visit, Window
from apps.counter.services.calling import call_next
from apps.counter.services.seats import take_window
from apps.counter.services.serving import Claim, start_serving
from apps.tickets.models import Queue
from tests.factories.counter import BranchFactory, ServiceTypeFactory, WindowFactory, draw
from tests.factories.tickets import IntakeRuleFactory, QueueFactory, grant


@dataclass
class Hall:
    branch: Branch
    repair: ServiceType
    returns: ServiceType
    invoices: ServiceType
    one: Window
    two: Window
    queue: Queue


@pytest.fixture
def hall(team: Team) -> Hall:
    """Invoices lie in a queue that nobody of the team works."""
    queue = QueueFactory(key="hall")
    grant(team, queue)
    repair = ServiceTypeFactory(key="repair", prefix="A", name={"en": "Repair", "zh-hans": "维修"}, queue=queue)
    returns = ServiceTypeFactory(key="returns", prefix="B", name={"en": "Returns", "zh-hans": "退换"}, queue=queue)
    invoices = ServiceTypeFactory(key="invoices", prefix="C", name={"en": "Invoices", "zh-hans": "发票"})
    branch = BranchFactory(key="lake", services=[repair, returns, invoices], teams=[team])
    IntakeRuleFactory(channel=branch.channel, queue=queue)
    one, two = (WindowFactory(branch=branch, label=label) for label in ("1", "2"))
    return Hall(branch, repair, returns, invoices, one, two, queue)


@pytest.fixture
def seated(hall: Hall, agent: User, teammate: User, acting: Callable[..., Actor]) -> Hall:
    """alice at window 1, tom at window 2."""
    hall.one = take_window(window=hall.one, by=acting(agent))
    hall.two = take_window(window=hall.two, by=acting(teammate))
    return hall


@pytest.fixture
def served(seated: Hall, agent: User, acting: Callable[..., Actor]) -> Visit:
    """A visit that is being served at window 1."""
    draw(seated.branch, seated.repair)
    called = call_next(window=seated.one, by=acting(agent))
    assert called is not None
    return start_serving(visit=called, by=acting(agent), claim=Claim("13800138000", "Zhao Planted"))

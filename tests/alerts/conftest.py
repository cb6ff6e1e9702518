"""A floor whose figures a test says, and people who hear of it."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest
import time_machine

from apps.accounts.models import Team, User, Vendor
from apps.alerts.models import AlertChange
from apps.alerts.services.watching import watch
from apps.core.clock import now
from apps.metrics.selectors.live import QueueNow
from apps.tickets.models import Queue
from tests.factories.accounts import RoleFactory, UserFactory
from tests.factories.tickets import QueueFactory, TicketFactory

CALM = QueueNow(
    queue_id=0,
    name="",
    waiting=0,
    oldest_wait=None,
    in_work=0,
    agents_free=1,
    service_level_now=None,
    service_level_today=None,
    answered_today=0,
    abandoned_today=0,
    breaches_coming=0,
)


@dataclass
class Floor:
    """`at(30, waiting=5)` is one look, 30 seconds after the beginning, at a floor where nothing else is the matter."""

    queue: Queue
    begun: datetime = field(default_factory=now)
    rows: list[QueueNow] = field(default_factory=list)

    def at(self, seconds: int, **figures: float | None) -> int:
        self.rows[:] = [replace(CALM, queue_id=self.queue.pk, **figures)]  # type: ignore[arg-type]
        with time_machine.travel(self.begun + timedelta(seconds=seconds), tick=False):
            return watch()


@pytest.fixture
def queue(db: None) -> Queue:
    return QueueFactory(key="care", name={"en": "Care", "zh-hans": "售后"})


@pytest.fixture
def other_queue(db: None) -> Queue:
    return QueueFactory(key="sales", name={"en": "Sales", "zh-hans": "售前"})


@pytest.fixture
def floor(queue: Queue, monkeypatch: pytest.MonkeyPatch) -> Floor:
    found = Floor(queue)
    monkeypatch.setattr("apps.alerts.measuring.queues_now", lambda actor: list(found.rows))
    return found


@pytest.fixture
def crowd() -> Callable[..., None]:
    """`crowd(queue, 3, channel=mail)`: tickets that wait."""

    def fill(queue: Queue, count: int, *, minutes: int = 10, **values: object) -> None:
        for _number in range(count):
            TicketFactory(queue=queue, opened_at=now() - timedelta(minutes=minutes), **values)

    return fill


@pytest.fixture
def vendor_lead(vendor: Vendor, vendor_team: Team) -> User:
    """Supervises the people of a vendor."""
    return lead_of(vendor, vendor_team)


@pytest.fixture
def shift_lead(team: Team) -> User:
    """Supervises in-house without seeing everything."""
    codes = ["tickets.view", "customers.view", "routing.serve", "routing.supervise"]
    return UserFactory(username="lee", role=RoleFactory(key="shift_lead", permissions=codes), teams=[team])


def lead_of(vendor: Vendor, team: Team, username: str = "lena") -> User:
    codes = ["tickets.view", "customers.view", "routing.serve", "routing.supervise"]
    role = RoleFactory(key=f"lead-{username}", permissions=codes, is_outsourced=True)
    return UserFactory(
        username=username, display_name=f"{username.title()} Lead", role=role, vendor=vendor, teams=[team]
    )


def history() -> list[tuple[str, int | None]]:
    return list(AlertChange.objects.order_by("pk").values_list("step", "figure"))

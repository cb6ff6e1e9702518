"""One look after the other: what is told once, what is never told, and what ends by itself."""

from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.db.models.functions import Now
from django.test.utils import CaptureQueriesContext

from apps.accounts.services.users import deactivate_user
from apps.alerts.models import Alert, AlertChange
from apps.alerts.services.watching import watch
from apps.core.actor import SYSTEM
from apps.core.clock import now
from apps.core.models import Event
from apps.core.sweeps import run_sweeps
from tests.alerts.conftest import Floor, history
from tests.channels.conftest import in_parallel
from tests.factories.accounts import VendorFactory
from tests.factories.alerts import AlertRuleFactory
from tests.factories.channels import ChannelFactory, InboundEventFactory
from tests.factories.sla import CalendarFactory
from tests.factories.tickets import IntakeRuleFactory, QueueFactory, TicketFactory, grant

pytestmark = pytest.mark.integration


def fired() -> set[tuple[str, str]]:
    rows = Alert.objects.open().values_list("rule__key", "queue__key", "channel__key")
    return {(rule, queue or channel) for rule, queue, channel in rows}


def test_what_holds_is_told_once_and_is_over_once_however_it_trembles(floor: Floor) -> None:
    AlertRuleFactory(limit=2, margin=1, hold_seconds=60, quiet_minutes=10)
    figures = {0: 3, 30: 4, 61: 5, 70: 9, 80: 2, 90: 1, 100: 3, 110: 0, 171: 0, 175: 0}
    told = {second: floor.at(second, waiting=figure) for second, figure in figures.items()}

    assert {second for second, count in told.items() if count} == {61, 171}
    assert history() == [("fired", 5), ("cleared", 0)]
    row = Alert.objects.get()
    assert (row.state, row.cause, row.fired_at) == ("cleared", "back", floor.begun + timedelta(seconds=61))

    # Quiet until ten minutes after it was told; still crossed then, it is told again.
    assert [floor.at(second, waiting=7) for second in (180, 400, 660)] == [0, 0, 0]
    assert floor.at(662, waiting=7) == 1
    assert Alert.objects.count() == 2


def test_what_does_not_hold_leaves_nothing(floor: Floor) -> None:
    AlertRuleFactory(hold_seconds=60)
    floor.at(0, waiting=9)
    assert not Alert.objects.fired().exists()
    floor.at(30, waiting=1)

    assert floor.at(90, waiting=9) == 0
    assert history() == []
    assert Alert.objects.get().since == floor.begun + timedelta(seconds=90)


def test_a_level_of_nothing_alarms_nobody_and_ends_what_was(floor: Floor) -> None:
    AlertRuleFactory(measure="service_level", comparison="below", limit=80)
    assert floor.at(0, service_level_now=None) == 0
    assert floor.at(5, service_level_now=79.9) == 1
    assert floor.at(10, service_level_now=None) == 1
    assert history() == [("fired", 79), ("cleared", None)]


def test_each_measure_is_read_from_the_floor_within_its_scope(queue, other_queue, crowd) -> None:
    crowd(queue, 3)
    crowd(other_queue, 3, minutes=1)
    TicketFactory(queue=other_queue, sla_state="running", next_due_at=now() + timedelta(minutes=9))
    stuck, fine = ChannelFactory(key="stuck"), ChannelFactory(key="fine")
    for channel in (stuck, fine):
        IntakeRuleFactory(channel=channel, queue=queue)
    InboundEventFactory(channel=stuck, received=Now() - timedelta(minutes=9))
    AlertRuleFactory(key="here", queue=queue)
    AlertRuleFactory(key="anywhere")
    AlertRuleFactory(key="long", measure="oldest_wait", limit=300)
    AlertRuleFactory(key="nobody", measure="free_agents", comparison="below", limit=1, queue=other_queue)
    AlertRuleFactory(key="breaches", measure="breaches", limit=0)
    AlertRuleFactory(key="channels", measure="channel", limit=0)
    AlertRuleFactory(key="fine", measure="channel", limit=0, channel=fine)
    AlertRuleFactory(key="off", is_active=False)

    run_sweeps("alerts.watch")

    assert fired() == {
        ("here", "care"), ("anywhere", "care"), ("anywhere", "sales"), ("long", "care"), ("nobody", "sales"),
        ("breaches", "sales"), ("channels", "stuck"),
    }  # fmt: skip


def test_a_vendors_floor_is_what_its_supervisors_see(
    queue, other_queue, crowd, vendor, vendor_team, vendor_lead
) -> None:
    theirs = ChannelFactory(key="theirs")
    grant(vendor_team, queue, theirs)
    crowd(queue, 3, channel=theirs)
    crowd(queue, 4, channel=ChannelFactory(key="ours"))
    crowd(other_queue, 9, channel=theirs)
    AlertRuleFactory(key="whole")
    AlertRuleFactory(key="part", vendor=vendor)
    AlertRuleFactory(key="alone", vendor=vendor, measure="free_agents", comparison="below", limit=1)
    AlertRuleFactory(key="nobody", vendor=VendorFactory())

    watch()

    figures = Alert.objects.open().values_list("rule__key", "queue__key", "figure")
    assert set(figures) == {
        ("whole", "care", 7), ("whole", "sales", 9), ("part", "care", 3), ("alone", "care", 0),
    }  # fmt: skip

    # Whoever loses the floor is told nothing more of it: the alerts end, as those of a queue that is switched off.
    deactivate_user(user=vendor_lead, by=SYSTEM)
    watch()
    assert set(Alert.objects.open().values_list("rule__key", flat=True)) == {"whole"}


def test_it_ends_with_its_hours_and_with_its_rule(floor: Floor) -> None:
    calendar = CalendarFactory(week=["00:00-24:00"] * 7)
    hourly, always = AlertRuleFactory(calendar=calendar), AlertRuleFactory()
    assert floor.at(0, waiting=5) == 2
    calendar.week = [""] * 7
    calendar.save()
    always.is_active = False
    always.save()

    assert floor.at(5, waiting=5) == 2
    assert floor.at(10, waiting=5) == 0
    causes = dict(Alert.objects.values_list("rule", "cause"))
    assert causes == {hourly.pk: "closed", always.pk: "unwatched"}


@pytest.mark.django_db(transaction=True)
def test_many_watchers_at_once_tell_it_once(queue, crowd) -> None:
    crowd(queue, 3)
    AlertRuleFactory(ways=["screen", "webhook"])

    assert sum(in_parallel(4, lambda _number: watch())) == 1
    assert AlertChange.objects.count() == 1
    assert Event.objects.filter(kind="alert.fired").count() == 1


def test_a_look_costs_the_same_however_many_queues_there_are(queue, crowd) -> None:
    AlertRuleFactory()
    AlertRuleFactory(measure="oldest_wait", limit=300)

    def cost() -> int:
        # At one moment: each second that passes is a longer wait, which is written.
        with time_machine.travel(now(), tick=False):
            watch()  # what is new is written; the look after it is the usual one
            with CaptureQueriesContext(connection) as asked:
                watch()
        return len(asked)

    crowd(queue, 3)
    one = cost()
    for _number in range(3):
        crowd(QueueFactory(), 3)
    assert cost() == one

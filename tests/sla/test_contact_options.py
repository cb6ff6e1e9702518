"""Which channel answers soonest now, and that nothing is made up."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils.translation import override

from apps.accounts.models import Brand, User
from apps.channels.models import Channel
from apps.core.actor import SYSTEM, person
from apps.core.errors import InvalidInput, PermissionRefused
from apps.counter.models import ServiceType
from apps.sla import answers
from apps.sla.api.views import KEPT_SECONDS
from apps.sla.models import Calendar, ChannelPolicy
from apps.sla.selectors import contact_options as selector
from apps.sla.selectors.contact_options import ContactOption, contact_options
from apps.sla.services.policies import set_policy
from tests.factories.channels import ChannelFactory
from tests.factories.counter import BranchFactory, ServiceTypeFactory, WindowFactory, draw
from tests.factories.sla import CalendarFactory
from tests.factories.tickets import QueueFactory, TicketFactory

pytestmark = pytest.mark.integration

WEDNESDAY = datetime(2026, 3, 4, 2, 0, tzinfo=UTC)  # 10:00 in Shanghai
NIGHT = datetime(2026, 3, 4, 15, 0, tzinfo=UTC)  # 23:00


@pytest.fixture
def calendar(db: None) -> Calendar:
    return CalendarFactory(week=["09:00-18:00"] * 5 + ["", ""])


@pytest.fixture(autouse=True)
def _computed_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answers, "KEPT_SECONDS", 0)


def offer(calendar: Calendar, key: str, **policy: object) -> Channel:
    channel = ChannelFactory(key=key, kind="manual")
    label = {"en": key.title(), "zh-hans": key}
    values = {"contact_label": label, "contact_how": {"en": "Ring"}, "is_offered": True, "calendar": calendar}
    set_policy(channel=channel, by=SYSTEM, **{**values, **policy})
    return channel


def answered(channel: Channel, minutes: int, count: int = 5, *, days_ago: int = 1) -> None:
    """Tickets whose first answer took so long, opened in working hours."""
    queue = QueueFactory()
    for _ticket in range(count):
        opened = WEDNESDAY - timedelta(days=days_ago)
        TicketFactory(
            channel=channel, queue=queue, opened_at=opened, first_replied_at=opened + timedelta(minutes=minutes)
        )


def options(at: datetime = WEDNESDAY, language: str = "en") -> list[ContactOption]:
    with time_machine.travel(at, tick=False), override(language):
        return contact_options(None)


def test_who_answers_soonest_stands_first(calendar: Calendar) -> None:
    answered(offer(calendar, "mail"), 170)
    answered(offer(calendar, "chat"), 4)
    answered(offer(calendar, "phone"), 25)

    rows = options()

    assert [(row.label, row.text) for row in rows] == [
        ("Chat", "Usually within 5 minutes"),
        ("Phone", "Usually within 30 minutes"),
        ("Mail", "Usually within 3 hours"),
    ]
    assert all(row.is_open for row in rows)


def test_a_channel_that_is_closed_says_when_it_opens(calendar: Calendar) -> None:
    answered(offer(calendar, "chat"), 4)
    around_the_clock = CalendarFactory(week=["00:00-24:00"] * 7)
    answered(offer(around_the_clock, "mail"), 100)

    night, evening = options(NIGHT), options(datetime(2026, 3, 6, 15, 0, tzinfo=UTC))

    assert [(row.label, row.text) for row in night] == [("Mail", "Usually within 2 hours"), ("Chat", "Opens Thu 09:00")]
    assert evening[1].text == "Opens Mon 09:00"
    assert evening[1].opens_at == datetime(2026, 3, 9, 1, 0, tzinfo=UTC)


def test_an_answer_that_work_ends_before_is_told_by_its_hour(calendar: Calendar) -> None:
    answered(offer(calendar, "mail"), 170)

    assert options(datetime(2026, 3, 4, 9, 0, tzinfo=UTC))[0].text == "Usually by Thu 11:00"


def test_the_night_does_not_count_as_waiting(calendar: Calendar) -> None:
    channel, queue = offer(calendar, "mail"), QueueFactory()
    for _ticket in range(5):
        opened = datetime(2026, 3, 2, 14, 0, tzinfo=UTC)  # 22:00
        TicketFactory(
            channel=channel, queue=queue, opened_at=opened, first_replied_at=datetime(2026, 3, 3, 1, 10, tzinfo=UTC)
        )

    assert options()[0].usual_minutes == 10


def test_too_few_or_too_old_answers_tell_nothing(calendar: Calendar) -> None:
    answered(offer(calendar, "chat"), 3, count=4)
    answered(offer(calendar, "mail", answer_minutes=240), 3, days_ago=15)
    answered(offer(calendar, "post"), 0)  # begun by us: no answer at all

    rows = {row.label: (row.usual_minutes, row.text) for row in options()}

    unknown = "Open now; how long it takes is not known"
    assert rows == {"Mail": (None, "Answered within 4 hours"), "Chat": (None, unknown), "Post": (None, unknown)}


def test_a_long_line_counts(calendar: Calendar) -> None:
    """More than half of those who wait have waited longer than usual already."""
    channel = offer(calendar, "chat")
    answered(channel, 4)
    queue = QueueFactory()
    for _ticket in range(5):
        since = WEDNESDAY - timedelta(minutes=40)
        TicketFactory(channel=channel, queue=queue, opened_at=since, waiting_since=since)

    assert options()[0].usual_minutes == 45


def test_only_what_is_ticked_active_and_of_the_brand(calendar: Calendar) -> None:
    offer(calendar, "chat")
    offer(calendar, "quiet", is_offered=False)
    gone = offer(calendar, "gone")
    gone.is_active = False
    gone.save()

    assert [row.key for row in options()] == ["chat"]
    other = Brand.objects.create(key="other", name={"en": "Other"}, sender_name={"en": "Other"})
    assert contact_options(other) == []


def test_a_counter_tells_of_its_line(calendar: Calendar) -> None:
    service = ServiceTypeFactory(prefix="A", usual_minutes=5)
    branch = BranchFactory(services=[service])
    set_policy(
        channel=branch.channel, by=SYSTEM, calendar=calendar, is_offered=True, contact_label={"en": "Shop"},
        contact_how={"en": "Lake Road 1"},
    )  # fmt: skip
    with time_machine.travel(WEDNESDAY, tick=False):
        for _person in range(3):
            draw(branch, service)
    offer(calendar, "mail", answer_minutes=1440)
    assert [(row.label, row.usual_minutes, row.waiting) for row in options()] == [
        ("Shop", 15, 3),  # nobody is at a window yet, but it is open
        ("Mail", None, None),
    ]
    ServiceType.objects.update(usual_minutes=None)
    assert [(row.label, row.text) for row in options()] == [
        ("Shop", "Open now; how long it takes is not known"),
        ("Mail", "Answered by Fri 16:00"),
    ]
    ServiceType.objects.update(usual_minutes=5)

    window = WindowFactory(branch=branch)
    window.agent = User.objects.create(username="w", display_name="W")
    window.save()

    assert (options()[0].usual_minutes, options()[0].text) == (15, "Usually within 15 minutes")


def test_what_customers_need_is_required(calendar: Calendar, agent: User) -> None:
    channel = ChannelFactory(kind="manual")
    with pytest.raises(InvalidInput) as refusal:
        set_policy(channel=channel, by=SYSTEM, calendar=calendar, is_offered=True)
    assert set(refusal.value.fields) == {"contact_label", "contact_how"}
    with pytest.raises(PermissionRefused):
        set_policy(channel=channel, by=person(agent), is_offered=True, contact_label={"en": "Mine"})
    assert not ChannelPolicy.objects.exists()


def test_queries_do_not_grow_with_tickets_or_channels(calendar: Calendar) -> None:
    answered(offer(calendar, "chat"), 4)
    with CaptureQueriesContext(connection) as few:
        options()
    for key in ("mail", "phone"):
        answered(offer(calendar, key), 4, count=8)
    with CaptureQueriesContext(connection) as more:
        options()

    assert len(more) == len(few) <= 4


def test_the_selector_reads_indexes_of_the_channel_only(db: None) -> None:
    params = {"ids": [1, 2], "since": WEDNESDAY, "by_hand": selector.BY_HAND, "most": selector.MOST, "active": ["new"]}
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_bitmapscan = off")
        cursor.execute(f"EXPLAIN {selector._TIMES}", params)
        plan = "\n".join(row[0] for row in cursor.fetchall())

    assert "ticket_channel_answered" in plan
    assert "ticket_channel_waiting" in plan
    assert "Seq Scan on tickets_ticket" not in plan
    assert "Sort" not in plan


def test_page_and_api_say_the_same_in_both_languages(calendar: Calendar) -> None:
    answered(offer(calendar, "chat", contact_link="https://chat.example.com/"), 4)
    client = Client()
    cache.clear()  # what a test before kept at the same moment

    with time_machine.travel(WEDNESDAY, tick=False):
        body = client.get("/api/v1/contact-options/?lang=en")
        page = client.get("/contact/?lang=en").content.decode()
        chinese = client.get("/contact/", headers={"Accept-Language": "zh-CN"}).content.decode()

    (row,) = body.json()["results"]
    assert (row["key"], row["label"], row["usual_minutes"], row["waiting"]) == ("chat", "Chat", 5, None)
    assert row["text"] == "Usually within 5 minutes"
    assert body["Cache-Control"] == f"public, max-age={KEPT_SECONDS}" == "public, max-age=60"
    assert row["text"] in page
    assert 'href="https://chat.example.com/"' in page
    assert "<svg" in page
    assert ">chat</a>" in chinese


def test_asked_within_a_minute_it_is_not_computed_again(calendar: Calendar, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answers, "KEPT_SECONDS", 60)
    cache.delete("sla.contact_options:0:en")
    offer(calendar, "chat")
    client = Client()
    client.get("/api/v1/contact-options/?lang=en")
    ChannelPolicy.objects.update(is_offered=False)

    assert [row["key"] for row in client.get("/api/v1/contact-options/?lang=en").json()["results"]] == ["chat"]
    cache.delete("sla.contact_options:0:en")


def test_who_asks_too_often_waits(calendar: Calendar, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answers, "ASKED_A_MINUTE", 1)
    client = Client()
    assert client.get("/api/v1/contact-options/").status_code == 200

    refused = client.get("/api/v1/contact-options/")

    assert refused.status_code == 429
    assert refused.json()["code"] == "core.too_many"
    assert client.get("/contact/").status_code == 429

"""A user whose app is not open: the app's backend hears of it once, late enough, and learns no text."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine

from apps.channels.connectors.protocol.away import tell_who_is_away
from apps.channels.connectors.protocol.files import throw_away_unsent
from apps.channels.models import ClientConversation, ClientFile
from apps.core.clock import now
from apps.core.events import parse_event
from apps.core.models import Event, StoredFile
from tests.channels.conftest import in_parallel
from tests.channels.connectors.app.conftest import App, Configure

pytestmark = [pytest.mark.integration, pytest.mark.django_db]
GRACE = timedelta(seconds=11)


def told() -> list[Event]:
    return list(Event.objects.filter(kind="app.message_waiting").order_by("pk"))


def later(wait: timedelta = GRACE) -> int:
    with time_machine.travel(now() + wait, tick=True):
        return tell_who_is_away()


def test_who_is_away_is_told_of_once_for_all_that_came(app: App) -> None:
    app.say("hello")
    app.tell("planted-text-4711", key="a")
    app.tell("and more", key="b")

    assert tell_who_is_away() == 0
    assert later() == 1
    assert later() == 0
    [event] = told()
    fact = parse_event(event)
    conversation = ClientConversation.objects.get()
    assert vars(fact) == {
        "channel_id": app.channel.pk,
        "ticket_id": None,
        "message_id": None,
        "app_user": "user-42",
        "conversation": conversation.public_id,
        "sequence": 3,
    }
    assert "planted-text-4711" not in str(event.payload)


def test_what_comes_after_that_is_told_anew(app: App) -> None:
    app.say("hello")
    app.tell("one", key="a")
    later()
    app.tell("two", key="b")
    later()

    assert [event.payload["sequence"] for event in told()] == [2, 3]


def test_an_app_that_says_in_time_that_it_has_it_disturbs_nobody(app: App) -> None:
    app.say("hello")
    app.tell("one", key="a")
    app.post("receipts", {"delivered": 2})

    assert later() == 0
    assert told() == []


def test_a_receipt_for_half_of_it_is_not_enough(app: App) -> None:
    app.say("hello")
    app.tell("one", key="a")
    app.tell("two", key="b")
    app.post("receipts", {"delivered": 2})
    later()

    assert [event.payload["sequence"] for event in told()] == [3]


def test_what_customers_write_themselves_is_no_reason(app: App) -> None:
    app.say("hello")

    assert later(timedelta(days=1)) == 0


def test_how_long_to_wait_is_the_channels_setting(app: App, configure: Configure) -> None:
    configure(away_seconds=60)
    app.say("hello")
    app.tell("one", key="a")

    assert later() == 0
    assert later(timedelta(seconds=61)) == 1


@pytest.mark.django_db(transaction=True)
def test_of_several_workers_one_tells(app: App) -> None:
    app.say("hello")
    app.tell("one", key="a")
    ClientConversation.objects.update(notify_at=now())

    in_parallel(4, lambda number: tell_who_is_away())

    assert len(told()) == 1


def test_uploads_that_no_message_names_go_after_a_day(app: App) -> None:
    app.upload(b"never sent")
    app.say("with a file", attachments=[app.upload(b"sent").json()["id"]])

    assert throw_away_unsent() == 0
    with time_machine.travel(now() + timedelta(days=1, minutes=1), tick=True):
        assert throw_away_unsent() == 1
    assert ClientFile.objects.get().is_sent is True
    assert StoredFile.objects.count() == 1

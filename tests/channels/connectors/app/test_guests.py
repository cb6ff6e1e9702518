"""Somebody without an account: comes back by a secret, and becomes the user only by proving both."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine

from apps.channels.connectors.protocol import clients
from apps.channels.enums import DeliveryState
from apps.channels.models import ClientConversation
from apps.core.actor import SYSTEM
from apps.core.clock import now
from apps.core.storage import store_file
from apps.customers.models import Identity
from apps.tickets.models import Ticket
from tests.channels.connectors.app.conftest import App, Configure

pytestmark = [pytest.mark.integration, pytest.mark.django_db]


@pytest.fixture
def guest(app: App, configure: Configure) -> str:
    configure(takes_guests=True)
    return str(app.post("session", token="").json()["guest_token"])


def session(app: App, token: str, guest_token: str) -> Any:
    return app.post("session", {"guest_token": guest_token}, token)


def test_nobody_is_a_guest_where_guests_are_not_welcome(app: App, configure: Configure) -> None:
    assert app.post("session", token="").status_code == 401
    assert ClientConversation.objects.count() == 0
    configure(takes_guests=True)
    guest = app.post("session", token="").json()["guest_token"]
    configure(takes_guests=False)
    assert app.say("hello", token=guest).status_code == 401
    assert app.counts() == (1, 0, 0)


def test_a_guest_comes_back_by_the_secret_alone(app: App, guest: str) -> None:
    other = app.post("session", token="").json()["guest_token"]
    app.say("I am new here", token=guest)

    assert app.lines(guest) == [(1, "customer", "I am new here")]
    assert app.lines(other) == []
    assert app.get("session", guest).json()["user"]["is_guest"] is True
    row = ClientConversation.objects.order_by("pk").first()
    assert row is not None
    assert guest.encode() not in bytes(row.guest_key or b"")


def test_answers_reach_a_guest(app: App, guest: str) -> None:
    app.say("hello", token=guest)
    app.take_in()
    handle = Identity.objects.get().value

    app.tell("welcome", user=handle)

    assert app.lines(guest)[1:] == [(2, "agent", "welcome")]


def test_a_guest_who_signs_in_keeps_the_conversation_and_the_customer(app: App, guest: str) -> None:
    app.say("before", token=guest)
    app.take_in()
    handle = Identity.objects.get().value
    user = app.token()

    told = session(app, user, guest).json()
    assert (told["user"]["id"], told["conversation"]["last_sequence"]) == ("user-42", 1)
    assert session(app, user, guest).json() == told  # the answer was lost; asked again
    assert app.get("messages", guest).status_code == 401
    app.say("after", key="m2", token=user)
    app.take_in()

    assert app.lines(user) == [(1, "customer", "before"), (2, "customer", "after")]
    assert Ticket.objects.count() == 1
    assert {row.value: row.customer_id for row in Identity.objects.all()}.keys() == {handle, "user-42"}
    assert len(set(Identity.objects.values_list("customer_id", flat=True))) == 1
    app.tell("for both", user=handle)
    assert app.lines(user)[-1] == (3, "agent", "for both")


def test_a_user_who_has_a_conversation_goes_on_in_it(app: App, guest: str) -> None:
    user = app.token()
    app.say("long ago", token=user)
    app.say("as a guest", token=guest)
    app.take_in()

    assert session(app, user, guest).json()["conversation"]["last_sequence"] == 1

    assert app.lines(user) == [(1, "customer", "long ago")]
    assert app.get("messages", guest).status_code == 401
    handle = next(row.value for row in Identity.objects.all() if row.value.startswith("guest:"))
    app.tell("to the guest", user=handle)
    assert app.lines(user)[-1] == (2, "agent", "to the guest")


def test_answers_that_wait_for_a_guest_come_along(app: App, guest: str) -> None:
    user = app.token()
    app.say("long ago", token=user)
    app.say("as a guest", token=guest)
    app.take_in()
    handle = next(row.value for row in Identity.objects.all() if row.value.startswith("guest:"))
    app.tell("had already", user=handle, key="a")
    app.post("receipts", {"read": 2}, guest)
    stored = store_file(b"a picture", name="a.txt", by=SYSTEM)
    waiting = app.tell("waits", user=handle, key="b", attachments=(stored.pk,))

    assert session(app, user, guest).json()["conversation"]["last_sequence"] == 2

    [_own, line] = app.get("messages", user).json()["messages"]
    assert (line["sequence"], line["text"], line["state"]) == (2, "waits", "sent")
    assert app.get(f"files/{line['attachments'][0]['id']}", user).status_code == 200
    app.post("receipts", {"read": 2}, user)
    waiting.refresh_from_db()
    assert waiting.state == DeliveryState.READ
    assert session(app, user, guest).json()["conversation"]["last_sequence"] == 2


def test_guests_who_never_wrote_are_forgotten(app: App, guest: str) -> None:
    silent = app.post("session", token="").json()["guest_token"]
    app.say("hello", token=guest)
    app.get("session", app.token())
    assert clients.forget_silent_guests() == 0

    with time_machine.travel(now() + timedelta(days=91), tick=True):
        assert clients.forget_silent_guests() == 1

    assert ClientConversation.objects.count() == 2
    assert app.get("session", silent).status_code == 401
    assert app.lines(guest) == [(1, "customer", "hello")]


@pytest.mark.parametrize("secret", ["guest_wrong", "nonsense", "guest_"])
def test_a_secret_that_is_not_held_ties_nothing(app: App, guest: str, secret: str) -> None:
    app.say("before", token=guest)
    before = app.counts()

    assert session(app, app.token(), secret).status_code == 401
    assert app.lines(guest) == [(1, "customer", "before")]
    assert app.counts() == (before[0] + 1, *before[1:])  # the user's own, still empty
    assert ClientConversation.objects.exclude(continued_in=None).count() == 0


def test_a_guest_cannot_sign_another_guest_in_nor_take_what_is_taken(app: App, guest: str) -> None:
    other = app.post("session", token="").json()["guest_token"]
    app.say("mine", token=guest)
    assert session(app, other, guest).status_code == 401
    assert session(app, app.token("alice"), guest).status_code == 200

    assert session(app, app.token("mallory"), guest).status_code == 401
    assert app.lines(app.token("mallory")) == []
    assert app.lines(app.token("alice")) == [(1, "customer", "mine")]


def test_a_secret_that_is_not_used_ends(app: App, guest: str) -> None:
    with time_machine.travel(now() + timedelta(days=89), tick=True):
        assert app.get("session", guest).status_code == 200
    with time_machine.travel(now() + timedelta(days=178), tick=True):
        assert app.get("session", guest).status_code == 200
    with time_machine.travel(now() + timedelta(days=178 + 91), tick=True):
        assert app.get("session", guest).status_code == 401


def test_new_guests_of_one_network_are_limited(app: App, configure: Configure) -> None:
    configure(takes_guests=True, hourly_guests_per_network=2)

    assert [app.post("session", token="").status_code for _ in range(3)] == [201, 201, 429]
    assert ClientConversation.objects.count() == 2

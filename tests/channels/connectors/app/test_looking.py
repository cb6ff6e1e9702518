"""What the open sockets of a process have in common: hints, and questions that they ask together."""

from __future__ import annotations

import time

import pytest
from asgiref.sync import async_to_sync
from pytest_django.fixtures import DjangoAssertNumQueries

from apps.channels.connectors.protocol.errors import TokenRefused
from apps.channels.connectors.protocol.hints import Hints
from apps.channels.connectors.protocol.looking import Answer, Question, look
from apps.channels.connectors.protocol.messages import HINT
from apps.channels.errors import ChannelInactive
from tests.channels.connectors.app.conftest import App, Configure

pytestmark = [pytest.mark.integration, pytest.mark.django_db]


def test_many_look_with_the_statements_of_one_and_each_hears_its_own(
    app: App, configure: Configure, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    configure(takes_guests=True)
    guest = app.post("session", token="").json()["guest_token"]
    tokens = {"ann": app.token("ann"), "bob": app.token("bob"), "guest": guest}
    for name, token in tokens.items():
        for number in (1, 2, 3):
            assert app.say(f"{name} {number}", key=f"m{number}", token=token).status_code == 200
    key = app.channel.key
    look([Question(key, tokens["ann"])])

    with django_assert_num_queries(3):
        look([Question(key, tokens["ann"])])
    with django_assert_num_queries(3):
        ann, bob, forged, guests = look(
            [
                Question(key, tokens["ann"], after=1),
                Question(key, tokens["bob"], after=3),
                Question(key, "guest_forged"),
                Question(key, tokens["guest"], after=2),
            ]
        )

    assert isinstance(forged, TokenRefused)
    told = [[line["text"] for line in one.news.messages] for one in (ann, bob, guests) if isinstance(one, Answer)]
    assert told == [["ann 2", "ann 3"], [], ["guest 3"]]
    assert isinstance(look([Question("closed", tokens["ann"])])[0], ChannelInactive)


class Listener:
    def __init__(self) -> None:
        self.heard: list[int] = []

    def hear(self, kind: str, version: int) -> None:
        assert kind == HINT
        self.heard.append(version)


def test_what_is_said_between_reading_and_joining_is_heard() -> None:
    late, early, other = Listener(), Listener(), Listener()

    async def story() -> None:
        hints = Hints()
        hints.begin()
        before = time.monotonic()
        hints.take({"kind": HINT, "id": 7, "version": 3})
        after = time.monotonic()
        hints.join(7, early, since=before)
        hints.join(7, late, since=after + 1e-6)
        hints.join(8, other, since=before)
        hints.take({"kind": HINT, "id": 7, "version": 4})
        hints.leave(7, early)
        hints.take({"kind": HINT, "id": 7, "version": 5})

    async_to_sync(story)()
    assert (early.heard, late.heard, other.heard) == ([0, 4], [4, 5], [])


def test_whoever_read_before_hints_were_heard_looks_once_they_are() -> None:
    first, second = Listener(), Listener()

    async def story() -> None:
        hints = Hints()
        before = time.monotonic()
        hints.join(7, first, since=before)
        assert first.heard == []
        hints.begin()
        hints.join(7, second, since=before)

    async_to_sync(story)()
    assert (first.heard, second.heard) == ([0], [0])

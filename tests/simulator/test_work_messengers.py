"""Messengers for work both ways over real HTTP: the platform is played on one side, the installation on the other."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connection

from apps.accounts.models import User
from apps.channels import platform_http, streams
from apps.channels.enums import DeliveryState, FailureKind, InboundState
from apps.channels.models import Channel, Delivery, InboundEvent
from apps.channels.services import fetching, inbox, outbox
from apps.core.actor import Actor
from apps.core.storage import open_file, store_file
from apps.simulator.accounts import account_of
from apps.simulator.mischief import Mischief
from apps.simulator.platforms import PLATFORMS
from apps.simulator.shapes import File
from apps.simulator.simulator import Simulator
from apps.tickets.enums import MessageKind
from apps.tickets.models import Attachment, DraftFile, Message, Ticket
from apps.tickets.services.messages import reply
from tests.channels.test_media import PNG
from tests.factories.channels import ChannelFactory
from tests.factories.tickets import IntakeRuleFactory

pytestmark = [pytest.mark.integration, pytest.mark.django_db(transaction=True)]

KINDS = ("slack", "teams", "x")
Acting = Callable[..., Actor]


class World:
    """The installation answers at the site's address; the platform of one channel is played."""

    def __init__(self, simulator: Simulator, kind: str) -> None:
        self.simulator = simulator
        settings = PLATFORMS[kind].demo_settings(simulator.api_base(kind))
        secrets = PLATFORMS[kind].demo_secrets()
        self.channel = ChannelFactory.create(kind=kind, key=kind, settings=settings, secrets=secrets)
        IntakeRuleFactory.create(channel=self.channel)
        self.platform: Any = simulator.open(account_of(self.channel))

    def carry(self) -> None:
        """Brings what waits, until nothing more comes of it."""
        for _ in range(3):
            assert self.simulator.wait_idle()
            while inbox.process_due():
                pass
            Delivery.objects.unsettled().update(due_at="2020-01-01T00:00:00Z")
            while outbox.send_due():
                pass
            InboundEvent.objects.waiting().update(due_at="2020-01-01T00:00:00Z")


@pytest.fixture
def play(live_server: Any, settings: Any) -> Iterator[Callable[..., World]]:
    settings.SITE_URL = live_server.url
    running: list[Simulator] = []

    def start(kind: str, **mischief: Any) -> World:
        simulator = Simulator(mischief=Mischief(**{"pace": 0.01, **mischief}))
        running.append(simulator.__enter__())
        return World(simulator, kind)

    yield start
    for simulator in running:
        simulator.__exit__(None, None, None)
    platform_http.forget()


def states(ticket: Ticket) -> list[tuple[str, str]]:
    return list(Delivery.objects.filter(ticket_id=ticket.pk).order_by("pk").values_list("state", "failure"))


@pytest.mark.parametrize("kind", KINDS)
def test_duplicates_and_disorder_leave_everything_once(play: Callable[..., World], kind: str) -> None:
    world = play(kind, duplicates=0.5, disorder=0.3, seed=7)
    for number in range(6):
        world.platform.write(world.platform.people[number % 2].id, f"message {number}")
    world.carry()

    texts = Message.objects.filter(kind=MessageKind.CUSTOMER)
    assert sorted(row.text for row in texts) == [f"message {number}" for number in range(6)]
    assert Ticket.objects.count() == 2


@pytest.mark.parametrize("kind", KINDS)
def test_a_call_with_another_secret_is_turned_away(play: Callable[..., World], kind: str) -> None:
    world = play(kind)
    channel = Channel.objects.get(kind=kind)
    channel.secrets = dict.fromkeys(channel.secrets, "another")
    channel.settings = {**channel.settings, "app_id": "another"}
    channel.save()

    line = world.platform.write(world.platform.people[0].id, "not proved")
    world.carry()

    assert line.state != "taken"
    assert not InboundEvent.objects.exists()


@pytest.mark.parametrize("kind", KINDS)
def test_question_and_answer_with_pictures_both_ways(
    play: Callable[..., World], supervisor: User, acting: Acting, kind: str
) -> None:
    world, by = play(kind), acting(supervisor)
    platform = world.platform
    person = platform.people[0]
    platform.write(person.id, person.opening)
    platform.write(person.id, "", File("sofa.png", "image/png", PNG))
    world.carry()

    ticket = Ticket.objects.get()
    asked = Message.objects.filter(ticket=ticket, kind=MessageKind.CUSTOMER).order_by("sequence")
    assert [row.text for row in asked] == [person.opening, ""]
    assert open_file(Attachment.objects.get(ticket=ticket).file) == PNG
    upload = DraftFile(user_id=by.user_id, ticket=ticket, file=store_file(PNG, name="答.png", by=by))
    upload.save()
    reply(ticket=ticket, by=by, html="<p>明天发货 😀 &lt;3</p>", draft_file_ids=[upload.pk])
    world.carry()

    answered = [line for line in platform.conversation(person.id) if not line.is_own]
    assert [line.text for line in answered] == ["明天发货 😀 <3", "[file]"]
    picture = platform.file(answered[1].file_id)
    assert picture is not None
    assert picture.content == PNG
    assert states(ticket) == [(DeliveryState.SENT, "")] * 2
    assert not InboundEvent.objects.exclude(state__in=[InboundState.DONE, InboundState.IGNORED]).exists()
    assert len(asked) == asked.count()  # no echo counts as the customer's


@pytest.mark.parametrize("kind", KINDS)
def test_who_left_is_told_as_gone_and_bad_luck_passes(
    play: Callable[..., World], supervisor: User, acting: Acting, kind: str
) -> None:
    world, by = play(kind, errors=0.5, seed=3), acting(supervisor)
    for person in world.platform.people:
        world.platform.write(person.id, person.opening)
    world.carry()
    tickets = {ticket.subject: ticket for ticket in Ticket.objects.all()}
    gone, here = (tickets[person.opening] for person in world.platform.people[:2])
    world.platform.blocked.add(world.platform.people[0].id)

    for ticket in (gone, here):
        reply(ticket=ticket, by=by, html="<p>Hello</p>")
    for _ in range(4):
        world.carry()

    assert states(gone) == [(DeliveryState.FAILED, FailureKind.RECIPIENT_GONE)]
    assert states(here) == [(DeliveryState.SENT, "")]


@pytest.mark.parametrize(("kind", "before"), [("slack", "a < b"), ("teams", "")])
def test_what_is_changed_and_deleted_is_told(play: Callable[..., World], kind: str, before: str) -> None:
    world = play(kind)
    person = world.platform.people[0]
    line = world.platform.write(person.id, "a < b")
    world.carry()
    world.platform.change(line, "a > b")
    world.platform.delete(line)
    world.carry()

    rows = Message.objects.order_by("sequence")
    assert [(row.text, row.quoted, row.notice) for row in rows] == [
        ("a < b", "", ""),
        ("a > b", before, "edited"),
        ("", before, "unsent"),
    ]


def test_x_asks_whether_the_address_is_ours_and_tells_what_was_read(
    play: Callable[..., World], supervisor: User, acting: Acting
) -> None:
    world = play("x")
    person = world.platform.people[0]
    world.platform.validate()
    world.platform.write(person.id, person.opening)
    world.carry()
    ticket = Ticket.objects.get()
    reply(ticket=ticket, by=acting(supervisor), html="<p>Hello</p>")
    world.carry()
    world.platform.read(person.id)
    world.carry()

    assert states(ticket) == [(DeliveryState.READ, "")]


class Listening:
    """A listener of this process, as the thread of `manage.py listen` runs it."""

    def __init__(self, world: World) -> None:
        self.stop = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(world.channel.pk,))

    def _run(self, channel_id: int) -> None:
        try:
            fetching.listen_to(channel_id, self.stop, pause=0.05)
        finally:
            connection.close()

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_error: object) -> None:
        self.stop.set()
        self._thread.join(30)
        assert not self._thread.is_alive()


def test_discord_over_its_gateway_both_ways(
    play: Callable[..., World], supervisor: User, acting: Acting, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "PULSE_SECONDS", 0.1)
    world, by = play("discord", duplicates=0.3, seed=5), acting(supervisor)
    platform = world.platform
    person = platform.people[0]
    line = platform.write(person.id, person.opening)
    platform.write(person.id, "", File("sofa.png", "image/png", PNG))
    with Listening(world):
        world.carry()
        ticket = Ticket.objects.get()
        upload = DraftFile(user_id=by.user_id, ticket=ticket, file=store_file(PNG, name="答.png", by=by))
        upload.save()
        reply(ticket=ticket, by=by, html="<p>明天发货 😀</p>", draft_file_ids=[upload.pk])
        platform.hang_up()
        platform.change(line, "The coupon works.")
        platform.delete(line)
        platform.command(platform.people[1].id, "help", "退货")
        world.carry()

    rows = Message.objects.filter(ticket=ticket, kind=MessageKind.CUSTOMER).order_by("sequence")
    assert [(row.text, row.notice) for row in rows] == [
        (person.opening, ""),
        ("", ""),
        ("The coupon works.", "edited"),
        ("", "unsent"),
    ]
    answered = [entry for entry in platform.conversation(person.id) if not entry.is_own]
    assert [entry.text for entry in answered] == ["明天发货 😀", "[file]"]
    assert platform.file(answered[1].file_id).content == PNG
    assert states(ticket) == [(DeliveryState.SENT, "")] * 2
    assert Message.objects.exclude(ticket=ticket).get().text == "/help 退货"

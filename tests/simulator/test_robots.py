"""Robots both ways over real HTTP: the platform is played on one side, the installation stands on the other."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connection

from apps.accounts.models import User
from apps.channels import platform_http, registry
from apps.channels.contract import Arrival
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

KINDS = ("feishu", "dingtalk", "dingtalk_stream", "qq")
CALLING = ("feishu", "dingtalk", "qq")
BLOCKED = {"qq": FailureKind.OUTSIDE_WINDOW}
"""What it means that a customer wants no more, where it is not that they cannot be reached."""

Acting = Callable[..., Actor]


class World:
    """The installation answers at the site's address; the platform of one channel is played."""

    def __init__(self, simulator: Simulator, kind: str) -> None:
        self.simulator = simulator
        settings = PLATFORMS[kind].demo_settings(simulator.api_base(kind))
        secrets = PLATFORMS[kind].demo_secrets()
        self.channel: Channel = ChannelFactory.create(kind=kind, key=kind, settings=settings, secrets=secrets)
        IntakeRuleFactory.create(channel=self.channel)
        self.platform: Any = simulator.open(account_of(self.channel))
        self._stop = threading.Event()
        self._listener = threading.Thread(target=self._listen)
        self._listener.start()

    def _listen(self) -> None:
        """What `manage.py listen` does where the platform is to be listened to."""
        try:
            while not self._stop.is_set() and registry.get(self.channel.kind).arrival is Arrival.STREAM:
                fetching.listen_to(self.channel.pk, self._stop, pause=0.05)
        finally:
            connection.close()

    def end(self) -> None:
        self._stop.set()
        self._listener.join(30)

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
    running: list[World] = []

    def start(kind: str, **mischief: Any) -> World:
        simulator = Simulator(mischief=Mischief(**{"pace": 0.01, **mischief}))
        running.append(World(simulator.__enter__(), kind))
        return running[-1]

    yield start
    for world in running:
        world.end()
        world.simulator.__exit__(None, None, None)
    platform_http.forget()


def states(ticket: Ticket) -> list[tuple[str, str]]:
    return list(Delivery.objects.filter(ticket_id=ticket.pk).order_by("pk").values_list("state", "failure"))


def asked(ticket: Ticket) -> list[str]:
    rows = Message.objects.filter(ticket=ticket, kind=MessageKind.CUSTOMER).order_by("sequence")
    return [row.text for row in rows]


@pytest.mark.parametrize("kind", CALLING)
def test_a_call_with_another_secret_is_turned_away(play: Callable[..., World], kind: str) -> None:
    world = play(kind)
    world.channel.secrets = dict.fromkeys(world.channel.secrets, "another")
    world.channel.save()

    line = world.platform.write(world.platform.people[0].id, "not proved")
    world.carry()

    assert line.state != "taken"
    assert not InboundEvent.objects.exists()


@pytest.mark.parametrize("kind", KINDS)
def test_question_and_answer_with_pictures_twice_and_in_disorder(
    play: Callable[..., World], supervisor: User, acting: Acting, kind: str
) -> None:
    world, by = play(kind, duplicates=0.6, disorder=0.3, seed=7), acting(supervisor)
    person = world.platform.people[0]
    world.platform.write(person.id, person.opening)
    world.carry()
    world.platform.write(person.id, "", File("pillow.png", "image/png", PNG))
    world.carry()

    ticket = Ticket.objects.get()
    assert asked(ticket) == [person.opening, ""]
    assert open_file(Attachment.objects.get(ticket=ticket).file) == PNG
    upload = DraftFile(user_id=by.user_id, ticket=ticket, file=store_file(PNG, name="答.png", by=by))
    upload.save()
    reply(ticket=ticket, by=by, html="<p>马上处理 😀</p>", draft_file_ids=[upload.pk])
    world.carry()
    world.platform.tokens.expire_all()
    reply(ticket=ticket, by=by, html="<p>还有问题吗</p>")
    world.carry()

    answered = [line for line in world.platform.conversation(person.id) if not line.is_own]
    assert [line.text for line in answered] == ["马上处理 😀", "[image]", "还有问题吗"]
    assert world.platform.file(answered[1].file_id).content == PNG
    assert {state for state, _failure in states(ticket)} <= {DeliveryState.SENT, DeliveryState.READ}
    assert not InboundEvent.objects.exclude(state__in=[InboundState.DONE, InboundState.IGNORED]).exists()
    assert Ticket.objects.count() == 1


@pytest.mark.parametrize("kind", KINDS)
def test_what_the_platform_refuses_is_told(
    play: Callable[..., World], supervisor: User, acting: Acting, kind: str
) -> None:
    world = play(kind)
    person = world.platform.people[0]
    world.platform.write(person.id, person.opening)
    world.carry()
    world.platform.blocked.add(person.id)
    ticket = Ticket.objects.get()

    reply(ticket=ticket, by=acting(supervisor), html="<p>Hello</p>")
    world.carry()

    assert states(ticket) == [(DeliveryState.FAILED, BLOCKED.get(kind, FailureKind.RECIPIENT_GONE))]


def test_feishu_tells_what_was_read(play: Callable[..., World], supervisor: User, acting: Acting) -> None:
    world = play("feishu", errors=0.4, seed=3)
    person = world.platform.people[0]
    world.platform.event("im.chat.access_event.bot_p2p_chat_entered_v1", operator_id={"open_id": person.id})
    world.platform.write(person.id, person.opening)
    world.carry()
    reply(ticket=Ticket.objects.get(), by=acting(supervisor), html="<p>Hello</p>")
    for _ in range(2):
        world.carry()

    assert states(Ticket.objects.get()) == [(DeliveryState.READ, "")]


def test_dingtalk_is_answered_after_its_addresses_ran_out(
    play: Callable[..., World], supervisor: User, acting: Acting
) -> None:
    world = play("dingtalk")
    person = world.platform.people[0]
    world.platform.write(person.id, person.opening)
    world.carry()
    world.platform.forget_sessions()
    reply(ticket=Ticket.objects.get(), by=acting(supervisor), html="<p>Hello</p>")
    world.carry()

    assert states(Ticket.objects.get()) == [(DeliveryState.SENT, "")]
    assert [line.text for line in world.platform.conversation(person.id) if not line.is_own] == ["Hello"]


def test_a_stream_that_ends_is_opened_again(play: Callable[..., World]) -> None:
    world = play("dingtalk_stream")
    person = world.platform.people[0]
    for number, end in enumerate((world.platform.say_farewell, world.platform.hang_up, lambda: None)):
        world.platform.write(person.id, f"message {number}")
        world.carry()
        end()

    assert asked(Ticket.objects.get()) == ["message 0", "message 1", "message 2"]
    assert not InboundEvent.objects.exclude(state=InboundState.DONE).exists()

"""Messengers both ways over real HTTP: the platform is played on one side, the installation stands on the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from apps.accounts.models import User
from apps.channels import platform_http, registry
from apps.channels.contract import Outbound
from apps.channels.enums import DeliveryState, FailureKind, InboundState
from apps.channels.models import Channel, Delivery, InboundEvent
from apps.channels.services import inbox, outbox
from apps.core.actor import Actor
from apps.core.storage import open_file, store_file
from apps.simulator.accounts import account_of
from apps.simulator.mischief import Mischief
from apps.simulator.platform import Platform
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

KINDS = ("telegram", "line", "whatsapp", "messenger", "instagram", "viber")
Acting = Callable[..., Actor]


class World:
    """The installation answers at `site`; one messenger has a channel and is played."""

    def __init__(self, simulator: Simulator, kind: str) -> None:
        self.simulator, self.kind = simulator, kind
        settings = PLATFORMS[kind].demo_settings(simulator.api_base(kind))
        channel = ChannelFactory.create(kind=kind, key=kind, settings=settings, secrets=PLATFORMS[kind].demo_secrets())
        IntakeRuleFactory.create(channel=channel)
        simulator.open(account_of(channel))

    @property
    def platform(self) -> Platform:
        return self.simulator.platforms[self.kind]

    def carry(self) -> None:
        """Brings what waits, until nothing more comes of it."""
        for _ in range(3):
            assert self.simulator.wait_idle()
            InboundEvent.objects.waiting().update(due_at="2020-01-01T00:00:00Z")
            while inbox.process_due():
                pass
            Delivery.objects.unsettled().update(due_at="2020-01-01T00:00:00Z")
            while outbox.send_due():
                pass


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


def written(ticket: Ticket) -> list[str]:
    rows = Message.objects.filter(ticket=ticket, kind=MessageKind.CUSTOMER).order_by("sequence")
    return [row.text for row in rows]


def states(ticket: Ticket) -> list[str]:
    return list(Delivery.objects.filter(ticket_id=ticket.pk).order_by("pk").values_list("state", flat=True))


@pytest.mark.parametrize("kind", KINDS)
def test_duplicates_and_disorder_leave_everything_once(play: Callable[..., World], kind: str) -> None:
    world = play(kind, duplicates=0.5, disorder=0.3, seed=7)
    for number in range(6):
        world.platform.write(world.platform.people[number % 2].id, f"message {number}")
    world.carry()

    texts = [row.text for row in Message.objects.filter(kind=MessageKind.CUSTOMER)]
    assert sorted(texts) == [f"message {number}" for number in range(6)]
    assert Ticket.objects.count() == 2


@pytest.mark.parametrize("kind", KINDS)
def test_a_call_with_another_secret_is_turned_away(play: Callable[..., World], kind: str) -> None:
    world = play(kind)
    channel = Channel.objects.get(kind=kind)
    channel.secrets = dict.fromkeys(channel.secrets, "another")
    channel.save()

    line = world.platform.write(world.platform.people[0].id, "not proved")
    world.carry()

    assert line.state != "taken"
    assert not InboundEvent.objects.exists()


@pytest.mark.parametrize("kind", KINDS)
def test_question_and_answer(play: Callable[..., World], supervisor: User, acting: Acting, kind: str) -> None:
    world, by = play(kind), acting(supervisor)
    platform, person = world.platform, world.platform.people[0]
    assert registry.get(kind).check(Channel.objects.get(kind=kind)).is_ok
    platform.write(person.id, person.opening)
    platform.write(person.id, "", File("sofa.png", "image/png", PNG))
    world.carry()

    ticket = Ticket.objects.get()
    assert written(ticket) == [person.opening, ""]
    assert open_file(Attachment.objects.get(ticket=ticket).file) == PNG
    sends_files = registry.get(kind).capabilities.carries("image/png", len(PNG))
    upload = DraftFile(user_id=by.user_id, ticket=ticket, file=store_file(PNG, name="答.png", by=by))
    upload.save()
    reply(ticket=ticket, by=by, html="<p>明天发货 😀 &amp; 谢谢</p>", draft_file_ids=[upload.pk] if sends_files else [])
    world.carry()

    answered = [line for line in platform.conversation(person.id) if not line.is_own]
    assert answered[0].text == "明天发货 😀 & 谢谢"
    if sends_files:
        picture = platform.file(answered[1].file_id)
        assert picture is not None
        assert picture.content == PNG
    assert set(states(ticket)) == {expected_state(kind)}
    assert not InboundEvent.objects.exclude(state__in=[InboundState.DONE, InboundState.IGNORED]).exists()
    assert len(written(ticket)) == 2  # no echo counts as the customer's


def expected_state(kind: str) -> str:
    """With receipts the platform reports that its customers read at once."""
    has_receipts = registry.get(kind).capabilities.has_receipts
    return DeliveryState.READ if has_receipts else DeliveryState.SENT


@pytest.mark.parametrize("kind", KINDS)
def test_a_customer_who_wants_no_more(play: Callable[..., World], supervisor: User, acting: Acting, kind: str) -> None:
    world = play(kind)
    person = world.platform.people[0]
    world.platform.write(person.id, person.opening)
    world.carry()
    world.platform.blocked.add(person.id)

    reply(ticket=Ticket.objects.get(), by=acting(supervisor), html="<p>Hello</p>")
    world.carry()

    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.failure) == (DeliveryState.FAILED, FailureKind.RECIPIENT_GONE)


@pytest.mark.parametrize("kind", KINDS)
def test_a_platform_that_is_busy_is_asked_again(
    play: Callable[..., World], supervisor: User, acting: Acting, kind: str
) -> None:
    world = play(kind, errors=1)
    person = world.platform.people[0]
    world.platform.write(person.id, person.opening)
    world.carry()

    reply(ticket=Ticket.objects.get(), by=acting(supervisor), html="<p>Hello</p>")
    world.carry()

    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.failure) == (DeliveryState.QUEUED, FailureKind.RETRY_LATER)
    assert not [line for line in world.platform.conversation(person.id) if not line.is_own]


@pytest.mark.parametrize("kind", ["messenger", "instagram"])
def test_a_comment_is_answered_before_everybody_and_in_private(
    play: Callable[..., World], supervisor: User, acting: Acting, kind: str
) -> None:
    world, by = play(kind), acting(supervisor)
    platform, person = world.platform, next(person for person in world.platform.people if person.post)
    platform.write(person.id, person.opening, post=person.post)
    world.carry()
    ticket = Ticket.objects.get()

    reply(ticket=ticket, by=by, html="<p>有的，欢迎来店里看</p>", is_public=True)
    private = reply(ticket=ticket, by=by, html="<p>请把收货城市发给我们</p>")
    world.carry()
    platform.write(person.id, "上海")
    world.carry()

    seen = [(line.is_own, line.text, line.post) for line in platform.conversation(person.id)]
    assert seen == [
        (True, person.opening, person.post),
        (False, "有的，欢迎来店里看", person.post),
        (False, "请把收货城市发给我们", ""),
        (True, "上海", ""),
    ]
    assert written(ticket) == [person.opening, "上海"]
    again = Outbound.from_payload(Delivery.objects.get(message_id=private.pk).payload)
    refused = registry.get(kind).send(again, Channel.objects.get(kind=kind))
    assert (refused.failure, "already replied" in refused.detail) == (FailureKind.REJECTED, True)
    assert not InboundEvent.objects.exclude(state__in=[InboundState.DONE, InboundState.IGNORED]).exists()

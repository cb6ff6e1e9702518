"""Private messages both ways over real HTTP: the platform is played on one side, the installation stands on the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from apps.accounts.models import User
from apps.channels import platform_http
from apps.channels.enums import DeliveryState, FailureKind, InboundState
from apps.channels.models import Channel, Delivery, InboundEvent
from apps.channels.services import inbox, outbox
from apps.core.actor import Actor
from apps.core.storage import open_file, store_file
from apps.simulator.accounts import account_of
from apps.simulator.mischief import Mischief
from apps.simulator.platforms import PLATFORMS
from apps.simulator.platforms.douyin import Douyin
from apps.simulator.platforms.weibo import Weibo
from apps.simulator.shapes import File
from apps.simulator.simulator import Simulator
from apps.tickets.enums import MessageKind
from apps.tickets.models import Attachment, DraftFile, Message, Ticket
from apps.tickets.services.messages import reply
from tests.channels.test_media import PNG
from tests.factories.channels import ChannelFactory
from tests.factories.tickets import IntakeRuleFactory

pytestmark = [pytest.mark.integration, pytest.mark.django_db(transaction=True)]

KINDS = ("douyin", "weibo")
Acting = Callable[..., Actor]


class World:
    """The installation answers at `site`; each kind has a channel whose platform is played."""

    def __init__(self, simulator: Simulator) -> None:
        self.simulator = simulator
        for kind in KINDS:
            platform = PLATFORMS[kind]
            settings = platform.demo_settings(simulator.api_base(kind))
            channel = ChannelFactory.create(kind=kind, key=kind, settings=settings, secrets=platform.demo_secrets())
            IntakeRuleFactory.create(channel=channel)
            simulator.open(account_of(channel))

    @property
    def douyin(self) -> Douyin:
        platform = self.simulator.platforms["douyin"]
        assert isinstance(platform, Douyin)
        return platform

    @property
    def weibo(self) -> Weibo:
        platform = self.simulator.platforms["weibo"]
        assert isinstance(platform, Weibo)
        return platform

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

    def start(**mischief: Any) -> World:
        simulator = Simulator(mischief=Mischief(**{"pace": 0.01, **mischief}))
        running.append(simulator.__enter__())
        return World(simulator)

    yield start
    for simulator in running:
        simulator.__exit__(None, None, None)
    platform_http.forget()


def states(ticket: Ticket) -> list[tuple[str, str]]:
    return list(Delivery.objects.filter(ticket_id=ticket.pk).order_by("pk").values_list("state", "failure"))


def asked(ticket: Ticket) -> list[str]:
    rows = Message.objects.filter(ticket=ticket, kind=MessageKind.CUSTOMER).order_by("sequence")
    return [row.text for row in rows]


@pytest.mark.parametrize("kind", KINDS)
def test_duplicates_and_disorder_leave_everything_once(play: Callable[..., World], kind: str) -> None:
    world = play(duplicates=0.5, disorder=0.3, seed=7)
    platform = world.simulator.platforms[kind]
    for number in range(6):
        platform.write(platform.people[number % 2].id, f"message {number}")
    world.carry()

    texts = Message.objects.filter(ticket__channel__kind=kind, kind=MessageKind.CUSTOMER)
    assert sorted(row.text for row in texts) == [f"message {number}" for number in range(6)]
    assert Ticket.objects.count() == 2


@pytest.mark.parametrize("kind", KINDS)
def test_a_call_with_another_secret_is_turned_away(play: Callable[..., World], kind: str) -> None:
    world = play()
    channel = Channel.objects.get(kind=kind)
    channel.secrets = dict.fromkeys(channel.secrets, "another")
    channel.save()

    line = world.simulator.platforms[kind].write(world.simulator.platforms[kind].people[0].id, "not proved")
    world.carry()

    assert line.state != "taken"
    assert not InboundEvent.objects.exists()


def test_douyin_question_and_answer_with_pictures(play: Callable[..., World], supervisor: User, acting: Acting) -> None:
    world, by = play(), acting(supervisor)
    platform = world.douyin
    person = platform.people[0]
    platform.event(person.id, "im_enter_direct_msg", scene_type=1)
    platform.write(person.id, person.opening)
    platform.write(person.id, "", File("sofa.png", "image/png", PNG))
    world.carry()

    ticket = Ticket.objects.get()
    assert asked(ticket) == [person.opening, ""]
    assert open_file(Attachment.objects.get(ticket=ticket).file) == PNG
    upload = DraftFile(user_id=by.user_id, ticket=ticket, file=store_file(PNG, name="答.png", by=by))
    upload.save()
    reply(ticket=ticket, by=by, html="<p>明天发货 😀</p>", draft_file_ids=[upload.pk])
    world.carry()
    platform.account_tokens.expire_all()
    reply(ticket=ticket, by=by, html="<p>还有问题吗</p>")
    world.carry()

    answered = [line for line in platform.conversation(person.id) if not line.is_own]
    assert [line.text for line in answered] == ["明天发货 😀", "[image]", "还有问题吗"]
    picture = platform.file(answered[1].file_id)
    assert picture is not None
    assert picture.content == PNG
    assert states(ticket) == [(DeliveryState.SENT, "")] * 3
    assert not InboundEvent.objects.exclude(state__in=[InboundState.DONE, InboundState.IGNORED]).exists()
    assert len(asked(ticket)) == 2  # no echo counts as the customer's


def test_what_douyin_refuses_is_told(play: Callable[..., World], supervisor: User, acting: Acting) -> None:
    world = play()
    platform = world.douyin
    for person in platform.people:
        platform.write(person.id, person.opening)
    world.carry()
    tickets = {ticket.subject: ticket for ticket in Ticket.objects.all()}
    blocked, used_up = (tickets[person.opening] for person in platform.people[:2])
    platform.blocked.add(platform.people[0].id)
    for _ in range(6):
        platform.write_in_app(platform.people[1].id, "written in the app")

    for ticket in (blocked, used_up):
        reply(ticket=ticket, by=acting(supervisor), html="<p>Hello</p>")
    world.carry()

    assert states(blocked) == [(DeliveryState.FAILED, FailureKind.RECIPIENT_GONE)]
    assert states(used_up) == [(DeliveryState.FAILED, FailureKind.OUTSIDE_WINDOW)]
    assert InboundEvent.objects.filter(error_code="douyin.written_in_app").count() == 6


def test_weibo_question_and_answer(play: Callable[..., World], supervisor: User, acting: Acting) -> None:
    world, by = play(), acting(supervisor)
    platform = world.weibo
    person = platform.people[0]
    platform.event(person.id, "follow")
    platform.write(person.id, person.opening)
    platform.write(person.id, "看图", File("pillow.png", "image/png", PNG))
    world.carry()

    ticket = Ticket.objects.get()
    assert asked(ticket) == [person.opening, "看图"]
    assert open_file(Attachment.objects.get(ticket=ticket).file) == PNG
    reply(ticket=ticket, by=by, html="<p>请提供订单号 😀</p>")
    world.carry()
    platform.blocked.add(person.id)
    reply(ticket=ticket, by=by, html="<p>还在吗</p>")
    world.carry()

    answered = [line.text for line in platform.conversation(person.id) if not line.is_own]
    assert answered == ["请提供订单号 😀"]
    assert states(ticket) == [(DeliveryState.SENT, ""), (DeliveryState.FAILED, FailureKind.RECIPIENT_GONE)]
    assert not InboundEvent.objects.exclude(state__in=[InboundState.DONE, InboundState.IGNORED]).exists()

"""WeCom both ways over real HTTP: the platform is played on one side, the installation stands on the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from apps.accounts.models import User
from apps.channels import platform_http
from apps.channels.enums import DeliveryState, FailureKind
from apps.channels.models import Channel, Delivery, InboundEvent, PlatformToken
from apps.channels.services import fetching, inbox, outbox
from apps.core.actor import Actor
from apps.core.storage import open_file, store_file
from apps.simulator.accounts import account_of
from apps.simulator.mischief import Mischief
from apps.simulator.platforms import PLATFORMS
from apps.simulator.platforms.wecom import Wecom, WecomService
from apps.simulator.shapes import File
from apps.simulator.simulator import Simulator
from apps.tickets.enums import MessageKind
from apps.tickets.models import Attachment, DraftFile, Message, Ticket
from apps.tickets.services.messages import reply
from tests.channels.test_media import PNG
from tests.factories.channels import ChannelFactory
from tests.factories.tickets import IntakeRuleFactory

pytestmark = [pytest.mark.integration, pytest.mark.django_db(transaction=True)]

KINDS = tuple(sorted(kind for kind in PLATFORMS if kind.startswith("wecom_")))
Acting = Callable[..., Actor]


class World:
    """The installation answers at the live server; one channel, whose platform is played."""

    def __init__(self, simulator: Simulator, kind: str) -> None:
        self.simulator = simulator
        key = kind.replace("_", "-")
        self.channel: Channel = ChannelFactory.create(
            kind=kind,
            key=key,
            settings=PLATFORMS[kind].demo_settings(simulator.api_base(key)),
            secrets=PLATFORMS[kind].demo_secrets(),
        )
        IntakeRuleFactory.create(channel=self.channel)
        platform = simulator.open(account_of(self.channel))
        assert isinstance(platform, Wecom)
        self.platform = platform

    def carry(self) -> None:
        """Brings what waits, until nothing more comes of it."""
        for _ in range(3):
            assert self.simulator.wait_idle()
            fetching.poll_due()
            while inbox.process_due():
                pass
            Delivery.objects.unsettled().update(due_at="2020-01-01T00:00:00Z")
            while outbox.send_due():
                pass
            InboundEvent.objects.waiting().update(due_at="2020-01-01T00:00:00Z")

    def states(self) -> list[tuple[str, str]]:
        return list(Delivery.objects.order_by("pk").values_list("state", "failure"))


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


@pytest.mark.parametrize("kind", KINDS)
def test_question_and_answer_with_files(
    play: Callable[..., World], supervisor: User, acting: Acting, kind: str
) -> None:
    world, by = play(kind), acting(supervisor)
    platform, person = world.platform, world.platform.people[0]
    platform.write(person.id, person.opening)
    platform.write(person.id, "", File("till.png", "image/png", PNG))
    world.carry()

    ticket = Ticket.objects.get()
    asked = Message.objects.filter(ticket=ticket, kind=MessageKind.CUSTOMER).order_by("sequence")
    assert [row.text for row in asked] == [person.opening, ""]
    assert open_file(Attachment.objects.get(ticket=ticket).file) == PNG
    upload = DraftFile(user_id=by.user_id, ticket=ticket, file=store_file(b"one,two\n", name="价目.csv", by=by))
    upload.save()
    reply(ticket=ticket, by=by, html="<p>可以的 😀</p>", draft_file_ids=[upload.pk])
    world.carry()

    answered = [line for line in platform.conversation(person.id) if not line.is_own]
    assert [line.text for line in answered] == ["可以的 😀", "[file]"]
    sent = platform.file(answered[1].file_id)
    assert sent is not None
    assert (sent.name, sent.content) == ("价目.csv", b"one,two\n")
    assert world.states() == [(DeliveryState.SENT, "")] * 2


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
def test_a_token_that_the_platform_forgot_is_replaced(
    play: Callable[..., World], supervisor: User, acting: Acting, kind: str
) -> None:
    world = play(kind)
    world.platform.write(world.platform.people[0].id, "hi")
    world.carry()
    world.platform.tokens.expire_all()

    reply(ticket=Ticket.objects.get(), by=acting(supervisor), html="<p>Hello</p>")
    world.carry()

    assert world.states() == [(DeliveryState.SENT, "")]
    assert PlatformToken.objects.count() == 1


def test_who_left_the_company_cannot_be_answered(play: Callable[..., World], supervisor: User, acting: Acting) -> None:
    world = play("wecom_app")
    person = world.platform.people[0].id
    world.platform.write(person, "hi")
    world.carry()
    world.platform.blocked.add(person)

    reply(ticket=Ticket.objects.get(), by=acting(supervisor), html="<p>Hello</p>")
    world.carry()

    assert world.states() == [(DeliveryState.FAILED, FailureKind.RECIPIENT_GONE)]
    assert not [line for line in world.platform.conversation(person) if not line.is_own]


def test_what_the_platform_refuses_or_takes_back_is_told(
    play: Callable[..., World], supervisor: User, acting: Acting
) -> None:
    world = play("wecom_kf")
    platform, by = world.platform, acting(supervisor)
    assert isinstance(platform, WecomService)
    first, second = (person.id for person in platform.people)
    for person in (first, second):
        platform.write(person, "hi")
    world.carry()
    for _ in range(5):
        platform.deliver(first, "written elsewhere")

    for ticket in Ticket.objects.order_by("pk"):
        reply(ticket=ticket, by=by, html="<p>Hello</p>")
    world.carry()
    assert world.states() == [(DeliveryState.FAILED, FailureKind.OUTSIDE_WINDOW), (DeliveryState.SENT, "")]

    platform.event(second, "msg_send_fail", fail_msgid=next(iter(platform.taken_ids)), fail_type=10)
    platform.staff_write(second, "written in the client")
    world.carry()
    assert world.states()[1] == (DeliveryState.FAILED, FailureKind.RECIPIENT_GONE)
    assert Message.objects.filter(kind=MessageKind.CUSTOMER).count() == 2


def test_a_long_list_comes_in_pages_and_customers_have_names(play: Callable[..., World]) -> None:
    world = play("wecom_kf")
    assert isinstance(world.platform, WecomService)
    person = world.platform.people[0]
    for number in range(world.platform.page + 10):
        world.platform.write(person.id, f"message {number}")
    world.carry()

    ticket = Ticket.objects.get()
    texts = [row.text for row in Message.objects.filter(ticket=ticket).order_by("sequence")]
    assert texts == [f"message {number}" for number in range(world.platform.page + 10)]
    assert ticket.customer is not None
    assert ticket.customer.name == person.name

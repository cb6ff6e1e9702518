"""WeChat both ways over real HTTP: the platform is played on one side, the installation stands on the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from apps.accounts.models import User
from apps.channels import platform_http
from apps.channels.enums import DeliveryState, FailureKind, InboundState
from apps.channels.models import Channel, Delivery, InboundEvent, PlatformToken
from apps.channels.services import inbox, outbox
from apps.core.actor import Actor
from apps.core.storage import open_file, store_file
from apps.customers.models import Customer, Identity
from apps.simulator.accounts import account_of
from apps.simulator.mischief import Mischief
from apps.simulator.platforms import PLATFORMS
from apps.simulator.platforms.wechat import Wechat
from apps.simulator.shapes import File
from apps.simulator.simulator import Simulator
from apps.tickets.enums import MessageKind
from apps.tickets.models import Attachment, DraftFile, Interaction, Message, Ticket
from apps.tickets.services.messages import reply
from tests.channels.test_media import PNG
from tests.factories.channels import ChannelFactory
from tests.factories.tickets import IntakeRuleFactory

pytestmark = [pytest.mark.integration, pytest.mark.django_db(transaction=True)]

KINDS = ("wechat_oa", "wechat_mini")
Acting = Callable[..., Actor]


class World:
    """The installation answers at `site`; both kinds have a channel whose platform is played."""

    def __init__(self, simulator: Simulator) -> None:
        self.simulator = simulator
        for kind in KINDS:
            key = kind.replace("_", "-")
            settings = PLATFORMS[kind].demo_settings(simulator.api_base(key))
            channel = ChannelFactory.create(
                kind=kind, key=key, settings=settings, secrets=PLATFORMS[kind].demo_secrets()
            )
            IntakeRuleFactory.create(channel=channel)
            simulator.open(account_of(channel))

    def platform(self, kind: str) -> Wechat:
        platform = self.simulator.platforms[kind.replace("_", "-")]
        assert isinstance(platform, Wechat)
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


def ticket_of(openid: str, platform: Wechat) -> Ticket:
    known = Identity.objects.handle(kind="wechat_openid", value=openid, scope=platform.app_id)
    return Interaction.objects.get(identity__in=known).ticket


def states(ticket: Ticket) -> list[tuple[str, str]]:
    return list(Delivery.objects.filter(ticket_id=ticket.pk).order_by("pk").values_list("state", "failure"))


def test_question_and_answer_with_pictures_on_both_kinds(
    play: Callable[..., World], supervisor: User, acting: Acting
) -> None:
    world, by = play(), acting(supervisor)
    for kind in KINDS:
        platform = world.platform(kind)
        person = platform.people[0]
        platform.event(person.id, "user_enter_tempsession", SessionFrom="order:8812")
        platform.write(person.id, person.opening, File("sofa.png", "image/png", PNG))
        world.carry()

        ticket = Ticket.objects.get(channel__kind=kind)
        asked = Message.objects.filter(ticket=ticket, kind=MessageKind.CUSTOMER).order_by("sequence")
        assert [row.text for row in asked] == [person.opening, ""]
        assert open_file(Attachment.objects.get(ticket=ticket).file) == PNG
        upload = DraftFile(user_id=by.user_id, ticket=ticket, file=store_file(PNG, name="答.png", by=by))
        upload.save()
        reply(ticket=ticket, by=by, html="<p>可以的 😀</p>", draft_file_ids=[upload.pk])
        world.carry()

        answered = [line for line in platform.conversation(person.id) if not line.is_own]
        assert [line.text for line in answered] == ["可以的 😀", "[image]"]
        picture = platform.file(answered[1].file_id)
        assert picture is not None
        assert picture.content == PNG
        assert states(ticket) == [(DeliveryState.SENT, "")] * 2
    assert not InboundEvent.objects.exclude(state__in=[InboundState.DONE, InboundState.IGNORED]).exists()


def test_duplicates_and_disorder_leave_everything_once(play: Callable[..., World]) -> None:
    world = play(duplicates=0.5, disorder=0.3, seed=7)
    for kind in KINDS:
        for number in range(6):
            world.platform(kind).write(world.platform(kind).people[number % 2].id, f"message {number}")
    world.carry()

    for kind in KINDS:
        texts = Message.objects.filter(ticket__channel__kind=kind, kind=MessageKind.CUSTOMER)
        assert sorted(row.text for row in texts) == [f"message {number}" for number in range(6)]
    assert Ticket.objects.count() == 4


def test_a_token_that_the_platform_forgot_is_replaced(
    play: Callable[..., World], supervisor: User, acting: Acting
) -> None:
    world = play()
    platform = world.platform("wechat_oa")
    platform.write(platform.people[0].id, "hi")
    world.carry()
    ticket = Ticket.objects.get()
    before = PlatformToken.objects.get().value
    platform.tokens.expire_all()

    reply(ticket=ticket, by=acting(supervisor), html="<p>Hello</p>")
    world.carry()

    assert states(ticket) == [(DeliveryState.SENT, "")]
    assert PlatformToken.objects.get().value != before


def test_what_the_platform_refuses_is_told(play: Callable[..., World], supervisor: User, acting: Acting) -> None:
    world = play()
    platform = world.platform("wechat_oa")
    for person in platform.people[:2]:
        platform.write(person.id, "hi")
    world.carry()
    blocked, used_up = (ticket_of(person.id, platform) for person in platform.people[:2])
    platform.blocked.add(platform.people[0].id)
    for _ in range(5):
        platform.deliver(platform.people[1].id, "written elsewhere")

    for ticket in (blocked, used_up):
        reply(ticket=ticket, by=acting(supervisor), html="<p>Hello</p>")
    world.carry()

    assert states(blocked) == [(DeliveryState.FAILED, FailureKind.RECIPIENT_GONE)]
    assert states(used_up) == [(DeliveryState.FAILED, FailureKind.OUTSIDE_WINDOW)]


def test_a_wrong_key_parks_and_a_wrong_token_is_turned_away(play: Callable[..., World]) -> None:
    world = play()
    channel = Channel.objects.get(kind="wechat_oa")
    channel.secrets |= {"aes_key": "0" * 43}
    channel.save()
    platform = world.platform("wechat_oa")
    platform.write(platform.people[0].id, "closed")
    world.carry()
    assert InboundEvent.objects.get().state == InboundState.PARKED

    channel.secrets |= {"token": "another"}
    channel.save()
    line = platform.write(platform.people[0].id, "not proved")
    world.carry()

    assert InboundEvent.objects.count() == 1
    assert line.state != "taken"


def test_the_platform_makes_one_customer_of_one_person(play: Callable[..., World]) -> None:
    world = play()
    platform = world.platform("wechat_oa")
    known = Customer.objects.create(name="沈知夏")
    Identity.objects.create(customer=known, kind="wechat_unionid", value="oUnion-0001", verified_at="2026-01-01T00:00Z")

    platform.write(platform.people[0].id, "hi")
    platform.write(platform.people[1].id, "hi")
    world.carry()

    assert sorted(Ticket.objects.values_list("customer_id", flat=True)) != [known.pk, known.pk]
    assert Ticket.objects.filter(customer=known).count() == 1
    assert Identity.objects.filter(kind="wechat_unionid").count() == 2

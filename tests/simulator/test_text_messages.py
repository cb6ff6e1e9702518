"""Text messages both ways over real HTTP: the simulator on one side, the installation on the other."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command

from apps.accounts.models import User
from apps.channels import platform_http, registry
from apps.channels.enums import DeliveryState, FailureKind, InboundState
from apps.channels.models import Channel, Delivery, InboundEvent
from apps.channels.services import inbox, outbox
from apps.core.actor import Actor
from apps.simulator.accounts import account_of, simulated_accounts
from apps.simulator.mischief import Mischief
from apps.simulator.platform import Platform
from apps.simulator.platforms import PLATFORMS
from apps.simulator.shapes import File
from apps.simulator.simulator import Simulator
from apps.tickets.enums import MessageKind
from apps.tickets.errors import NoReplyChannel
from apps.tickets.models import Attachment, Message, Ticket
from apps.tickets.services.messages import reply
from tests.factories.channels import ChannelFactory
from tests.factories.tickets import IntakeRuleFactory
from tests.support.mail_servers import free_port

pytestmark = [pytest.mark.integration, pytest.mark.django_db(transaction=True)]

KINDS = ("sms_aliyun", "sms_tencent", "sms_twilio")
Acting = Callable[..., Actor]
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6360606060000000050001a5f645400000000049454e44ae426082"
)


class World:
    """The installation answers at `site`; every kind has a channel whose platform is played."""

    def __init__(self, simulator: Simulator, site: str) -> None:
        self.simulator = simulator
        for kind in KINDS:
            key = kind.replace("_", "-")
            platform = PLATFORMS[kind]
            channel = ChannelFactory.create(
                kind=kind,
                key=key,
                settings=platform.demo_settings(simulator.api_base(key)),
                secrets=platform.demo_secrets(),
            )
            IntakeRuleFactory.create(channel=channel)
        for account in simulated_accounts(simulator.url):
            simulator.open(account)

    def platform(self, kind: str) -> Platform:
        return self.simulator.platforms[kind.replace("_", "-")]

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
        assert self.simulator.wait_idle()


@pytest.fixture
def play(live_server: Any, settings: Any) -> Iterator[Callable[..., World]]:
    settings.SITE_URL = live_server.url
    running: list[Simulator] = []

    def start(**mischief: Any) -> World:
        simulator = Simulator(mischief=Mischief(**{"pace": 0.01, **mischief}))
        running.append(simulator.__enter__())
        return World(simulator, live_server.url)

    yield start
    for simulator in running:
        simulator.__exit__(None, None, None)
    platform_http.forget()


def states(ticket: Ticket) -> list[str]:
    return list(Delivery.objects.filter(ticket_id=ticket.pk).order_by("pk").values_list("state", flat=True))


def test_a_question_its_answer_and_the_report_on_every_kind(
    play: Callable[..., World], supervisor: User, acting: Acting
) -> None:
    world = play()
    for kind in KINDS:
        platform = world.platform(kind)
        platform.write(platform.people[0].id, platform.people[0].opening)
    world.carry()

    assert Ticket.objects.count() == len(KINDS)
    for kind in KINDS:
        platform = world.platform(kind)
        person = platform.people[0]
        ticket = Ticket.objects.get(channel__kind=kind)
        assert Message.objects.get(ticket=ticket, kind=MessageKind.CUSTOMER).text == person.opening
        reply(ticket=ticket, by=acting(supervisor), html="<p>Two days, 两天。</p>")
        world.carry()
        platform.write(person.id, person.thanks)
        world.carry()

        asked, answered, thanked = platform.conversation(person.id)
        assert [asked.state, answered.state, thanked.state] == ["taken", "delivered", "taken"]
        assert answered.text.endswith("Two days, 两天。")
        assert states(ticket) == [DeliveryState.DELIVERED]
        assert Message.objects.filter(ticket=ticket, kind=MessageKind.CUSTOMER).count() == 2
    assert Ticket.objects.count() == len(KINDS)
    assert not InboundEvent.objects.exclude(state__in=[InboundState.DONE, InboundState.IGNORED]).exists()


def test_with_duplicates_and_disorder_everything_is_there_once(play: Callable[..., World]) -> None:
    world = play(duplicates=0.4, disorder=0.4, seed=11)
    for kind in KINDS:
        platform = world.platform(kind)
        for number in range(8):
            platform.write(platform.people[number % 2].id, f"message {number}")
    world.carry()

    assert Ticket.objects.count() == 2 * len(KINDS)
    for kind in KINDS:
        texts = Message.objects.filter(ticket__channel__kind=kind, kind=MessageKind.CUSTOMER)
        assert sorted(row.text for row in texts) == [f"message {number}" for number in range(8)]


def test_reports_that_come_early_late_and_twice_settle_on_the_last_word(
    play: Callable[..., World], supervisor: User, acting: Acting
) -> None:
    world = play(duplicates=0.9, disorder=0.9, seed=3)
    for kind in KINDS:
        world.platform(kind).write(world.platform(kind).people[0].id, "hello")
    world.carry()
    for ticket in Ticket.objects.all():
        reply(ticket=ticket, by=acting(supervisor), html="<p>Hello!</p>")
    world.carry()

    assert [states(ticket) for ticket in Ticket.objects.all()] == [[DeliveryState.DELIVERED]] * len(KINDS)


def test_who_wants_no_more_gets_no_more(play: Callable[..., World], supervisor: User, acting: Acting) -> None:
    world = play()
    for kind in KINDS:
        world.platform(kind).write(world.platform(kind).people[0].id, "STOP" if kind == "sms_twilio" else "TD")
    world.carry()
    tickets = Ticket.objects.all()
    assert len(tickets) == len(KINDS)
    for ticket in tickets:
        assert Message.objects.get(ticket=ticket).notice == "sms_unsubscribed"
        with pytest.raises(NoReplyChannel):
            reply(ticket=ticket, by=acting(supervisor), html="<p>Sorry to see you go.</p>")
    assert not Delivery.objects.exists()


def test_a_phone_that_is_off_is_shown_at_the_delivery(
    play: Callable[..., World], supervisor: User, acting: Acting
) -> None:
    world = play()
    world.platform("sms_twilio").write("+15005550404", "Call me back")
    world.carry()
    reply(ticket=Ticket.objects.get(), by=acting(supervisor), html="<p>We tried.</p>")
    world.carry()
    delivery = Delivery.objects.get()

    assert (delivery.state, delivery.failure) == (DeliveryState.FAILED, FailureKind.RECIPIENT_GONE)
    assert delivery.error == "30003: undelivered"


def test_a_platform_that_has_enough_is_tried_again(
    play: Callable[..., World], supervisor: User, acting: Acting
) -> None:
    world = play(errors=1.0)
    for kind in KINDS:
        world.platform(kind).write(world.platform(kind).people[0].id, "hello")
    assert world.simulator.wait_idle()
    while inbox.process_due():
        pass
    for ticket in Ticket.objects.all():
        reply(ticket=ticket, by=acting(supervisor), html="<p>Hello!</p>")
    Delivery.objects.update(due_at="2020-01-01T00:00:00Z")
    outbox.send_due()

    rows = list(Delivery.objects.values_list("state", "failure", "attempts"))
    assert rows == [(DeliveryState.QUEUED, FailureKind.RETRY_LATER, 1)] * len(KINDS)


def test_a_picture_comes_with_the_message(play: Callable[..., World]) -> None:
    world = play()
    twilio = world.platform("sms_twilio")
    twilio.write("+15005550110", "Look at this", File("scratch.png", "image/png", PNG))
    world.carry()

    message = Message.objects.get(kind=MessageKind.CUSTOMER)
    [attachment] = Attachment.objects.filter(message_id=message.pk)
    assert (message.text, message.notice) == ("Look at this", "")
    assert (attachment.file.content_type, attachment.file.size) == ("image/png", len(PNG))


def test_a_picture_that_is_gone_leaves_a_notice(play: Callable[..., World]) -> None:
    world = play()
    twilio = world.platform("sms_twilio")
    twilio.write("+15005550110", "Look at this", File("scratch.png", "image/png", PNG))
    assert world.simulator.wait_idle()
    twilio._files.clear()
    world.carry()

    assert Message.objects.get(kind=MessageKind.CUSTOMER).notice == "media_gone"


@pytest.mark.parametrize("kind", KINDS)
def test_a_wrong_key_is_told_and_the_right_one_is_enough(kind: str, play: Callable[..., World]) -> None:
    play()
    channel = Channel.objects.get(kind=kind)
    assert registry.get(kind).check(channel).is_ok
    channel.secrets = dict.fromkeys(channel.secrets, "wrong")
    assert not registry.get(kind).check(channel).is_ok


def test_the_command_writes_at_its_rate_and_ends(live_server: Any, settings: Any, monkeypatch: Any) -> None:
    settings.SITE_URL = live_server.url
    port = free_port()
    platform = PLATFORMS["sms_tencent"]
    base = f"http://127.0.0.1:{port}/texts"
    ChannelFactory.create(
        kind="sms_tencent", key="texts", settings=platform.demo_settings(base), secrets=platform.demo_secrets()
    )
    monkeypatch.setattr("apps.simulator.management.commands.simulate.signal.signal", lambda *_: None)
    said = StringIO()
    call_command("simulate", "sms_tencent", port=port, rate=1200, duration=0.5, duplicates=1.0, pace=0.01, stdout=said)

    written = int(re.findall(r"(\d+) messages were written", said.getvalue())[0])
    assert f"Platforms on http://127.0.0.1:{port}: texts" in said.getvalue()
    assert written >= 1  # ten, where the machine keeps up
    assert InboundEvent.objects.count() <= written  # two alike within a second are one
    assert InboundEvent.objects.exists()


def test_only_channels_that_point_here_are_played(play: Callable[..., World], live_server: Any) -> None:
    world = play()
    ChannelFactory.create(kind="sms_twilio", key="real", settings={"api_base": "https://api.twilio.com"})
    ChannelFactory.create(kind="sms_twilio", key="default", settings={})
    keys = [account.key for account in simulated_accounts(world.simulator.url)]

    assert keys == ["sms-aliyun", "sms-tencent", "sms-twilio"]
    assert [account.key for account in simulated_accounts(world.simulator.url, ["sms_aliyun"])] == ["sms-aliyun"]
    account = account_of(Channel.objects.get(key="sms-twilio"))
    assert (account.hook, account.is_quiet) == (f"{live_server.url}/hooks/sms-twilio/", True)

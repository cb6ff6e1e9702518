"""The company's app over real HTTP: phones on one side, the installation on the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from apps.accounts.models import User
from apps.channels.enums import DeliveryState
from apps.channels.models import Channel, Delivery, InboundEvent
from apps.channels.services import inbox, outbox
from apps.core.actor import Actor
from apps.core.storage import open_file
from apps.simulator.accounts import account_of, simulated_accounts
from apps.simulator.mischief import Mischief
from apps.simulator.platforms.app import App
from apps.simulator.shapes import File
from apps.simulator.simulator import Simulator
from apps.tickets.models import Attachment, Message, Ticket
from apps.tickets.services.messages import reply
from tests.channels.test_media import PNG
from tests.factories.channels import ChannelFactory
from tests.factories.tickets import IntakeRuleFactory

pytestmark = [pytest.mark.integration, pytest.mark.django_db(transaction=True)]
Acting = Callable[..., Actor]


@pytest.fixture
def phones(live_server: Any, settings: Any) -> Iterator[App]:
    settings.SITE_URL = live_server.url
    channel = ChannelFactory.create(key="app", kind="app", secrets=App.demo_secrets())
    IntakeRuleFactory.create(channel=channel)
    with Simulator(mischief=Mischief(pace=0.01, duplicates=1.0)) as simulator:
        platform = simulator.open(account_of(channel))
        assert isinstance(platform, App)
        yield platform


def carry(phones: App) -> None:
    assert phones.courier.wait_idle(60)
    while inbox.process_due():
        pass
    Delivery.objects.unsettled().update(due_at="2020-01-01T00:00:00Z")
    while outbox.send_due():
        pass


def test_question_and_answer_with_a_picture(phones: App, supervisor: User, acting: Acting) -> None:
    person = phones.people[0]
    phones.write(person.id, person.opening)
    phones.write(person.id, "", File("收据.png", "image/png", PNG))
    carry(phones)

    ticket = Ticket.objects.get()
    assert InboundEvent.objects.count() == 2  # each came twice
    assert [row.text for row in Message.objects.filter(ticket=ticket).order_by("sequence")] == [person.opening, ""]
    assert open_file(Attachment.objects.get(ticket=ticket).file) == PNG
    assert str(ticket.customer.name) == person.name

    reply(ticket=ticket, by=acting(supervisor), html="<p>我们马上查询 😀</p>")
    carry(phones)
    assert Delivery.objects.get().state == DeliveryState.SENT
    lines = phones.conversation(person.id)
    assert [(line.text, line.is_own) for line in lines] == [
        (person.opening, True),
        ("", True),
        ("我们马上查询 😀", False),
    ]
    assert Delivery.objects.get().state == DeliveryState.READ
    assert phones.conversation(person.id) == lines
    assert phones.conversation(phones.people[1].id) == []


def test_a_phone_that_starts_anew_has_the_whole_conversation(phones: App) -> None:
    person = phones.people[0]
    phones.write(person.id, "before")
    carry(phones)

    with Simulator() as other:
        again = other.open(phones.account)
        assert [(line.text, line.is_own) for line in again.conversation(person.id)] == [("before", True)]


def test_with_another_secret_nothing_gets_in(phones: App) -> None:
    channel = Channel.objects.get(key="app")
    assert [account.key for account in simulated_accounts("http://127.0.0.1:1")] == ["app"]
    channel.secrets = {"secret": "changed on the other side, long enough"}
    channel.save()

    line = phones.write(phones.people[0].id, "not proved")
    carry(phones)

    assert line.state.startswith("refused (401)")
    assert not InboundEvent.objects.exists()
    assert simulated_accounts("http://127.0.0.1:1") == []

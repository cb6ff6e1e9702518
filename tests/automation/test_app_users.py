"""The company's app and its webhooks meet: what waits for a user who is away reaches the app's backend."""

import json
from collections.abc import Callable

import pytest

from apps.accounts.models import User
from apps.automation.models import WebhookEndpoint
from apps.channels.connectors.protocol.away import tell_who_is_away
from apps.channels.models import ClientConversation
from apps.core.actor import Actor
from apps.core.clock import now
from apps.core.events import number_events
from apps.tickets.models import Ticket
from apps.tickets.services.messages import reply
from tests.automation.conftest import is_genuine, run
from tests.channels.connectors.app.conftest import SECRET, App
from tests.factories.channels import ChannelFactory
from tests.factories.tickets import IntakeRuleFactory
from tests.support.platform_server import PlatformServer

pytestmark = [pytest.mark.integration, pytest.mark.django_db]


def test_the_backend_is_called_once_without_text(
    endpoint_for: Callable[..., WebhookEndpoint], manager: User, acting: Callable[..., Actor], receiver: PlatformServer
) -> None:
    app = App(ChannelFactory.create(key="app", kind="app", secrets={"secret": SECRET}))
    IntakeRuleFactory.create(channel=app.channel)
    endpoint_for(manager, events=["app.message_waiting"])
    app.say("Where is my parcel?")
    app.take_in()
    reply(ticket=Ticket.objects.get(), by=acting(manager), html="<p>planted-text-4711</p>")
    app.send()
    ClientConversation.objects.update(notify_at=now())
    tell_who_is_away()
    number_events()
    run()

    [asked] = receiver.at("/hook")
    document = json.loads(asked.body)
    assert is_genuine(asked)
    assert document["type"] == "app.message_waiting"
    data = document["data"]["data"]
    assert (data["app_user"], data["channel"], data["sequence"]) == ("user-42", "app", 2)
    assert b"planted-text-4711" not in asked.body

"""A visitor of a site with the chat on it, and the desk that answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from apps.accounts.models import Team
from apps.core.sweeps import run_sweeps
from apps.livechat.models import ChatSession
from apps.tickets.models import Interaction, Message, Ticket
from tests.channels.connectors.app.conftest import SECRET, App
from tests.factories.channels import ChannelFactory
from tests.factories.tickets import IntakeRuleFactory, grant


@dataclass
class Chat(App):
    """`guest` is the secret that the widget keeps."""

    guest: str = ""

    def claims(self, user: str = "user-42", **more: Any) -> dict[str, Any]:
        return super().claims(user, **{"iss": self.channel.key, "aud": self.channel.key, **more})

    def write(self, text: str, key: str, token: str | None = None, **context: Any) -> Any:
        return self.say(text, key=key, token=token or self.guest, context=context)

    def standing(self) -> Any:
        """How the visit stands, as its visitor is told."""
        return self.get("messages", self.guest).json()["chat"]

    def neighbour(self) -> Chat:
        """Another visitor of the same site."""
        other = Chat(self.channel)
        other.guest = other.post("session", token="").json()["guest_token"]
        return other

    def command(self, what: str, token: str | None = None) -> Any:
        headers = self._headers(token or self.guest, {})
        address = f"/chat/v1/{self.channel.key}/{what}/"
        return self.http.post(address, data="{}", content_type="application/json", headers=headers)

    def answer(self, text: str, key: str = "out-1", **more: Any) -> Any:
        return self.tell(text, user=self.handle, key=key, **more)

    @property
    def handle(self) -> str:
        return str(self.get("session", self.guest).json()["user"]["id"])

    def arrive(self) -> None:
        """Everything on the desk, and everybody has heard of it."""
        self.take_in()
        run_sweeps("core.events")

    def log(self, token: str | None = None) -> list[str]:
        """What the visitor sees: texts, and events in angle brackets."""
        document = self.get("messages", token or self.guest).json()
        return [f"<{line['event']}>" if "event" in line else line["text"] for line in document["messages"]]

    def all_counts(self) -> tuple[int, ...]:
        rows = (ChatSession, Interaction, Message, Ticket)
        return (*self.counts(), *(model.objects.count() for model in rows))


@pytest.fixture
def chat(db: None) -> Chat:
    channel = ChannelFactory.create(key="chat", kind="chat", secrets={"secret": SECRET})
    IntakeRuleFactory.create(channel=channel)
    made = Chat(channel)
    run_sweeps("core.events")  # subscribers that are new begin with what happens from now on
    made.guest = made.post("session", token="").json()["guest_token"]
    return made


@pytest.fixture
def ticket(chat: Chat, team: Team, vendor_team: Team) -> Ticket:
    """A visitor waits, in a queue of the house and of a vendor."""
    chat.write("hello", "a")
    chat.arrive()
    ticket = Ticket.objects.get()
    grant(team, ticket.queue)
    grant(vendor_team, ticket.queue, chat.channel)
    return ticket

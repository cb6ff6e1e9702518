"""Two agents, a supervisor and a visitor: chats side by side, a transfer with a whisper, watching, whispering, taking over."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from apps.accounts.models import Team, User
from apps.core.actor import person
from apps.core.models import AuditEntry
from apps.core.sweeps import run_sweeps
from apps.livechat.models import ChatSession
from apps.tickets.models import Message, Ticket
from apps.tickets.services import assignment
from tests.channels.connectors.app.conftest import SECRET
from tests.factories.accounts import PASSWORD
from tests.factories.channels import ChannelFactory
from tests.factories.tickets import IntakeRuleFactory, QueueFactory, grant
from tests.livechat.conftest import Chat
from tests.support.browser import assert_accessible, sign_in
from tests.support.live import Live, wait_until

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]
SOON = 60_000


@pytest.fixture
def chats(live: Live, team: Team, agent: User) -> list[Chat]:
    """Two visitors have written, and Alice has both."""
    User.objects.update(language="en")
    queue = QueueFactory(key="care", name={"en": "Care"})
    grant(team, queue)
    channel = ChannelFactory(key="chat", kind="chat", secrets={"secret": SECRET}, settings={"asks_name": "optional"})
    IntakeRuleFactory(channel=channel, queue=queue)
    run_sweeps("core.events")  # subscribers that are new begin with what happens from now on
    made = [Chat(channel), Chat(channel)]
    for chat, name in zip(made, ("Nora Hale", "Otto Finch"), strict=True):
        chat.guest = chat.post("session", token="").json()["guest_token"]
        chat.write(f"I am {name}.", "a", name=name)
    arrived = ChatSession.objects.filter(interaction__isnull=False)
    wait_until(lambda: arrived.count() == 2, seconds=60, what="both chats are on the desk")
    for ticket in Ticket.objects.all():
        assignment.claim_ticket(ticket=ticket, by=person(agent))
    return made


def test_a_chat_goes_on_with_its_context(
    live: Live, new_page: Callable[..., Page], chats: list[Chat], agent: User, teammate: User, supervisor: User
) -> None:
    first, second = Ticket.objects.order_by("pk")
    desk = new_page()
    sign_in(desk, agent.username, PASSWORD)
    desk.goto(f"/desk/tickets/{first.number}/")
    tabs = desk.locator(".chat-tab")
    expect(tabs).to_have_count(2)
    expect(tabs.first).to_contain_text("Nora Hale")
    expect(tabs.first).to_have_attribute("aria-current", "page")
    expect(tabs.nth(1).locator("[data-waits]")).to_contain_text(":")

    # What is typed in one chat waits there while one writes in the other.
    expect(desk.locator(".composer")).to_have_attribute("data-ready", "")
    desk.keyboard.press("r")
    expect(desk.locator("[data-editor]")).to_be_focused()
    desk.keyboard.type("Half a sent")
    desk.keyboard.press("Alt+ArrowDown")
    expect(tabs.nth(1)).to_have_attribute("aria-current", "page")
    expect(desk.locator(f'.ticket[data-ticket="{second.pk}"] .composer')).to_have_attribute("data-ready", "")
    expect(desk.locator("[data-editor]")).to_be_focused()
    desk.keyboard.type("Hello Otto")
    desk.keyboard.press("Alt+ArrowUp")
    expect(desk.locator(f'.ticket[data-ticket="{first.pk}"] .composer')).to_have_attribute("data-ready", "")
    expect(desk.locator("[data-editor]")).to_have_text("Half a sent")

    # To a colleague, with a whisper.
    desk.locator(".ticket-subject").click()
    desk.keyboard.press("t")
    dialog = desk.locator("#dialog[open]")
    expect(dialog.locator("textarea")).to_be_focused()
    desk.keyboard.type("She lost her card.")
    dialog.locator(".target", has_text="Tom Teammate").click()
    assert_accessible(desk)
    dialog.locator("[type=submit]").click()
    expect(tabs).to_have_count(1)

    other = new_page()
    sign_in(other, teammate.username, PASSWORD)
    other.goto("/desk/")
    other.locator(".chat-tab", has_text="Nora Hale").click()
    expect(other.locator("[data-whispered]")).to_contain_text("She lost her card.")
    expect(other.locator(".timeline")).to_contain_text("I am Nora Hale.")

    # The supervisor watches unseen, whispers, and takes over.
    lead = new_page()
    sign_in(lead, supervisor.username, PASSWORD)
    lead.goto("/desk/chats/")
    lead.get_by_role("link", name="Nora Hale").click()
    expect(lead.get_by_text("You are watching, unseen.")).to_be_visible()
    expect(lead.locator(".composer")).to_have_count(0)
    lead.get_by_role("button", name="Whisper").click()
    lead.locator("#dialog[open] textarea").fill("Offer her a new one.")
    lead.locator("#dialog[open] [type=submit]").click()
    expect(other.locator("[data-whispered]")).to_contain_text("Offer her a new one.", timeout=SOON)
    expect(other.locator(".ticket-watchers .avatar")).to_have_count(0)
    lead.get_by_role("button", name="Take over").click()
    lead.locator("#dialog[open] textarea").fill("I know her.")
    lead.locator("#dialog[open] [type=submit]").click()
    expect(lead.locator(".composer")).to_have_attribute("data-ready", "", timeout=SOON)
    expect(other.locator(".chat-tab")).to_have_count(0, timeout=SOON)

    wait_until(
        lambda: "Susan Supervisor" in said(chats[0]), seconds=60, what=lambda: f"the visitor reads {said(chats[0])}"
    )
    assert AuditEntry.objects.filter(action="chat.watch").count() == 1
    known = chats[0].get("messages", chats[0].guest).content.decode()
    for note in Message.objects.filter(kind="note"):
        assert note.text not in known


def said(chat: Chat) -> list[str]:
    told = chat.get("messages", chat.guest).json()["messages"]
    return [line["name"] for line in told if line.get("event") == "chat.transferred"]

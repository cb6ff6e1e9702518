"""A vendor's agent, one of the house, a supervisor and a visitor: chats side by side, a deadline that comes near, a
transfer to the house with a whisper, watching, whispering, taking over.
"""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from apps.accounts.models import Team, User
from apps.core.actor import person
from apps.core.models import AuditEntry
from apps.core.sweeps import run_sweeps
from apps.livechat.models import ChatSession
from apps.routing.models import RoutingQueue
from apps.routing.services.states import set_state
from apps.sla.models import Escalation, PolicyTarget
from apps.tickets.models import Message, Ticket
from apps.tickets.services import assignment
from tests.channels.connectors.app.conftest import SECRET
from tests.factories.channels import ChannelFactory
from tests.factories.sla import PolicyFactory
from tests.factories.tickets import IntakeRuleFactory, QueueFactory, grant
from tests.livechat.conftest import Chat
from tests.support.browser import assert_accessible, let_in
from tests.support.live import Live, wait_until

pytestmark = [pytest.mark.e2e, pytest.mark.long]
SOON = 60_000
PHONE = "13912345678"


@pytest.fixture
def chats(live: Live, team: Team, vendor_team: Team, teammate: User, outsourcing_agent: User) -> list[Chat]:
    """Two visitors have written, and Oliver has both. In the house Tom is free for what is handed over."""
    User.objects.update(language="en")
    queue = QueueFactory(key="care", name={"en": "Care"})
    channel = ChannelFactory(key="chat", kind="chat", secrets={"secret": SECRET}, settings={"asks_name": "optional"})
    grant(team, queue)
    grant(vendor_team, queue, channel)
    RoutingQueue.objects.create(queue=queue, is_automatic=True, offer_seconds=600)
    policy = PolicyFactory(warn_at=[5])
    PolicyTarget.objects.create(policy=policy, target="first_reply", minutes=3, measure="wall")
    Escalation.objects.create(policy=policy, share=5, action="call_assignee")
    IntakeRuleFactory(channel=channel, queue=queue)
    run_sweeps("core.events")  # subscribers that are new begin with what happens from now on
    made = [Chat(channel), Chat(channel)]
    for chat, name in zip(made, ("Nora Hale", "Otto Finch"), strict=True):
        chat.guest = chat.post("session", token="").json()["guest_token"]
        chat.write(f"I am {name}, call me at {PHONE}.", "a", name=name)
    arrived = ChatSession.objects.filter(interaction__isnull=False)
    wait_until(lambda: arrived.count() == 2, seconds=60, what="both chats are on the desk")
    for ticket in Ticket.objects.all():
        assignment.claim_ticket(ticket=ticket, by=person(outsourcing_agent))
    set_state(user=teammate, state="available", by=person(teammate))
    return made


def test_a_chat_goes_on_with_its_context(
    live: Live,
    new_page: Callable[..., Page],
    chats: list[Chat],
    outsourcing_agent: User,
    teammate: User,
    supervisor: User,
) -> None:
    first, second = Ticket.objects.order_by("pk")
    desk = new_page()
    let_in(desk, outsourcing_agent)
    desk.goto(f"/desk/tickets/{first.number}/")
    tabs = desk.locator(".chat-tab")
    expect(tabs).to_have_count(2)
    expect(tabs.first).to_have_attribute("aria-current", "page")
    expect(tabs.nth(1).locator("[data-waits]")).to_contain_text(":")
    expect(desk.locator(".message[data-side=theirs]")).to_contain_text("call me at")
    expect(desk.locator("body")).not_to_contain_text(PHONE)
    expect(desk.locator("body")).not_to_contain_text("Nora Hale")

    # The first answer was promised in three minutes, and a share of them has passed.
    expect(desk.locator(".timeline")).to_contain_text("First reply: 5 % of the time has passed", timeout=SOON)
    expect(desk.locator(".ticket-props .time-chip")).to_have_text(re.compile(r"^\s*\d+:\d\d\s*$"))

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

    # What is typed while the other chat comes is for that one.
    tabs.nth(1).click()
    desk.keyboard.type("More", delay=20)
    expect(desk.locator(f'.ticket[data-ticket="{second.pk}"] [data-editor]')).to_have_text("Hello OttoMore")
    desk.keyboard.press("Alt+ArrowUp")
    expect(desk.locator(f'.ticket[data-ticket="{first.pk}"] .composer')).to_have_attribute("data-ready", "")
    expect(desk.locator("[data-editor]")).to_have_text("Half a sent")

    # To the house, with a whisper; there it is offered to whoever is free, who has all that was said.
    desk.locator(".ticket-subject").click()
    desk.keyboard.press("t")
    dialog = desk.locator("#dialog[open]")
    expect(dialog.locator("textarea")).to_be_focused()
    expect(dialog).not_to_contain_text("Tom Teammate")
    desk.keyboard.type("She lost her card.")
    dialog.locator(".target", has_text="Whoever is free there").click()
    assert_accessible(desk)
    dialog.locator("[type=submit]").click()
    expect(tabs).to_have_count(1)

    other = new_page()
    let_in(other, teammate)
    other.goto("/desk/")
    other.locator("[data-offer] [data-accept]").click(timeout=SOON)
    expect(other.locator(".chat-tab", has_text="Nora Hale")).to_have_attribute("aria-current", "page", timeout=SOON)
    expect(other.locator("[data-whispered]")).to_contain_text("She lost her card.")
    expect(other.locator(".timeline")).to_contain_text(f"I am Nora Hale, call me at {PHONE}.")

    # The supervisor watches unseen, whispers, and takes over.
    lead = new_page()
    let_in(lead, supervisor)
    lead.goto("/desk/chats/")
    lead.get_by_role("link", name="Nora Hale").click()
    expect(lead.get_by_text("You are watching, unseen.")).to_be_visible()
    expect(lead.locator(".composer")).to_have_count(0)
    lead.get_by_role("button", name="Whisper").click()
    lead.locator("#dialog[open] textarea").fill("Offer her a new one.")
    lead.locator("#dialog[open] [type=submit]").click()
    expect(other.locator("[data-whispered]")).to_contain_text("Offer her a new one.", timeout=SOON)
    expect(other.locator(".ticket-watchers .avatar[title='Susan Supervisor']")).to_have_count(0)
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

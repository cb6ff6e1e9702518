"""A visitor on a site with a strict policy, an agent in another browser, and a desk that is restarted between them."""

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import FrameLocator, Locator, Page, expect

from apps.accounts.models import AgentSkill, Skill, Team, User
from apps.channels.contract import Button, Card
from apps.core.actor import person
from apps.privacy.models import Consent, DataSubjectRequest
from apps.qa.models import SurveyResponse
from apps.routing.models import QueueSkill, RoutingQueue
from apps.routing.services.states import set_state
from apps.tickets.enums import InteractionState
from apps.tickets.models import Assignment, Interaction, Message, Ticket
from apps.tickets.services import messages
from tests.factories.channels import ChannelFactory
from tests.factories.qa import SurveyFactory
from tests.factories.tickets import IntakeRuleFactory, QueueFactory, grant
from tests.support.browser import assert_accessible, let_in
from tests.support.live import Live, wait_until
from tests.support.platform_server import Scripted, platform_server

pytestmark = [pytest.mark.e2e, pytest.mark.long]

LONG = 60_000
BROKEN_LINE = re.compile("net::ERR_|WebSocket connection to")
"""What Chromium says of a server that is gone; the pages themselves have nothing to complain of."""


@pytest.fixture
def shop(live: Live, team: Team, agent: User, teammate: User) -> Iterator[str]:
    """A page of another origin than the desk's, which allows itself nothing that it does not need. Its chats go to who
    knows about refunds: to Alice, and not to Tom.
    """
    queue = QueueFactory(key="care")
    grant(team, queue)
    skill = Skill.objects.create(key="refunds", name={"en": "Refunds"})
    routing = RoutingQueue.objects.create(queue=queue, is_automatic=True, offer_seconds=600)
    QueueSkill.objects.create(routing=routing, skill=skill, level=2)
    AgentSkill.objects.create(user=agent, skill=skill, level=4)
    set_state(user=teammate, state="available", by=person(teammate))
    policy = f"default-src 'none'; script-src {live.url}; frame-src {live.url}"
    tag = f'<script src="{live.url}/chat/shop.js" async></script>'
    body = f"<!doctype html><html lang='en'><title>Shop</title><main><h1>Shop</h1></main>{tag}</html>"
    headers = {"Content-Type": "text/html", "Content-Security-Policy": policy}
    with platform_server() as server:
        server.on("/shop/", Scripted(200, body.encode(), headers))
        settings = {"allowed_domains": [server.url], "asks_name": "required"}
        SurveyFactory(question={"en": "How was our chat?"})
        IntakeRuleFactory(channel=ChannelFactory(key="shop", kind="chat", settings=settings), queue=queue)
        yield f"{server.url}/shop/?reset=secret-4711&utm_source=mail"


def test_a_chat_from_its_first_line_to_its_end(
    live: Live, new_page: Callable[..., Page], shop: str, agent: User, complaints: list[str]
) -> None:
    page, desk = new_page(), new_page()
    chat = open_chat(page, shop)
    chat.get_by_role("button", name="Start the chat").click()
    expect(chat.get_by_text("Please fill this in.")).to_be_visible()
    chat.get_by_label("Your name").fill("Nora Hale")
    chat.get_by_role("button", name="Start the chat").click()
    field = chat.get_by_label("Your message")
    write_with_input_method(chat)
    expect(chat.locator("#waiting")).to_contain_text("You are next.", timeout=LONG)
    assert_accessible(page)

    # The one who has the skill is asked, takes it and reads.
    let_in(desk, agent)
    desk.goto("/desk/")
    desk.locator("#own-state .rail-link").click()
    desk.get_by_role("radio", name="Available").click()
    desk.locator("[data-offer] [data-accept]").click(timeout=LONG)
    expect(desk.locator(".message[data-side=theirs]")).to_contain_text("你好 😀", timeout=LONG)
    expect(chat.get_by_text("Alice Agent is here for you.")).to_be_visible(timeout=LONG)
    expect(chat.locator("#waiting")).to_be_hidden()
    expect(chat.locator(".line-state", has_text="Read")).to_be_visible(timeout=LONG)

    # Each sees that the other types.
    expect(desk.locator(".composer[data-ready]")).to_be_visible()
    desk.keyboard.press("r")
    desk.keyboard.type("How can I help?")
    keep_typing(desk, chat.locator("#typing"))
    desk.keyboard.press("Control+Enter")
    expect(chat.get_by_text("How can I help?")).to_be_visible(timeout=LONG)
    expect(desk.locator(".composer:not([data-collapsed]) [data-editor]")).to_be_focused()
    expect(desk.locator("[data-editor]")).to_have_text("")
    field.focus()
    keep_typing(page, desk.locator("[data-typing]"))

    # A card's button is the visitor's next word, said once.
    card = Card("Your refund", buttons=(Button("To my card"), Button("As a voucher")))
    messages.reply(ticket=Ticket.objects.get(), by=person(agent), html="<p>How do you want it?</p>", card=card)
    chat.get_by_role("button", name="To my card").click(timeout=LONG)
    expect(chat.get_by_role("button", name="As a voucher")).to_be_disabled(timeout=LONG)
    expect(desk.locator(".message[data-side=theirs]").last).to_contain_text("To my card", timeout=LONG)

    # The desk is restarted, and the visitor writes on.
    live.kill("web")
    for text in ("Where is my refund?", "It has been a week."):
        field.fill(text)
        field.press("Enter")
    expect(chat.locator("[data-draft]")).to_have_count(2)
    live.start_web()
    expect(chat.locator("[data-draft]")).to_have_count(0, timeout=LONG)
    expect(chat.locator(".line[data-sender=customer] .line-text")).to_have_text(
        ["你好 😀", "To my card", "Where is my refund?", "It has been a week."]
    )
    expect(desk.locator(".message[data-side=theirs]").last).to_contain_text("It has been a week.", timeout=LONG)

    chat.get_by_role("button", name="End the chat").click()
    expect(chat.get_by_text("The chat has ended.")).to_be_visible(timeout=LONG)

    # Whoever was served says how it was.
    expect(chat.get_by_role("group", name="How was our chat?")).to_be_visible(timeout=LONG)
    chat.locator(".scale label").last.click()
    chat.locator("[data-rating=rate]").click()
    expect(chat.locator("[data-rating=change]")).to_be_visible(timeout=LONG)
    assert [(row.score, row.agent.username) for row in SurveyResponse.objects.all()] == [(5, "alice")]

    # What they allow they take back where they wrote, and ask there for what is kept of them.
    chat.get_by_role("button", name="Privacy and your data").click()
    chat.get_by_role("button", name="Take back: being asked for ratings").click()
    expect(chat.get_by_role("button", name="Allow: being asked for ratings")).to_be_focused()
    chat.get_by_role("button", name="Erase my data").click()
    expect(chat.get_by_text("We have your request and will answer it.")).to_be_visible()
    assert_accessible(page)
    assert [row.withdrawn_by for row in Consent.objects.all()] == ["chat"]
    assert [(row.kind, row.state) for row in DataSubjectRequest.objects.all()] == [("erasure", "received")]
    wait_until(is_over, seconds=60, what=lambda: f"the chat is over on the desk, where there is {said()}")
    assert said() == ["你好 😀", "To my card", "Where is my refund?", "It has been a week."]
    assert [(row.user.username, row.state) for row in Assignment.objects.all()] == [("alice", "accepted")]
    assert Ticket.objects.count() == 1
    complaints[:] = [each for each in complaints if not BROKEN_LINE.search(each)]


def open_chat(page: Page, shop: str) -> FrameLocator:
    page.goto(shop)
    chat = page.frame_locator("iframe")
    chat.locator("#launcher").click(timeout=LONG)
    expect(chat.locator("#panel")).to_be_visible()
    return chat


def write_with_input_method(chat: FrameLocator) -> None:
    """The Enter that ends a word of an input method sends nothing."""
    field = chat.get_by_label("Your message")
    field.fill("ni")
    field.dispatch_event("compositionstart")
    field.press("Enter")
    expect(chat.locator(".line")).to_have_count(0)
    field.dispatch_event("compositionend")
    field.fill("你好 😀")
    field.press("Enter")
    expect(chat.locator(".line-state", has_text="Delivered")).to_be_visible(timeout=LONG)


def keep_typing(page: Page, mark: Locator) -> None:
    """Until the other side sees it: it is told once in seconds, and true for seconds only."""

    def is_seen() -> bool:
        page.keyboard.type("?")
        return mark.is_visible()

    wait_until(is_seen, seconds=60, pause=0.5, what="the other side sees that somebody types")


def said() -> list[str]:
    return [row.text for row in Message.objects.filter(kind="customer").order_by("sequence")]


def is_over() -> bool:
    return Interaction.objects.filter(state=InteractionState.CLOSED).exists()

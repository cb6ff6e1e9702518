"""The desk as people use it: with the keyboard, two at a time, on a phone, in both languages."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pytest
from django.db import transaction
from playwright.sync_api import APIResponse, Page, Route, expect

from apps.accounts.models import Team, User
from apps.channels.models import Channel, Delivery
from apps.core.actor import person
from apps.tickets.enums import Priority, Status
from apps.tickets.models import IntakeRule, Message, Queue, Ticket
from apps.tickets.services import lifecycle, messages
from tests.factories.channels import ChannelFactory
from tests.factories.customers import CustomerFactory
from tests.factories.tickets import InteractionFactory, QueueFactory, TicketFactory, grant, mail, receive, say
from tests.support.browser import assert_accessible, let_in
from tests.support.live import Live, wait_until

pytestmark = pytest.mark.e2e
OWN = "support@harbour.example"


@dataclass
class Shop:
    queue: Queue
    channel: Channel
    tickets: list[Ticket]


def write_in(queue: Queue, channel: Channel, name: str, address: str, subject: str, text: str, ago: int) -> Ticket:
    customer = CustomerFactory(name=name, email=address)
    row = TicketFactory(queue=queue, channel=channel, customer=customer, subject=subject, language="en")
    interaction = InteractionFactory(ticket=row, channel=channel, identity=customer.identities.get(kind="email"))
    envelope = {"from": [[name, address]], "to": [["", OWN]], "message_id": f"m{row.pk}@example.com"}
    say(
        row,
        text,
        ago=ago,
        interaction=interaction,
        channel=channel,
        customer=customer,
        sender_name=name,
        envelope=envelope,
    )
    return row


@pytest.fixture
def shop(live: Live, team: Team, agent: User) -> Shop:
    """A mail channel and three tickets in the agent's queue, the newest first."""
    User.objects.update(language="en")
    queue = QueueFactory(key="care", name={"en": "Care", "zh-hans": "客服"})
    channel = ChannelFactory(
        key="support", kind="email", settings={"address": OWN}, name={"en": "Support", "zh-hans": "客服邮箱"}
    )
    IntakeRule.objects.create(channel=channel, queue=queue)
    grant(team, queue)
    rows = [
        write_in(queue, channel, "Mary Whitfield", "mary@example.com", "Two cups broken", "They arrived in pieces.", 3),
        write_in(queue, channel, "王小明", "wang@example.com", "发票抬头填错了", "请改成示例科技。", 20),
        write_in(queue, channel, "Tom Okafor", "tom@example.com", "Missing screws", "Two are not in the box.", 50),
    ]
    return Shop(queue, channel, rows)


def open_list(page: Page, user: User, view: str = "open") -> None:
    let_in(page, user)
    page.goto(f"/desk/views/{view}/")
    expect(page.locator(".ticket-row")).to_have_count(3)


def open_ticket(page: Page, user: User, ticket: Ticket) -> None:
    """Until the editor has come, so that what a test does first meets it."""
    let_in(page, user)
    page.goto(f"/desk/tickets/{ticket.number}/")
    expect(page.locator(".composer")).to_have_attribute("data-ready", "")


def test_an_answer_from_the_keyboard(page: Page, shop: Shop, agent: User) -> None:
    open_list(page, agent)
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("k")
    page.keyboard.press("Enter")
    expect(page.locator(".ticket-subject")).to_have_text("Two cups broken")
    page.keyboard.press("r")
    expect(page.locator(".composer")).to_have_attribute("data-mode", "reply")
    page.keyboard.type("We send you two new ones today.")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".message[data-side=ours]")).to_contain_text("We send you two new ones today.")
    expect(page.locator(".toast")).to_contain_text("Sent")
    delivery = Delivery.objects.get(ticket_id=shop.tickets[0].pk)
    assert delivery.payload["recipients"]["to"] == ["mary@example.com"]
    page.keyboard.press("e")
    page.locator("#dialog[open] [type=submit]").click()
    expect(page.locator(".property-button .status")).to_have_attribute("data-status", "resolved")


def test_undo_brings_the_answer_back(page: Page, shop: Shop, agent: User) -> None:
    open_ticket(page, agent, shop.tickets[0])
    page.keyboard.press("r")
    page.keyboard.type("Too early")
    page.keyboard.press("Control+Enter")
    page.locator(".toast-action").click()
    expect(page.locator(".message[data-side=ours]")).to_have_count(0)
    expect(page.locator("[data-editor]")).to_have_text("Too early")


def test_what_is_typed_and_sent_before_the_editor_has_come_is_sent(page: Page, shop: Shop, agent: User) -> None:
    let_in(page, agent)
    held: list[Route] = []
    page.route("**/vendor/squire/**", lambda route: held.append(route))  # noqa: PLW0108 (a bound method is refused)
    page.goto(f"/desk/tickets/{shop.tickets[0].number}/")
    page.keyboard.press("r")
    page.keyboard.type("In a hurry")
    page.keyboard.press("Control+Enter")
    _wait_for(page, held)
    held[0].continue_()
    expect(page.locator(".message[data-side=ours]")).to_contain_text("In a hurry")


def test_an_answer_that_comes_late_does_not_take_the_page_back(page: Page, shop: Shop, agent: User) -> None:
    let_in(page, agent)
    address = f"/desk/tickets/{shop.tickets[0].number}/"
    page.goto(address)
    expect(page.locator(".composer[data-ready]")).to_be_visible()
    held: list[tuple[Route, APIResponse]] = []
    page.route(f"**{address}", lambda route: held.append((route, route.fetch())), times=1)
    page.evaluate("document.dispatchEvent(new CustomEvent('desk:changed', {detail: {}}))")
    _wait_for(page, held)
    page.keyboard.press("r")
    page.keyboard.type("They are on their way.")
    page.keyboard.press("Control+Enter")
    ours = page.locator(".message[data-side=ours]")
    expect(ours).to_contain_text("They are on their way.")
    route, before = held[0]
    with page.expect_response(f"**{address}"):
        route.fulfill(response=before)
    page.wait_for_timeout(300)
    assert ours.count() == 1  # at once: the next news from the server would hide that it had gone


def _wait_for(page: Page, held: Sequence[object]) -> None:
    """Until the browser has asked for what the test holds back."""

    def is_asked() -> bool:
        page.wait_for_timeout(20)  # the browser's requests are only heard of while the page is spoken to
        return bool(held)

    wait_until(is_asked, what="the browser asks", pause=0)


def test_an_input_method_at_work_when_the_editor_comes_ends_its_word(page: Page, shop: Shop, agent: User) -> None:
    let_in(page, agent)
    held: list[Route] = []
    page.route("**/vendor/squire/**", lambda route: held.append(route))  # noqa: PLW0108 (a bound method is refused)
    page.goto(f"/desk/tickets/{shop.tickets[0].number}/")
    page.keyboard.press("r")
    session = page.context.new_cdp_session(page)
    session.send("Input.imeSetComposition", {"text": "ni hao", "selectionStart": 6, "selectionEnd": 6})
    _wait_for(page, held)
    held[0].continue_()
    page.wait_for_timeout(500)
    session.send("Input.insertText", {"text": "您好"})
    expect(page.locator(".composer[data-ready]")).to_be_visible()
    expect(page.locator("[data-editor]")).to_have_text("您好")
    page.keyboard.type("!")
    expect(page.locator("[data-editor]")).to_have_text("您好!")


def test_a_dialog_that_was_asked_for_opens_although_the_page_changes_meanwhile(
    page: Page, shop: Shop, agent: User
) -> None:
    let_in(page, agent)
    held: list[Route] = []
    page.route("**/links/**", lambda route: held.append(route))  # noqa: PLW0108 (a bound method is refused)
    page.goto(f"/desk/tickets/{shop.tickets[0].number}/")
    expect(page.locator(".composer[data-ready]")).to_be_visible()
    page.locator("[data-part=links] [hx-get]").click()
    with page.expect_response(re.compile(r"/tickets/\d+/$")):
        page.evaluate("document.dispatchEvent(new CustomEvent('desk:changed'))")
    page.wait_for_timeout(300)
    _wait_for(page, held)
    held[0].continue_()
    expect(page.locator("#dialog[open]")).to_be_visible()


def test_a_note_is_never_a_reply(page: Page, shop: Shop, agent: User, teammate: User) -> None:
    open_ticket(page, agent, shop.tickets[0])
    page.keyboard.press("n")
    composer = page.locator(".composer")
    expect(composer).to_have_attribute("data-mode", "note")
    expect(composer.locator("[data-only=reply]:visible")).to_have_count(0)
    page.keyboard.type("Ask @To")
    page.locator("[role=option]", has_text="Tom Teammate").wait_for()
    page.keyboard.press("Enter")
    page.keyboard.type("first")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".message[data-kind=note]")).to_contain_text("Ask @Tom Teammate")
    assert not Delivery.objects.filter(ticket_id=shop.tickets[0].pk).exists()
    assert list(shop.tickets[0].mentions.values_list("user_id", flat=True)) == [teammate.pk]


def test_an_input_method_is_never_interrupted(page: Page, shop: Shop, agent: User) -> None:
    """Enter picks a word while composing: it sends nothing, whatever is held with it, and no shortcut fires."""
    open_ticket(page, agent, shop.tickets[0])
    page.keyboard.press("r")
    session = page.context.new_cdp_session(page)
    session.send("Input.imeSetComposition", {"text": "ni hao", "selectionStart": 6, "selectionEnd": 6})
    for modifiers in (0, 2):
        key = {"key": "Process", "code": "Enter", "windowsVirtualKeyCode": 229, "modifiers": modifiers}
        session.send("Input.dispatchKeyEvent", {"type": "rawKeyDown", **key})
        session.send("Input.dispatchKeyEvent", {"type": "keyUp", **key})
    session.send("Input.insertText", {"text": "您好"})
    expect(page.locator("[data-editor]")).to_have_text("您好")
    assert not Message.objects.filter(ticket=shop.tickets[0], kind="agent").exists()


def test_a_draft_survives_a_reload(page: Page, shop: Shop, agent: User) -> None:
    open_ticket(page, agent, shop.tickets[0])
    page.keyboard.press("r")
    page.keyboard.type("Half a sentence")
    expect(page.locator("[data-saved]")).to_contain_text("Draft saved")
    page.reload()
    expect(page.locator("[data-editor]")).to_have_text("Half a sentence")


def arrive(shop: Shop, subject: str) -> None:
    with transaction.atomic():
        receive(
            shop.channel, mail(f"Please help: {subject}.", sender="new@example.com", name="Newcomer", subject=subject)
        )


def test_changes_show_without_reload_and_leave_alone_what_one_writes(
    page: Page, shop: Shop, agent: User, teammate: User
) -> None:
    open_list(page, agent)
    page.locator(".ticket-row").first.click()
    expect(page.locator(".message")).to_have_count(1)
    page.keyboard.press("r")
    page.keyboard.type("Half written")
    ticket = shop.tickets[0]
    messages.add_note(ticket=ticket, by=person(teammate), html="<p>Heard by phone</p>")
    lifecycle.change_fields(ticket=ticket, by=person(teammate), priority=40)
    expect(page.locator(".message[data-kind=note]")).to_contain_text("Heard by phone")
    expect(page.locator(".property-button .priority")).to_have_attribute("data-priority", "urgent")
    expect(page.locator(".ticket-row[aria-current=true] .priority")).to_have_attribute("data-priority", "urgent")
    expect(page.locator("[data-editor]")).to_have_text("Half written")
    expect(page.locator(".composer")).to_have_attribute("data-mode", "reply")


def test_new_work_waits_while_somebody_reads_the_list(page: Page, shop: Shop, agent: User) -> None:
    open_list(page, agent)
    page.locator(".ticket-row").nth(1).hover()
    arrive(shop, "Brand new")
    bar = page.locator("[data-new-rows] button")
    expect(bar).to_have_text("1 new")
    expect(page.locator(".ticket-row")).to_have_count(3)
    expect(page.locator("[data-count=open]")).to_have_text("4")
    bar.click()
    expect(page.locator(".ticket-row").first).to_contain_text("Brand new")
    expect(bar).to_be_hidden()
    # Nobody in the list: it comes by itself.
    page.locator(".views-pane").hover()
    page.locator(".pane-title").first.click()
    arrive(shop, "Another one")
    expect(page.locator(".ticket-row")).to_have_count(5)


def test_new_work_appears_in_an_empty_list_wherever_the_pointer_rests(page: Page, shop: Shop, agent: User) -> None:
    Ticket.objects.all().update(status="closed")
    let_in(page, agent)
    page.goto("/desk/views/open/")
    page.locator(".list-pane, [data-behavior~=ticket-list]").first.hover()
    expect(page.locator(".ticket-row")).to_have_count(0)
    arrive(shop, "Brand new")
    expect(page.locator(".ticket-row")).to_contain_text("Brand new")


def test_a_filter_leaves_what_fits_and_its_button_is_whole(page: Page, shop: Shop, agent: User) -> None:
    Ticket.objects.filter(pk=shop.tickets[1].pk).update(priority=Priority.HIGH)
    open_list(page, agent)
    page.locator("[popovertarget=filter-menu]").click()
    page.locator("#filter-menu select[name=priority]").select_option(str(Priority.HIGH.value))
    apply = page.locator("#filter-menu [type=submit]")
    box, menu = apply.bounding_box(), page.locator("#filter-menu").bounding_box()
    assert box is not None
    assert menu is not None
    assert box["y"] + box["height"] <= menu["y"] + menu["height"], "no scrolling to find what applies it"
    apply.click()
    expect(page.locator(".ticket-row")).to_have_count(1)
    expect(page.locator(".ticket-row")).to_contain_text("发票抬头填错了")


def test_new_work_that_could_not_be_asked_for_at_first_comes_all_the_same(page: Page, shop: Shop, agent: User) -> None:
    open_list(page, agent)
    refused: list[str] = []

    def refuse_once(route: Route) -> None:
        if refused:
            route.continue_()
        else:
            refused.append(route.request.url)
            route.fulfill(status=503, body="")

    page.route("**/views/open/rows/**", refuse_once)
    page.mouse.move(0, 0)
    arrive(shop, "Brand new")
    expect(page.locator(".ticket-row").first).to_contain_text("Brand new")
    assert len(refused) == 1


def test_two_agents_see_each_other(new_page: Callable[..., Page], shop: Shop, agent: User, teammate: User) -> None:
    address = f"/desk/tickets/{shop.tickets[0].number}/"
    one, two = new_page(), new_page()
    let_in(one, agent)
    let_in(two, teammate)
    one.goto(address)
    two.goto(address)
    here = one.locator(".ticket-watchers")
    expect(here.locator("[title='Tom Teammate']")).to_be_visible()
    expect(two.locator(".ticket-watchers [title='Alice Agent']")).to_be_visible()
    two.keyboard.press("r")
    expect(two.locator(".composer")).to_have_attribute("data-ready", "")
    for _second in range(20):
        two.keyboard.type("I am on it. ")
        if "Tom Teammate is typing" in here.inner_text():
            break
        two.wait_for_timeout(1000)
    expect(here).to_contain_text("Tom Teammate is typing")
    two.goto("/desk/views/open/")
    expect(here.locator(".avatar")).to_have_count(0)


def test_the_second_editor_is_told(page: Page, shop: Shop, agent: User, teammate: User) -> None:
    ticket = shop.tickets[0]
    open_ticket(page, agent, ticket)
    page.route("**/desk/tickets/*/", lambda route: route.fulfill(body=""))  # the page does not hear of the change
    lifecycle.change_fields(ticket=ticket, by=person(teammate), priority=30)
    page.locator("[popovertarget=priority-menu]").click()
    page.locator("#priority-menu .menu-item", has_text="Urgent").click()
    dialog = page.locator("#dialog[open]")
    expect(dialog).to_contain_text("Tom Teammate")
    page.unroute("**/desk/tickets/*/")
    dialog.locator("[type=submit]").click()
    wait_until(lambda: Ticket.objects.get(pk=ticket.pk).priority == 40)


def test_files_by_paste_and_by_button(page: Page, shop: Shop, agent: User) -> None:
    open_ticket(page, agent, shop.tickets[0])
    page.keyboard.press("r")
    expect(page.locator(".composer[data-ready]")).to_be_visible()
    file = {"name": "说明.txt", "mimeType": "text/plain", "buffer": b"hello"}
    page.locator("[data-file-input]").set_input_files([file])
    item = page.locator("[data-files] li", has_text="说明.txt")
    expect(item).to_have_attribute("data-file", re.compile(r".+"))
    page.keyboard.type("See the file")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".attachment", has_text="说明.txt")).to_be_visible()


def test_search_in_both_languages(page: Page, shop: Shop, agent: User) -> None:
    open_list(page, agent)
    page.keyboard.press("/")
    page.keyboard.type("发票")
    page.keyboard.press("Enter")
    expect(page.locator(".ticket-row")).to_have_count(1)
    expect(page.locator(".ticket-row")).to_contain_text("王小明")
    page.goto("/desk/search/?q=screws")
    expect(page.locator(".ticket-row")).to_contain_text("Missing screws")


def test_a_phone_shows_one_pane_at_a_time_and_back_goes_back(
    new_page: Callable[..., Page], shop: Shop, agent: User
) -> None:
    page = new_page(viewport={"width": 420, "height": 800}, has_touch=True)
    open_list(page, agent)
    expect(page.locator(".views-pane")).to_be_hidden()
    page.locator(".ticket-row").first.click()
    expect(page.locator(".ticket-subject")).to_be_visible()
    expect(page.locator(".list-pane")).to_be_hidden()
    page.go_back()
    expect(page.locator(".ticket-row").first).to_be_visible()
    expect(page.locator(".ticket")).to_have_count(0)
    page.locator(".ticket-row").first.click()
    page.locator("[data-action=close-ticket]").click()
    expect(page).to_have_url(re.compile(r"/desk/views/open/$"))
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= 420


# Contrast hangs on the scheme and names on the language: each of both is seen once.
@pytest.mark.parametrize(("scheme", "language"), [("light", "zh-hans"), ("dark", "en")])
def test_the_desk_is_accessible(
    new_page: Callable[..., Page], shop: Shop, agent: User, teammate: User, scheme: str, language: str
) -> None:
    page = new_page(color_scheme=scheme)
    ticket = shop.tickets[0]
    messages.add_note(ticket=ticket, by=person(teammate), html="<p>Seen</p>")
    lifecycle.change_status(ticket=ticket, status=Status.OPEN, by=person(teammate))
    User.objects.filter(pk=agent.pk).update(language=language)
    open_list(page, agent)
    assert_accessible(page)
    page.goto(f"/desk/tickets/{ticket.number}/")
    page.keyboard.press("r")
    expect(page.locator("[data-editor]")).to_be_visible()
    assert_accessible(page)
    page.keyboard.press("Escape")
    page.keyboard.press("n")
    assert_accessible(page)
    page.locator("[data-action=collapse], [data-mode-tab=note]").first.focus()
    page.goto(f"/desk/tickets/{ticket.number}/resolution/")
    assert_accessible(page)
    page.goto("/desk/customers/")
    assert_accessible(page)

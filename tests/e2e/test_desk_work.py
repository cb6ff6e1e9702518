"""What an agent does with tickets besides answering them: linking, keeping views, calls, unread, pictures, mentions."""

import base64
import re
from collections.abc import Callable
from itertools import pairwise

import pytest
from playwright.sync_api import Page, Response, expect

from apps.accounts.models import Role, User
from apps.channels.models import Delivery
from apps.knowledge.models import Snippet
from apps.tickets.models import SavedView, TicketLink
from tests.e2e.test_desk import Shop, open_list, open_ticket, shop  # noqa: F401 (a fixture)
from tests.factories.channels import ChannelFactory
from tests.support.browser import assert_accessible, let_in
from tests.support.live import wait_until
from tests.tickets.services.test_pictures import PNG

pytestmark = pytest.mark.e2e

PASTE = """async (base64) => {
  const bytes = Uint8Array.from(atob(base64), (sign) => sign.codePointAt(0));
  const data = new DataTransfer();
  data.items.add(new File([bytes], "screen.png", { type: "image/png" }));
  const paste = new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true });
  document.querySelector("[data-editor]").dispatchEvent(paste);
}"""


def paste_picture(page: Page) -> None:
    page.evaluate(PASTE, base64.b64encode(PNG).decode())


def test_tickets_are_linked_by_number_and_by_words(page: Page, shop: Shop, agent: User) -> None:  # noqa: F811
    here, other, third = shop.tickets
    open_ticket(page, agent, here)
    links = page.locator("[data-part=links]")
    dialog = page.locator("#dialog[open]")
    links.locator("[hx-get]").click()
    expect(dialog.locator("input[name=q]")).to_be_focused()
    page.keyboard.type("screws")
    expect(dialog.locator(".link-choice")).to_have_count(1)
    assert_accessible(page)
    dialog.locator(".link-choice").click()
    dialog.locator("select[name=relation]").select_option("duplicate")
    dialog.locator("[type=submit]").click()
    expect(page.locator(".toast")).to_contain_text(f"Duplicate of #{third.number}")
    expect(dialog).to_have_count(0)
    expect(links.locator(".panel-row")).to_contain_text("Missing screws")
    links.locator("button[hx-get]").click()
    dialog.locator("input[name=q]").fill(str(other.number))
    page.keyboard.press("Enter")
    expect(links.locator(".panel-row")).to_have_count(2)
    links.locator(".panel-row").first.hover()
    links.locator(".panel-row button").first.click()
    expect(links.locator(".panel-row")).to_have_count(1)
    page.locator(".toast-action").last.click()
    expect(links.locator(".panel-row")).to_have_count(2)
    assert TicketLink.objects.filter(ticket=here).count() == 2


def test_a_list_is_kept_as_a_view(page: Page, shop: Shop, agent: User) -> None:  # noqa: F811
    Role.objects.filter(key="agent").update(permissions=[*agent.role.permissions, "tickets.share_views"])
    let_in(page, agent)
    page.goto("/desk/views/open/?sort=oldest&status=new")
    page.get_by_role("link", name="Save as view").click()
    dialog = page.locator("#dialog[open]")
    dialog.locator("input[name=name]").fill("Oldest new ones")
    dialog.locator("select[name=scope]").select_option("all")
    assert_accessible(page)
    dialog.locator("[type=submit]").click()
    link = page.locator(".view-link[aria-current=page]")
    expect(link).to_contain_text("Oldest new ones")
    expect(link.locator(".count")).to_have_text("3")
    expect(page.locator(".ticket-row").first).to_contain_text("Missing screws")
    page.get_by_role("link", name="Change view").click()
    dialog.get_by_role("button", name="Delete").click()
    expect(page.locator(".view-link", has_text="Oldest new ones")).to_have_count(0)
    page.locator(".toast-action").click()
    expect(link).to_contain_text("Oldest new ones")
    assert SavedView.objects.get().scope == "all"


def test_a_call_is_written_down_and_shown(page: Page, shop: Shop, agent: User) -> None:  # noqa: F811
    ChannelFactory(key="phone", kind="manual", settings={"contact": "call"}, name={"en": "Phone"})
    open_ticket(page, agent, shop.tickets[0])
    page.get_by_role("button", name="More", exact=True).click()
    page.get_by_role("button", name="Write down a call or a visit").click()
    dialog = page.locator("#dialog[open]")
    dialog.locator("select[name=kind]").select_option("call_out")
    dialog.locator("textarea").fill("She will send a picture.")
    assert_accessible(page)
    dialog.locator("[type=submit]").click()
    entry = page.locator(".message[data-kind=call]")
    for words in ("Call to the customer", "Spoken with Mary Whitfield", "She will send a picture."):
        expect(entry).to_contain_text(words)
    expect(dialog).to_have_count(0)


def test_unread_goes_back_to_the_list(page: Page, shop: Shop, agent: User) -> None:  # noqa: F811
    open_list(page, agent)
    first, second = page.locator(".ticket-row").nth(0), page.locator(".ticket-row").nth(1)
    first.click()
    expect(page.locator(".ticket-subject")).to_have_text("Two cups broken")
    page.keyboard.press("j")
    expect(second).to_have_attribute("aria-current", "true")
    expect(page.locator(".ticket-subject")).to_have_text("发票抬头填错了")
    page.keyboard.press("u")
    expect(page).to_have_url(re.compile(r"/desk/views/open/$"))
    expect(page.locator(".ticket")).to_have_count(0)
    expect(second).to_have_attribute("data-unread", "")
    expect(first).not_to_have_attribute("data-unread", "")


def test_a_row_leaves_at_once_and_j_goes_on_from_there(page: Page, shop: Shop, agent: User) -> None:  # noqa: F811
    open_list(page, agent, "unassigned")
    page.locator(".ticket-row").nth(1).click()
    page.get_by_role("button", name="Take", exact=True).click()
    page.locator(".list-pane").hover()
    expect(page.locator(".ticket-row")).to_have_count(2)
    expect(page.locator(".ticket-subject")).to_have_text("发票抬头填错了")
    page.keyboard.press("j")
    expect(page.locator(".ticket-subject")).to_have_text("Missing screws")


def test_a_pasted_picture_is_shown_and_sent_in_its_place(page: Page, shop: Shop, agent: User) -> None:  # noqa: F811
    ticket = shop.tickets[0]
    open_ticket(page, agent, ticket)
    page.keyboard.press("r")
    page.keyboard.type("Like this: ")
    picture = page.locator("[data-editor] img")
    with page.expect_response(saves_a_picture, timeout=60_000):
        paste_picture(page)
        expect(picture).to_have_attribute("src", re.compile("^/desk/uploads/"))
    expect(page.locator("[data-files] li")).to_have_count(0)
    expect(page.locator("[data-saved]")).to_contain_text("Draft saved")
    page.reload()
    expect(picture).to_have_count(1)
    expect(page.locator("[data-files] li")).to_have_count(0)
    page.locator("[data-send][type=submit]").first.click()
    shown = page.locator(".message[data-side=ours] .message-text img")
    expect(shown).to_have_attribute("src", re.compile("^/desk/files/"))
    wait_until(lambda: shown.evaluate("image => image.complete && image.naturalWidth > 0"))
    expect(page.locator(".message[data-side=ours] .attachment")).to_have_count(0)
    (inline,) = Delivery.objects.get(ticket_id=ticket.pk).payload["inline"]
    assert f"cid:{inline}" in Delivery.objects.get(ticket_id=ticket.pk).payload["html"]


def saves_a_picture(answer: Response) -> bool:
    """The text before it is a draft of its own."""
    return "/draft/" in answer.url and b"<img" in (answer.request.post_data_buffer or b"")


def test_a_mention_stays_marked(page: Page, shop: Shop, agent: User, teammate: User) -> None:  # noqa: F811
    open_ticket(page, agent, shop.tickets[0])
    page.keyboard.press("n")
    page.keyboard.type("Ask @To")
    page.locator("[role=option]", has_text="Tom Teammate").wait_for()
    page.keyboard.press("Enter")
    page.keyboard.type("first")
    page.keyboard.press("Control+Enter")
    mark = page.locator(f".message[data-kind=note] [data-user='{teammate.pk}']")
    expect(mark).to_have_text("@Tom Teammate")
    assert_accessible(page)


PASTE_HTML = """() => {
  const data = new DataTransfer();
  data.setData("text/html", 'See <img src="https://shop.example.com/a.png" alt="the chart">');
  const paste = new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true });
  document.querySelector("[data-editor]").dispatchEvent(paste);
}"""


def test_a_picture_from_elsewhere_leaves_its_address(page: Page, shop: Shop, agent: User) -> None:  # noqa: F811
    open_ticket(page, agent, shop.tickets[0])
    page.keyboard.press("n")
    page.evaluate(PASTE_HTML)
    expect(page.locator("[data-editor] a")).to_have_attribute("href", "https://shop.example.com/a.png")
    expect(page.locator(".toast")).to_contain_text("Pictures from elsewhere are not taken in")
    page.locator(".note-send").click()
    expect(page.locator(".message[data-kind=note] a")).to_have_text("the chart")


def test_a_snippet_brings_no_empty_lines(page: Page, shop: Shop, agent: User) -> None:  # noqa: F811
    html = "<p>Good day.</p><p>We look into it.</p>"
    Snippet.objects.create(shortcut="goodday", body={"en": html}, title={"en": "Greeting"}, scope="all", owner=agent)
    open_ticket(page, agent, shop.tickets[0])
    page.keyboard.press("r")
    page.keyboard.type("/good")
    page.locator("[role=option]").first.click()
    editor = page.locator("[data-editor]")
    expect(editor).to_contain_text("We look into it.")
    page.keyboard.type(" Bye")
    lines = editor.locator("div").all_inner_texts()
    assert [line.strip() for line in lines] == ["Good day.", "", "We look into it. Bye"]


@pytest.mark.parametrize("width", [420, 1024, 1440])
def test_the_head_of_a_ticket_is_one_line_without_overlaps(
    new_page: Callable[..., Page],
    shop: Shop,  # noqa: F811
    agent: User,
    width: int,
) -> None:
    ticket = shop.tickets[0]
    agent.display_name = "Bartholomew Featherstonehaugh-Cholmondeley"
    agent.save()
    ticket.subject, ticket.status, ticket.priority, ticket.assignee = "Cups " * 40, "pending", 40, agent
    ticket.save(update_fields=["subject", "status", "priority", "assignee"])
    page = new_page(viewport={"width": width, "height": 800})
    open_ticket(page, agent, ticket)
    boxes = page.locator(".ticket-props > :not(.menu)").evaluate_all(
        "parts => parts.map(part => part.getBoundingClientRect()).map(({ left, right, top }) => [left, right, top])"
    )
    seen = [box for box in boxes if box[1] - box[0] > 0]
    assert len(seen) >= 5
    assert all(one[1] <= other[0] + 1 for one, other in pairwise(seen))
    assert seen[-1][1] <= width
    word = page.locator(".ticket-props .status").first
    assert word.evaluate("part => part.scrollWidth <= part.parentElement.clientWidth")
    expect(page.get_by_role("button", name="Resolve", exact=True)).to_be_visible()
    assert_accessible(page)

"""A day of a vendor's agent, who serves customers and never meets their data; and its end by the manager's word.

Everything that their browser receives is searched, not only what is to be seen.
"""

import re
from collections.abc import Callable

import pytest
from django.urls import reverse
from playwright.sync_api import Error, Page, Response, expect

from apps.accounts.models import Role, Team, User, Vendor
from apps.channels.models import Delivery
from apps.core.actor import person
from apps.core.sweeps import run_sweeps
from apps.livechat.models import ChatSession
from apps.metrics.models import OfferFact
from apps.outsourcing.enums import ContractState
from apps.outsourcing.models import Contract
from apps.outsourcing.services.contracts import activate_contract
from apps.privacy.models import RevealPolicy
from apps.routing.models import RoutingQueue
from apps.routing.services.states import set_state
from apps.tickets.models import IntakeRule, Queue, Ticket
from tests.channels.connectors.app.conftest import SECRET
from tests.factories.channels import ChannelFactory
from tests.factories.outsourcing import ContractFactory
from tests.factories.tickets import QueueFactory, grant, mail, receive
from tests.livechat.conftest import Chat
from tests.support.browser import assert_accessible, let_in
from tests.support.live import Live, wait_until

pytestmark = [pytest.mark.e2e, pytest.mark.long]
SOON = 60_000
NAME, PHONE, MAIL = "Nora Hale", "13912345678", "nora.hale@customers.example"
PERSONAL = (NAME, PHONE, MAIL, "139 1234 5678", "nora.hale")


@pytest.fixture
def queue(live: Live) -> Queue:
    User.objects.update(language="en")
    queue = QueueFactory(key="care", name={"en": "Care"})
    RoutingQueue.objects.create(queue=queue, is_automatic=True, offer_seconds=600)
    return queue


@pytest.fixture
def chat(queue: Queue) -> Chat:
    channel = ChannelFactory(key="chat", kind="chat", secrets={"secret": SECRET}, settings={"asks_name": "optional"})
    IntakeRule.objects.create(channel=channel, queue=queue)
    return Chat(channel)


@pytest.fixture
def contract(queue: Queue, chat: Chat, vendor: Vendor, vendor_team: Team, team: Team, manager: User) -> Contract:
    mails = ChannelFactory(key="support", kind="email", settings={"address": "support@harbour.example"})
    IntakeRule.objects.create(channel=mails, queue=queue)
    grant(team, queue)
    draft = ContractFactory(vendor=vendor, queues=[queue], channels=[chat.channel, mails])
    role = Role.objects.get(key="vendor_agent")
    role.permissions = [*role.permissions, "privacy.reveal"]
    role.save(update_fields=["permissions"])
    RevealPolicy.objects.create(role=role, approval_classes=["email"], seconds=5)
    return activate_contract(contract=draft, by=person(manager))


@pytest.fixture
def letter(contract: Contract) -> Ticket:
    """A mail that quotes its sender's signature, from somebody who then came to the chat as well."""
    channel = contract.channels.get(kind="email")
    text = f"My lamp flickers. Call me: {PHONE}.\n\n> {NAME} <{MAIL}> wrote: 139 1234 5678"
    receive(channel, mail(text, sender=MAIL, name=NAME, subject=f"Lamp of {NAME}"))
    return Ticket.objects.get()


def test_a_day_of_a_vendors_agent_until_the_contract_ends(
    live: Live,
    new_page: Callable[..., Page],
    chat: Chat,
    letter: Ticket,
    contract: Contract,
    outsourcing_agent: User,
    manager: User,
) -> None:
    run_sweeps("core.events")  # subscribers that are new begin with what happens from now on
    theirs = new_page()
    received = keep_what_comes(theirs)
    let_in(theirs, User.objects.get(pk=outsourcing_agent.pk))

    # The mail: found in the list, read, answered without its sender's address being seen.
    theirs.goto("/desk/views/unassigned/")
    theirs.locator(".ticket-row").first.click()
    expect(theirs.locator(".timeline")).to_contain_text("My lamp flickers.")
    expect(theirs.locator(".composer")).to_have_attribute("data-ready", "")
    theirs.keyboard.press("r")
    expect(theirs.locator("[data-editor]")).to_be_focused()
    theirs.keyboard.type("A new one is on its way.")
    theirs.keyboard.press("Control+Enter")
    expect(theirs.locator(".message[data-side=ours]")).to_contain_text("A new one is on its way.")
    assert Delivery.objects.get().channel.kind == "email"

    # The chat: offered, accepted, answered.
    chat.guest = chat.post("session", token="").json()["guest_token"]
    chat.write(f"I am {NAME}, call me at {PHONE}.", "a", name=NAME)
    wait_until(ChatSession.objects.filter(interaction__isnull=False).exists, seconds=60, what="the chat is on the desk")
    set_state(user=outsourcing_agent, state="available", by=person(outsourcing_agent))
    theirs.locator("[data-offer] [data-accept]").click(timeout=SOON)
    expect(theirs.locator(".message[data-side=theirs]")).to_contain_text("call me at", timeout=SOON)
    expect(theirs.locator(".composer")).to_have_attribute("data-ready", "")
    theirs.keyboard.press("r")
    theirs.keyboard.type("Good morning.")
    theirs.keyboard.press("Control+Enter")
    wait_until(lambda: "Good morning." in chat.log(), seconds=60, what="the visitor reads the answer")

    # Their own figures, and the vendor's for the manager.
    taken = OfferFact.objects.filter(user=outsourcing_agent, accepted_at__isnull=False)
    wait_until(lambda: taken.count() == 2, seconds=60, what="both are counted")
    theirs.goto("/desk/figures/")
    expect(theirs.get_by_role("row", name="Taken").get_by_role("cell").first).to_have_text("2")
    office = new_page()
    let_in(office, manager)
    office.goto(f"/desk/scorecards/{contract.number}/")
    expect(office.get_by_role("row", name=outsourcing_agent.display_name)).to_be_visible()
    assert_accessible(office)

    told = reveal_the_address(theirs, office, letter)
    end_contract(office, contract)
    expect(theirs).to_have_url(re.compile(r"/accounts/sign-in/"))
    expect(theirs.get_by_text("My lamp flickers.")).to_have_count(0)
    contract.refresh_from_db()
    assert contract.state == ContractState.ENDED
    assert len(received) > 10
    found = {(address, secret) for address, text in received for secret in PERSONAL if secret in text}
    assert {address for address, _secret in found} == {told}


def keep_what_comes(page: Page) -> list[tuple[str, str]]:
    """Every text that the browser receives, by its address: pages, fragments, JSON and the frames of sockets."""
    kept: list[tuple[str, str]] = []

    def keep(response: Response) -> None:
        kind = response.headers.get("content-type", "")
        if kind.startswith(("text/html", "application/json", "text/plain")):
            try:
                kept.append((response.url, response.text()))
            except Error:
                pass  # a page that was left took its answer with it: nobody saw it

    page.on("response", keep)
    page.on("websocket", lambda socket: socket.on("framereceived", lambda frame: kept.append((socket.url, str(frame)))))
    return kept


def reveal_the_address(theirs: Page, office: Page, letter: Ticket) -> str:
    """Asked for, approved by the manager who sees it at once, shown for five seconds; returns where it came from."""
    theirs.goto(f"/desk/tickets/{letter.number}/")
    office.goto("/desk/reveals/")
    eye = theirs.get_by_role("button", name=re.compile("Show as it is: E-mail", re.IGNORECASE))
    eye.click()
    dialog = theirs.locator("#dialog")
    dialog.get_by_label("Why").select_option("deliver")
    dialog.get_by_label("In your words").fill("The courier asks for it")
    assert_accessible(theirs)
    dialog.get_by_role("button", name="Ask for approval").click()
    expect(dialog).to_contain_text("Asked for approval")
    dialog.get_by_role("button", name="Close").last.click()
    expect(office.locator(".reveal-row")).to_contain_text("The courier asks for it", timeout=SOON)
    assert_accessible(office)
    office.get_by_role("button", name="Approve").click()
    expect(theirs.locator(".toast").first).to_contain_text("approved", timeout=SOON)
    eye.click()
    expect(dialog).to_contain_text("it can be shown once")
    with theirs.expect_response(lambda answer: answer.request.method == "POST" and "/reveals/" in answer.url) as sent:
        dialog.get_by_role("button", name="Show", exact=True).click()
    expect(dialog.locator("[data-revealed-value]")).to_have_text(MAIL)
    expect(theirs.locator(".watermark").first).to_be_visible()
    expect(dialog).to_be_hidden(timeout=SOON)
    expect(theirs.get_by_text(MAIL)).to_have_count(0)
    return sent.value.url


def end_contract(page: Page, contract: Contract) -> None:
    page.goto(reverse("admin:contract", args=[contract.pk]))
    expect(page.get_by_role("rowheader", name="Care")).to_be_visible()
    assert_accessible(page)
    page.get_by_role("link", name="End for good").click()
    expect(page.get_by_text("1 person of the vendor cannot sign in any more.")).to_be_visible()
    assert_accessible(page)
    form = page.locator("form[action$='/end/']")
    form.locator("input[name=reason]").fill("agreed with the vendor")
    form.get_by_role("button").click()

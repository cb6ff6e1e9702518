"""A visit from the kiosk to the ticket, as four screens see it."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from apps.accounts.models import Team, User
from apps.counter.models import Visit
from apps.counter.tokens import token_of
from apps.tickets.models import Ticket
from tests.factories.counter import BranchFactory, ServiceTypeFactory, WindowFactory
from tests.factories.tickets import IntakeRuleFactory, QueueFactory, grant
from tests.support.browser import assert_accessible, let_in
from tests.support.live import Live, wait_until

pytestmark = [pytest.mark.e2e, pytest.mark.long]


def test_a_visit_from_kiosk_to_ticket(
    live: Live, page: Page, new_page: Callable[..., Page], agent: User, team: Team
) -> None:
    queue = QueueFactory(key="hall")
    grant(team, queue)
    service = ServiceTypeFactory(key="repair", prefix="A", name={"en": "Repair", "zh-hans": "维修"}, queue=queue)
    branch = BranchFactory(key="lake", services=[service], teams=[team])
    IntakeRuleFactory(channel=branch.channel, queue=queue)
    WindowFactory(branch=branch, label="7")

    hall = new_page()
    hall.goto("/counter/display/lake/?lang=en")
    expect(hall.locator("#board")).to_contain_text("Nobody is being called.")
    assert_accessible(hall)

    kiosk = new_page()
    kiosk.goto(f"/counter/kiosk/{branch.kiosk_key}/?lang=en")
    assert_accessible(kiosk)
    # As if the line were down: the kiosk cannot tell why nobody answers.
    drawing = "**/counter/kiosk/**"
    kiosk.route(
        drawing, lambda route: route.fulfill(status=503) if route.request.method == "POST" else route.continue_()
    )
    kiosk.get_by_text("Elderly").click()
    kiosk.get_by_role("button", name="Repair").click()
    expect(kiosk.get_by_text("No connection at the moment")).to_be_visible()
    assert not Visit.objects.exists()
    kiosk.unroute(drawing)
    expect(kiosk.locator(".slip-number")).to_have_text("A001")
    visit = Visit.objects.get()
    assert visit.reason == "elderly"

    phone = new_page(viewport={"width": 390, "height": 800})
    phone.goto(f"/q/{token_of(visit)}/?lang=en")
    expect(phone.locator("#place")).to_contain_text("0 people before you")

    let_in(page, agent)
    page.goto("/desk/counter/")
    page.get_by_role("button", name="Sit down").click()
    expect(page.locator("#line")).to_contain_text("A001")
    page.wait_for_load_state()  # the keys come with the scripts, after what is to be seen
    page.keyboard.press("n")
    expect(page.get_by_text("called 1 time")).to_be_visible()
    expect(hall.locator("#board [data-calling]")).to_contain_text("A001")
    expect(phone.locator("[data-called]")).to_have_text("Please come to window 7.")

    page.get_by_label("Phone number or e-mail address").fill("13800138000")
    page.keyboard.press("Enter")
    expect(page.get_by_text("being served")).to_be_visible()
    page.get_by_label("What was it about").fill("Battery changed, e n x r are letters here.")
    assert_accessible(page)
    page.get_by_role("button", name="Finish").click()
    expect(page.get_by_text("Nobody is at your window.")).to_be_visible()

    wait_until(lambda: Ticket.objects.filter(status="resolved", assignee=agent).exists())
    expect(phone.locator("#place")).to_contain_text("Thank you for your visit.")
    assert "13800138000" not in hall.content() + phone.content() + kiosk.content()

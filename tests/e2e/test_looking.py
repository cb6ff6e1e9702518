"""A manager sees the desk as an agent does, finds that nothing can be changed, and ends it."""

import re

import pytest
from playwright.sync_api import Page, expect

from apps.accounts.models import Look, Team, User
from apps.routing.models import DeskConnection
from tests.factories.tickets import QueueFactory, TicketFactory, grant, say
from tests.support.browser import assert_accessible, let_in
from tests.support.live import Live, wait_until

pytestmark = pytest.mark.e2e


def test_a_manager_sees_the_desk_as_an_agent_does(
    live: Live, page: Page, manager: User, agent: User, team: Team
) -> None:
    queue = QueueFactory(key="care")
    grant(team, queue)
    say(ticket := TicketFactory(queue=queue, subject="Where is my parcel?"), "Where is my parcel?")
    let_in(page, manager)
    page.goto(f"{live.url}/admin/accounts/user/{agent.pk}/change/")
    page.get_by_role("link", name="See the desk as they do").click()
    page.get_by_label("Reason").fill("She says that her list is empty.")
    page.get_by_role("button", name="See the desk as they do").click()
    bar = page.locator("[data-look]")
    expect(bar).to_contain_text("Mary Manager sees the desk as Alice Agent")
    page.goto(f"{live.url}/desk/tickets/{ticket.number}/")
    expect(bar).to_contain_text("She says that her list is empty.")
    assert_accessible(page)
    assert not DeskConnection.objects.exists()
    bar.get_by_role("button", name="End").click()
    expect(page).to_have_url(re.compile("/desk/"))
    expect(bar).to_have_count(0)
    wait_until(lambda: Look.objects.get().ended_at is not None)

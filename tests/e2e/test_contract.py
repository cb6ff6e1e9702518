"""A manager ends a vendor's contract, and the vendor's open desk loses what it showed."""

import re

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from apps.accounts.models import Team, User, Vendor
from apps.core.actor import person
from apps.outsourcing.enums import ContractState
from apps.outsourcing.services.contracts import activate_contract
from apps.tickets.models import IntakeRule
from tests.factories.channels import ChannelFactory
from tests.factories.outsourcing import ContractFactory
from tests.factories.tickets import QueueFactory, TicketFactory, say
from tests.support.browser import assert_accessible, let_in
from tests.support.live import Live, wait_until

pytestmark = pytest.mark.e2e
SECRET = "The lamp of the nursery flickers."


def test_the_end_of_a_contract_empties_the_vendors_screen(
    live: Live, new_page, vendor: Vendor, vendor_team: Team, outsourcing_agent: User, manager: User
) -> None:
    User.objects.update(language="en")
    queue, channel = QueueFactory(key="care"), ChannelFactory(key="contact-form", kind="form")
    IntakeRule.objects.create(channel=channel, queue=queue)
    draft = ContractFactory(vendor=vendor, queues=[queue], channels=[channel])
    contract = activate_contract(contract=draft, by=person(manager))
    ticket = TicketFactory(queue=queue, channel=channel, subject="Lamp")
    say(ticket, SECRET)

    theirs = new_page()
    let_in(theirs, User.objects.get(pk=outsourcing_agent.pk))
    theirs.goto(f"/desk/tickets/{ticket.number}/")
    expect(theirs.get_by_text(SECRET).first).to_be_visible()
    expect(theirs.locator(".composer")).to_have_attribute("data-ready", "")
    wait_until(outsourcing_agent.desk_connections.exists, what="the desk has its socket")

    office = new_page()
    let_in(office, manager)
    office.goto(reverse("admin:contract", args=[contract.pk]))
    expect(office.get_by_role("rowheader", name=str(queue.name))).to_be_visible()
    assert_accessible(office)
    form = office.locator("form[action$='/end/']")
    form.locator("input[name=reason]").fill("agreed with the vendor")
    form.get_by_role("button").click()

    expect(theirs).to_have_url(re.compile(r"/accounts/sign-in/"))
    expect(theirs.get_by_text(SECRET)).to_have_count(0)
    contract.refresh_from_db()
    assert contract.state == ContractState.ENDED

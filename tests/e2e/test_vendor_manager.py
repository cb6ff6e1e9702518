"""A vendor's manager invites somebody, who chooses their password, and clears them for work."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from apps.accounts.models import Skill, Team, User, Vendor
from apps.core.actor import person
from apps.outsourcing.models import ContractSkill, OnboardingStep
from apps.outsourcing.selectors.clearance import standing_of
from apps.outsourcing.services.contracts import activate_contract
from tests.factories.accounts import UserFactory
from tests.factories.channels import ChannelFactory
from tests.factories.outsourcing import ContractFactory, day
from tests.factories.tickets import QueueFactory
from tests.support.browser import assert_accessible, let_in
from tests.support.live import Live, wait_until

pytestmark = pytest.mark.e2e
PASSWORD = "a brand new passphrase"


@pytest.fixture
def head(live: Live, vendor: Vendor, vendor_team: Team, manager: User) -> User:
    draft = ContractFactory(
        vendor=vendor, queues=[QueueFactory()], channels=[ChannelFactory()], most_people=5, vendor_certifies=True
    )
    contract = activate_contract(contract=draft, by=person(manager))
    skill = Skill.objects.create(key="refunds", name={"en": "Refunds", "zh-hans": "退款"})
    ContractSkill.objects.create(contract=contract, skill=skill, least_level=2)
    OnboardingStep.objects.create(contract=contract, name={"en": "Confidentiality agreement", "zh-hans": "保密协议"})
    return UserFactory(
        username="vera", display_name="Vera Vendor", role="vendor_manager", vendor=vendor, teams=[vendor_team]
    )


def test_somebody_is_invited_enters_and_is_cleared_for_work(
    head: User, vendor_team: Team, page: Page, new_page: Callable[..., Page]
) -> None:
    let_in(page, head)
    page.goto("/desk/our-agents/")
    assert_accessible(page)
    page.get_by_role("link", name="Invite somebody").click()
    page.get_by_label("Name", exact=True).fill("Nina New")
    page.get_by_label("Sign-in name").fill("nina")
    page.get_by_label(str(vendor_team)).check()
    page.get_by_role("button", name="Invite").click()
    link = page.get_by_label("Link", exact=True).input_value()
    page.get_by_role("button", name="Copy").click()
    # Browsers without a screen may not write to a clipboard; the link is then marked for Ctrl+C.
    expect(page.get_by_role("button", name=re.compile("Copied|Press Ctrl"))).to_be_visible()

    theirs = new_page()
    theirs.goto(link[link.index("/accounts/") :])
    assert_accessible(theirs)
    theirs.get_by_label("New password", exact=True).fill(PASSWORD)
    theirs.get_by_label("New password again").fill(PASSWORD)
    theirs.get_by_role("button", name="Set the password").click()
    expect(theirs.get_by_text("Your password is set.")).to_be_visible()
    assert User.objects.get(username="nina").check_password(PASSWORD)

    page.goto("/desk/our-agents/nina/profile/")
    expect(page.get_by_text("On-boarding is not finished")).to_be_visible()
    page.get_by_role("button", name="Done: Confidentiality agreement").click()
    page.get_by_label("Level of Refunds").select_option("3")
    page.get_by_label("Day until which Refunds is certified").fill(day(timedelta(days=10)).isoformat())
    page.get_by_role("button", name="Certify").click()
    wait_until(lambda: standing_of(User.objects.get(username="nina")).bar == "")
    expect(page.get_by_text("10 days left")).to_be_visible()
    assert_accessible(page)

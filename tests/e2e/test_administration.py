"""The administration and the API's documentation page in a real browser, each under its own content policy."""

import re
from collections.abc import Callable
from itertools import cycle, islice

import pytest
from playwright.sync_api import Page, expect

from apps.accounts.models import Role, Team, User
from apps.channels.models import Channel
from apps.tickets.models import IntakeRule, QueueGroupObjectPermission
from tests.factories.accounts import BrandFactory
from tests.factories.channels import ChannelFactory
from tests.factories.customers import CustomerFactory
from tests.factories.tickets import QueueFactory, TicketFactory
from tests.support.api import token_of
from tests.support.browser import assert_accessible, let_in
from tests.support.live import wait_until

pytestmark = pytest.mark.e2e


@pytest.fixture
def office(page: Page, manager: User) -> Page:
    let_in(page, manager)
    return page


def test_the_documentation_page_works_offline_under_the_strict_policy(office: Page, live) -> None:
    asked: list[str] = []
    office.on("request", lambda request: asked.append(request.url))

    office.goto("/api/v1/docs/")

    expect(office.get_by_role("heading", name=re.compile("Contact center API"))).to_be_visible()
    scroll_to(office, "#operations-tickets-tickets_list")
    expect(office.get_by_text("/api/v1/tickets/", exact=True).first).to_be_visible()
    office.locator("#operations-tickets-tickets_list button.opblock-summary-control").click()
    expect(office.locator("#operations-tickets-tickets_list .opblock-body")).to_be_visible()
    assert not [url for url in asked if not url.startswith((live.url, "data:", "blob:"))]


def test_the_documentation_page_tries_a_request(office: Page, manager: User) -> None:
    ticket = TicketFactory(subject="Screen broken")
    token = token_of(manager)
    office.goto("/api/v1/docs/")
    office.locator(".auth-wrapper .authorize").first.click()
    office.locator(".auth-container", has_text="bearer").locator("input").fill(token)
    office.locator(".auth-container", has_text="bearer").get_by_role("button", name="Apply credentials").click()
    office.locator(".close-modal").click()
    scroll_to(office, "#operations-tickets-tickets_retrieve")
    operation = office.locator("#operations-tickets-tickets_retrieve")
    operation.locator("button.opblock-summary-control").click()
    operation.locator(".try-out__btn").click()
    operation.locator("input[placeholder=number]").fill(str(ticket.number))
    operation.locator(".execute").click()

    expect(operation.locator(".live-responses-table")).to_contain_text("Screen broken")


def scroll_to(page: Page, selector: str) -> None:
    """Of a hundred operations the page draws those that come into sight."""
    found = page.locator(selector)

    def is_there() -> bool:
        page.mouse.wheel(0, 500)
        return found.count() > 0

    wait_until(is_there, seconds=60, what=f"{selector} is drawn")


@pytest.mark.long
def test_every_page_of_the_side_bar_opens_without_complaint(office: Page, manager: User) -> None:
    """Alpine runs, styles apply, and the browser refuses nothing: of each page in one language, of the first in both."""
    queue = QueueFactory()
    TicketFactory(
        queue=queue, channel=ChannelFactory(brand=BrandFactory()), customer=CustomerFactory(phone="+8613800138000")
    )
    in_turn = cycle(("zh-hans", "en"))
    for language in islice(in_turn, 2):
        speak(manager, language)
        office.goto("/admin/")
        expect(office.locator("html")).to_have_attribute("lang", language)
    links = office.locator("#nav-sidebar a[href^='/admin/'], #nav-sidebar-apps a[href^='/admin/']")
    addresses = sorted({link.get_attribute("href") or "" for link in links.all()} - {"/admin/"})
    assert len(addresses) >= 20

    for address in addresses:
        speak(manager, next(in_turn))
        answer = office.goto(address)
        assert answer is not None
        assert answer.ok, address


def speak(user: User, language: str) -> None:
    user.language = language
    user.save(update_fields=["language"])


def test_who_sees_what_by_mouse(office: Page, team: Team) -> None:
    queue = QueueFactory(key="night", name={"en": "Night", "zh-hans": "夜班"})
    office.goto("/admin/access/")

    office.locator(f"[name='queue:{team.pk}:{queue.pk}']").check()
    office.get_by_role("button", name="Save").click()

    expect(office.locator(f"[name='queue:{team.pk}:{queue.pk}']")).to_be_checked()
    wait_until(QueueGroupObjectPermission.objects.exists, what="the grant is kept")
    assert QueueGroupObjectPermission.objects.get().group == team.group
    assert_accessible(office, ignoring=("color-contrast",))


def test_a_channel_from_nothing_to_its_intake_rule(office: Page, new_page: Callable[..., Page]) -> None:
    BrandFactory(key="main", name={"en": "Main brand"})
    queue = QueueFactory(key="care", name={"en": "Care"})
    office.goto("/admin/contact_channels/channel/add/")
    office.locator("[name=kind]").select_option("form")
    office.locator("[name=key]").fill("shop")
    office.locator("[name=name_en]").fill("Shop form")
    choose(office, "brand", "Main")
    office.locator("[name=_save]").click()
    office.wait_for_url("**/change/")
    channel = Channel.objects.get(key="shop")
    expect(office.locator("[name^='connector-']").first).to_be_attached()

    office.goto("/admin/tickets/intakerule/add/")
    choose(office, "channel", "Shop")
    choose(office, "queue", "Care")
    office.locator("[name=_save]").click()
    office.wait_for_url("**/intakerule/")

    assert IntakeRule.objects.get(channel=channel).queue == queue


def choose(page: Page, field: str, text: str) -> None:
    """Types into an autocomplete and takes the first hit."""
    page.locator(f".field-{field} .select2-selection").first.click()
    page.locator(".select2-search__field").last.fill(text)
    page.locator(".select2-results__option", has_text=text).first.click()


def test_who_may_not_enter_is_told_so(page: Page, agent: User) -> None:
    assert "accounts.manage" not in Role.objects.get(key="agent").permissions
    let_in(page, agent)

    answer = page.goto("/admin/")

    assert answer is not None
    assert answer.status == 403

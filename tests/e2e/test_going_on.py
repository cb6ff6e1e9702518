"""A conversation goes on where the customer still can be reached: from WeChat, whose time is over, to a page by a link."""

import json
import re
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from apps.accounts.models import Team, User
from apps.channels.models import Channel
from apps.core.clock import now
from apps.customers.models import Customer
from apps.tickets.models import IntakeRule, Interaction, Message, Queue, Ticket
from tests.factories.channels import ChannelFactory
from tests.factories.customers import CustomerFactory, IdentityFactory
from tests.factories.tickets import InteractionFactory, QueueFactory, TicketFactory, grant, say
from tests.support.browser import let_in
from tests.support.live import Live, wait_until
from tests.support.platform_server import PlatformServer, platform_server

pytestmark = [pytest.mark.e2e, pytest.mark.long]

PHONE = "+8613800138000"
SOON = 75_000
LINK = re.compile(r"http://\S+/c/\?t=\S+")


@pytest.fixture
def phones() -> Iterator[PlatformServer]:
    """Aliyun, as far as it sends text messages."""
    with platform_server() as platform:
        platform.on("/", {"Code": "OK", "BizId": "900619746936498440^0"})
        yield platform


@pytest.fixture
def wechat(live: Live, team: Team, agent: User, phones: PlatformServer) -> Channel:
    User.objects.update(language="en")
    queue = QueueFactory(key="care", name={"en": "Care", "zh-hans": "客服"})
    grant(team, queue)
    channel = ChannelFactory(key="wechat", kind="wechat_oa", settings={"app_id": "wx1"}, name={"en": "WeChat"})
    ChannelFactory(
        key="texts",
        kind="sms_aliyun",
        name={"en": "Text messages"},
        settings={"api_base": phones.url, "access_key_id": "id", "sign_name": "Harbour", "template_code": "SMS_1"},
        secrets={"access_key_secret": "secret"},
    )
    page = ChannelFactory(
        key="page", kind="page", name={"en": "Secure page"}, settings={"carrier": "texts"}, default_language="en"
    )
    for each in (channel, page):
        IntakeRule.objects.create(channel=each, queue=queue)
    return channel


@pytest.fixture
def ticket(wechat: Channel) -> Ticket:
    """The customer wrote on WeChat three days ago: it takes no answer any more."""
    customer: Customer = CustomerFactory(name="Lin Xiaoyu")
    IdentityFactory(customer=customer, kind="phone", value=PHONE, verified_at=now())
    openid = IdentityFactory(customer=customer, kind="wechat_openid", scope="wx1", value="oLin", verified_at=now())
    row = TicketFactory(
        queue=Queue.objects.get(), channel=wechat, customer=customer, subject="Lost card", language="en"
    )
    written = now() - timedelta(days=3)
    talk: Interaction = InteractionFactory(ticket=row, channel=wechat, identity=openid, last_inbound_at=written)
    say(row, "Is my card there?", interaction=talk, channel=wechat, customer=customer, sender_name="Lin Xiaoyu")
    return row


def test_a_wechat_conversation_goes_on_by_a_link(
    live: Live, new_page: Callable[..., Page], agent: User, ticket: Ticket, phones: PlatformServer
) -> None:
    desk = new_page()
    let_in(desk, agent)
    desk.goto(f"/desk/tickets/{ticket.number}/")
    expect(desk.locator(".composer")).to_have_attribute("data-ready", "")
    desk.locator('[data-mode-tab="reply"]').click()
    chosen = desk.locator("#composer-channel")
    expect(chosen.locator("option:checked")).to_have_text("Secure page")
    expect(chosen.locator("option", has_text="WeChat")).to_contain_text("is over")
    desk.locator("[data-editor]").fill("Your card 6222 is ready.")
    desk.keyboard.press("Control+b")
    desk.keyboard.type(" Come by any time.")
    expect(desk.locator(".composer-preview")).to_contain_text("Formatting is lost")
    desk.locator(".composer [type=submit][data-send]").first.click()

    wait_until(lambda: phones.asked, seconds=60, what="the link is sent")
    text = json.loads(phones.asked[0].query["TemplateParam"])["content"]
    assert "6222" not in text
    assert "Lin" not in text
    found = LINK.search(text)
    assert found is not None

    phone = new_page(viewport={"width": 390, "height": 844})
    phone.goto(found[0])
    expect(phone.locator("body")).not_to_contain_text("6222")
    phone.get_by_label("Last four digits").fill("8000")
    phone.get_by_role("button", name="Show the conversation").click()
    expect(phone.locator(".conversation")).to_contain_text("Your card 6222 is ready.")
    expect(phone.locator(".conversation")).to_contain_text("Is my card there?")
    phone.get_by_label("Your answer").fill("Wonderful, I come tomorrow.")
    phone.get_by_role("button", name="Send").click()
    expect(phone.get_by_text("We have received your message")).to_be_visible()

    expect(desk.get_by_text("Wonderful, I come tomorrow.").first).to_be_visible(timeout=SOON)
    expect(desk.locator(".timeline")).to_contain_text("Is my card there?")
    assert Ticket.objects.count() == 1
    last = Message.objects.filter(ticket=ticket, kind="customer").order_by("-sequence").first()
    assert last is not None
    assert last.text == "Wonderful, I come tomorrow."

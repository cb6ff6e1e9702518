"""What the composer asks before it sends, and what it sends, by keyboard and on several channels."""

from datetime import timedelta

import pytest
from django.urls import reverse
from playwright.sync_api import Page, Request, expect

from apps.accounts.models import User
from apps.core.clock import now
from apps.tickets.enums import Breach
from apps.tickets.models import ContentRule, Message
from tests.e2e.test_desk import Shop, open_ticket, shop  # noqa: F401 (a fixture)
from tests.factories.channels import ChannelFactory
from tests.factories.customers import IdentityFactory
from tests.factories.tickets import InteractionFactory
from tests.support.live import wait_until

pytestmark = pytest.mark.e2e

STICKS_OUT = "part => part.scrollWidth > part.clientWidth"


def test_enter_in_a_line_sends_nothing_and_what_the_rule_asks_is_confirmed(
    page: Page,
    shop: Shop,  # noqa: F811
    agent: User,
) -> None:
    ContentRule.objects.create(channel=shop.channel, forbidden_words="guaranteed", words_breach=Breach.ASK)
    open_ticket(page, agent, shop.tickets[0])
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(reverse("workbench:conversation-new"))
    composer = page.locator(".composer[data-ready]")
    composer.locator("[data-editor]").fill("It is guaranteed.")
    sent: list[Request] = []
    address = reverse("workbench:conversation-new")
    page.on("request", lambda each: sent.append(each) if each.method == "POST" and each.url.endswith(address) else None)
    for name, words in (("to", "anna@example.com"), ("subject", "Your cups")):
        composer.locator(f"input[name={name}]").fill(words)
        page.keyboard.press("Enter")
    assert not composer.locator(".composer-recipients").evaluate(STICKS_OUT)
    page.wait_for_timeout(300)
    assert sent == []
    page.keyboard.press("Control+Enter")
    expect(composer.locator("[data-warning]")).to_contain_text("guaranteed")
    page.wait_for_timeout(300)
    composer.get_by_role("button", name="Send anyway").click()
    expect(page.locator(".message[data-side=ours]")).to_contain_text("It is guaranteed.")
    assert len(sent) == 2


def test_an_answer_on_a_channel_without_copies_offers_and_sends_none(
    page: Page,
    shop: Shop,  # noqa: F811
    agent: User,
) -> None:
    ticket = shop.tickets[0]
    wechat = ChannelFactory(key="wechat", kind="wechat_oa", settings={"app_id": "wx1"}, name={"en": "WeChat"})
    openid = IdentityFactory(
        customer=ticket.customer, kind="wechat_openid", scope="wx1", value="oMary", verified_at=now()
    )
    earlier = now() - timedelta(hours=1)
    InteractionFactory(ticket=ticket, channel=wechat, identity=openid, started_at=earlier, last_inbound_at=now())
    ContentRule.objects.create(channel=wechat, forbidden_words="guaranteed", words_breach=Breach.ASK)
    open_ticket(page, agent, ticket)
    page.set_viewport_size({"width": 1360, "height": 850})
    page.keyboard.press("r")
    page.keyboard.type("It is guaranteed.")
    composer = page.locator(".composer")
    assert not composer.locator(".composer-recipients").evaluate(STICKS_OUT)
    composer.get_by_role("button", name="CC, BCC").click()
    composer.get_by_label("CC", exact=True).fill("boss@example.com")
    page.keyboard.press("Enter")
    composer.locator("#composer-channel").select_option(label="WeChat")
    expect(composer.locator("[data-name=to]")).to_be_hidden()
    expect(composer.locator("[data-name=cc]")).to_be_hidden()
    with page.expect_request("**/replies/") as asked:
        composer.locator("[type=submit][data-send]").first.click()
    assert 'name="cc"' not in (asked.value.post_data or "")
    expect(composer.locator("[data-warning]")).to_contain_text("guaranteed")
    composer.get_by_role("button", name="Send anyway").click()
    wait_until(lambda: Message.objects.filter(ticket=ticket, channel=wechat).exists())

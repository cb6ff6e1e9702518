"""The three-minute channel: from a pasted sample to an answered message, by one manager's and one agent's hands."""

import hmac
import json
import os
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from apps.accounts.models import Team, User
from apps.channels.models import Channel, InboundEvent
from apps.tickets.models import Queue, Ticket
from tests.factories.channels import default_brand
from tests.factories.tickets import QueueFactory, grant
from tests.support.browser import assert_accessible, let_in
from tests.support.hand import HUMAN, KEY_MS, Hand
from tests.support.live import Live, wait_until

pytestmark = [pytest.mark.e2e, pytest.mark.long]

SOON = 75_000
SAMPLE: dict[str, Any] = {
    "event": "message",
    "data": {
        "msg_id": "A-1001",
        "user": {"id": "u-17", "nickname": "Ada Marlowe"},
        "content": "The blue cup is chipped.",
        "sent_at": "2026-03-01T10:00:00+08:00",
    },
}
ANSWER = "We send you a new one today."


@dataclass
class Shop:
    """The other system: it calls us with its signature, and is called with our answers."""

    url: str
    got: list[dict[str, Any]] = field(default_factory=list)

    def call(self, live: Live, secret: str, document: dict[str, Any]) -> int:
        body = json.dumps(document).encode()
        signature = hmac.digest(secret.encode(), body, "sha256").hex()
        request = urllib.request.Request(
            f"{live.url}/hooks/shop/",
            data=body,
            headers={"Content-Type": "application/json", "X-Signature": signature},
        )
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            with error:
                return error.code


@pytest.fixture
def shop() -> Iterator[Shop]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            shop.got.append(json.loads(body))
            answer = b'{"code": 0, "id": "their-%d"}' % len(shop.got)
            self.send_response(200)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *args: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        shop = Shop(f"http://127.0.0.1:{server.server_port}/reply")
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        yield shop
        server.shutdown()
        thread.join()


@pytest.fixture
def queue(live: Live, team: Team, agent: User) -> Queue:
    User.objects.update(language="en")
    default_brand()
    queue = QueueFactory(key="care", name={"en": "Care", "zh-hans": "客服"})
    grant(team, queue)
    return queue


def test_a_channel_is_built_from_a_sample_and_its_first_message_is_answered(
    page: Page, new_page: Callable[..., Page], live: Live, queue: Queue, manager: User, agent: User, shop: Shop
) -> None:
    desk = new_page()
    let_in(desk, agent)
    desk.goto("/desk/views/unassigned/")
    let_in(page, manager)
    page.goto("/admin/")
    hand = Hand(page)

    name_it(hand)
    secret = let_it_prove_itself(hand)
    say_where_things_stand(hand)
    say_how_answers_go_out(hand, shop)
    assert shop.call(live, "wrong", SAMPLE) == 403
    expect(page.locator("#webhook-last")).to_contain_text("is wrong", timeout=SOON)
    assert shop.call(live, secret, SAMPLE) == 200
    go_live(hand, queue)
    answer_it(Hand(desk))

    wait_until(lambda: len(shop.got) == 2, seconds=75, what="the answer reaches the other system")
    assert shop.got[-1] == {"to": "u-17", "text": ANSWER}
    note_time(hand.seconds)
    assert Ticket.objects.count() == InboundEvent.objects.count() == 1
    assert Channel.objects.get(key="shop").settings["map_text"] == "data.content"


def name_it(hand: Hand) -> None:
    page = hand.page
    hand.look()
    hand.click(page.locator("#nav-sidebar-apps, #nav-sidebar").get_by_role("link", name="Build a channel").first)
    hand.look()
    hand.type(page.locator("[name=name]"), "Shop")
    hand.type(page.locator("[name=key]"), "shop")
    assert_accessible(page, ignoring=("color-contrast",))
    hand.click(page.get_by_role("button", name="Next"))


def let_it_prove_itself(hand: Hand) -> str:
    page = hand.page
    page.wait_for_url("**/access/")
    hand.look()
    expect(page.locator("[name=token_name]")).to_be_hidden()
    hand.click(page.get_by_role("button", name="Make one"))
    expect(page.locator("[name=secret]")).not_to_have_value("")
    secret = page.locator("[name=secret]").input_value()
    hand.look(4.0)  # it is copied into the other system
    assert_accessible(page, ignoring=("color-contrast",))
    hand.click(page.get_by_role("button", name="Next"))
    return secret


def say_where_things_stand(hand: Hand) -> None:
    page = hand.page
    page.wait_for_url("**/message/")
    hand.look()
    hand.paste(page.locator("[name=sample]"), json.dumps(SAMPLE, indent=2))
    parsed = page.locator("#webhook-parsed")
    expect(parsed).to_contain_text("The blue cup is chipped.")
    expect(parsed).to_contain_text("This can be taken in.")
    expect(page.locator("[name=map_sender_id]")).to_have_value("data.user.id")
    hand.type(page.locator("[name=only]"), "event == 'order'")
    expect(parsed).to_contain_text("excludes this call")
    hand.type(page.locator("[name=only]"), "event == 'message'")
    expect(parsed).not_to_contain_text("excludes this call")
    hand.look(5.0)
    assert_accessible(page, ignoring=("color-contrast",))
    hand.click(page.get_by_role("button", name="Next"))


def say_how_answers_go_out(hand: Hand, shop: Shop) -> None:
    page = hand.page
    page.wait_for_url("**/answers/")
    hand.look()
    hand.paste(page.locator("[name=send_url]"), shop.url)
    hand.look(5.0)
    hand.click(page.get_by_role("button", name="Save and send a test"))
    expect(page.locator("#webhook-sent")).to_contain_text("Sent.")
    assert shop.got == [{"to": "test", "text": "A test from the contact center."}]
    assert_accessible(page, ignoring=("color-contrast",))
    hand.click(page.get_by_role("button", name="Next"))
    page.wait_for_url("**/live/")
    hand.look()


def go_live(hand: Hand, queue: Queue) -> None:
    page = hand.page
    expect(page.locator("#webhook-last")).to_contain_text("waits for the channel to go live", timeout=SOON)
    hand.choose(page.locator("[name=queue]"), str(queue.pk))
    assert_accessible(page, ignoring=("color-contrast",))
    hand.click(page.get_by_role("button", name="Go live"))
    expect(page.locator("#webhook-last")).to_contain_text("on a ticket", timeout=SOON)


def answer_it(hand: Hand) -> None:
    page = hand.page
    row = page.locator(".ticket-row", has_text="The blue cup is chipped.")
    expect(row).to_be_visible(timeout=SOON)
    hand.click(row)
    expect(page.locator(".message[data-side=theirs]")).to_contain_text("The blue cup is chipped.")
    hand.look()
    page.keyboard.press("r")
    expect(page.locator(".composer")).to_have_attribute("data-mode", "reply")
    page.keyboard.type(ANSWER, delay=KEY_MS if HUMAN else None)
    page.keyboard.press("Control+Enter")
    expect(page.locator(".message[data-side=ours]").last).to_contain_text(ANSWER)


def note_time(seconds: float) -> None:
    """For benchmarks/three_minutes.py, which runs this journey at the pace of people."""
    if target := os.environ.get("HUMAN_PACE_RESULT"):
        Path(target).write_text(f"{seconds:.0f}", encoding="utf-8")

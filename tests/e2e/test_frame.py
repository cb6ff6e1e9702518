"""The ground under every page: signing in, static files, the content policy, restarts."""

import json
import urllib.request
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from apps.accounts.models import User
from tests.factories.accounts import PASSWORD
from tests.support.browser import assert_accessible, let_in, sign_in
from tests.support.live import Live, wait_until

pytestmark = pytest.mark.e2e


@pytest.mark.parametrize("locale", ["en-US", "zh-CN"])
def test_the_sign_in_page_is_accessible_in_both_languages(new_page: Callable[..., Page], locale: str) -> None:
    page = new_page(locale=locale)
    page.goto("/accounts/sign-in/")
    expect(page.locator("html")).to_have_attribute("lang", "en" if locale == "en-US" else "zh-Hans")
    assert_accessible(page)


def test_signing_in_leads_to_the_desk(page: Page, agent: User) -> None:
    sign_in(page, agent.username, PASSWORD)
    # Known attack 13: no parameter of an address reaches what all objects have in common, on any level.
    page.goto("/desk/views/open/?__proto__[x]=1&b[__proto__][x]=1&constructor[prototype][x]=1#__proto__[x]=1")
    assert "/desk/" in page.url
    assert page.evaluate("[({}).x, [].x, (() => 0).x].every(found => found === undefined)")
    policy = page.evaluate("fetch('/desk/').then(answer => answer.headers.get('content-security-policy'))")
    assert "unsafe" not in policy


def test_a_wrong_password_stays_outside(page: Page, agent: User) -> None:
    page.goto("/accounts/sign-in/?next=/desk/")
    page.locator("input[name=username]").fill(agent.username)
    page.locator("input[name=password]").fill("wrong")
    page.locator("form:has(input[name=password]) [type=submit]").click()
    expect(page.locator("input[name=password]")).to_be_visible()
    page.goto("/desk/")
    assert "/sign-in/" in page.url


def test_a_restarted_web_process_takes_over_the_waiting_connections(live: Live) -> None:
    live.kill("web")
    live.start_web()
    # The listening socket stayed open, so this request waits in it instead of being refused.
    with urllib.request.urlopen(f"{live.url}/healthz", timeout=100) as answer:
        assert json.load(answer) == {"status": "ok"}


def test_a_killed_worker_starts_and_listens_again(live: Live) -> None:
    live.kill("worker")
    live.start_worker()
    wait_until(lambda: live.running["worker"].poll() is None, seconds=60)
    with urllib.request.urlopen(f"{live.url}/readyz", timeout=100) as answer:
        assert json.load(answer)["status"] == "ok"


def test_another_language_keeps_what_is_open(page: Page, agent: User) -> None:
    let_in(page, agent)
    page.goto("/desk/views/open/?sort=oldest")
    # As the desk does when a ticket opens: the page is the same, its address is not.
    page.evaluate("history.pushState(null, '', '/desk/views/unassigned/?sort=newest')")
    page.get_by_role("button", name="Your account").click()
    page.get_by_role("button", name="简体中文").click()
    expect(page.locator("html")).to_have_attribute("lang", "zh-Hans")
    assert page.url.endswith("/desk/views/unassigned/?sort=newest")

"""A real Chromium. What the page complains about fails the test, as do serious accessibility issues where asked."""

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect, sync_playwright

from apps.accounts.models import User
from tests.support import chromium
from tests.support.live import Live

ROOT = Path(__file__).resolve().parent.parent.parent
ARTIFACTS = ROOT / "var" / "test" / "artifacts"
CHROMIUM = chromium.found()
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
# Chromium reports an answer with an error status as a console error; tests of errors ask for just that.
EXPECTED = re.compile(r"Failed to load resource: the server responded with a status of")
# Two browsers and two servers share two cores here, and a page that missed a hint asks by itself after half a minute. A
# page that is right on the first look is not slower for it.
expect.set_options(timeout=45_000)
PATIENCE = pytest.mark.timeout(480)
"""For a whole test. A journey takes half a minute on a quiet machine, and three on a very busy one."""

_open = ExitStack()
_browser: Browser | None = None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.get_closest_marker("e2e"):
            item.add_marker(PATIENCE)


@pytest.fixture
def browser() -> Browser:
    """One Chromium for all tests that follow each other."""
    global _browser
    if CHROMIUM is None:
        pytest.skip(
            "there is no Chromium here (Debian: apt-get install chromium-headless-shell; or set CHROMIUM to its path)"
        )
    if _browser is None:
        # Playwright's synchronous interface runs a loop in this thread, which Django takes for asynchronous code.
        patch = _open.enter_context(pytest.MonkeyPatch.context())
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        playwright = _open.enter_context(sync_playwright())
        _browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        _open.callback(_browser.close)
    return _browser


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> None:
    """It closes after the last browser test in a row: its loop must not run under tests of asynchronous code."""
    global _browser
    if _browser is not None and (nextitem is None or "browser" not in getattr(nextitem, "fixturenames", ())):
        _browser = None
        _open.close()


@pytest.fixture
def complaints() -> list[str]:
    """What pages of this test said is wrong: uncaught errors, console errors, refusals of the content policy."""
    return []


@pytest.fixture
def new_page(
    browser: Browser, live: Live, complaints: list[str], request: pytest.FixtureRequest
) -> Iterator[Callable[..., Page]]:
    """Opens pages of separate people: each call is a browser profile of its own."""
    contexts: list[BrowserContext] = []

    def open_page(**options: Any) -> Page:
        options.setdefault("viewport", {"width": 1440, "height": 900})
        options.setdefault("locale", "en-US")
        options.setdefault("timezone_id", "Asia/Shanghai")
        context = browser.new_context(base_url=live.url, reduced_motion="reduce", **options)
        context.set_default_timeout(45_000)
        context.set_default_navigation_timeout(60_000)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(f"{page.url}: {error}"))
        page.on("console", lambda message: _note(complaints, message))
        return page

    yield open_page
    failed = getattr(request.node, "failed_in_call", False)
    for number, context in enumerate(contexts):
        if failed:
            _keep_pictures(context, f"{request.node.name}-{number}")
        context.close()
    if complaints and not failed:
        pytest.fail("The pages complained:\n" + "\n".join(complaints), pytrace=False)


@pytest.fixture
def page(new_page: Callable[..., Page]) -> Page:
    return new_page()


def _note(complaints: list[str], message: ConsoleMessage) -> None:
    """Without an address it comes from what a test put into the page: axe tries inline styles, which are refused."""
    address = message.location.get("url")
    if address and message.type == "error" and not EXPECTED.match(message.text):
        complaints.append(f"{address}: {message.text}")


def _keep_pictures(context: BrowserContext, name: str) -> None:
    ARTIFACTS.mkdir(parents=True, exist_ok=True)
    safe = re.sub(r"[^\w.-]+", "_", name)
    for page in context.pages:
        page.screenshot(path=ARTIFACTS / f"{safe}.png", full_page=True)
        (ARTIFACTS / f"{safe}.html").write_text(page.content(), encoding="utf-8")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    report = yield
    if report.when == "call":
        item.failed_in_call = report.failed
    return report


def let_in(page: Page, user: User) -> None:
    """Gives the browser a session of somebody who signed in before. Opens no page: go where the test begins."""
    client = Client()
    client.force_login(user)
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    page.context.add_cookies(
        [{"name": settings.SESSION_COOKIE_NAME, "value": session, "domain": "127.0.0.1", "path": "/", "httpOnly": True}]
    )


def sign_in(page: Page, username: str, password: str) -> None:
    """Signs in through the form, as people do: three pages, for tests that are about them."""
    page.goto("/accounts/sign-in/")
    page.locator("input[name=username]").fill(username)
    page.locator("input[name=password]").fill(password)
    page.locator("form:has(input[name=password]) [type=submit]").click()
    page.wait_for_url(lambda url: "/sign-in" not in url)


def assert_accessible(page: Page, *, ignoring: tuple[str, ...] = ()) -> None:
    """Fails for issues that axe calls serious or critical."""
    results = Axe().run(page)
    bad = [
        violation
        for violation in results.response["violations"]
        if violation["impact"] in {"serious", "critical"} and violation["id"] not in ignoring
    ]
    lines = [
        f"{violation['id']} ({violation['impact']}): {violation['help']}\n    "
        + "\n    ".join(node["html"][:200] for node in violation["nodes"][:5])
        for violation in bad
    ]
    assert not bad, f"{page.url}\n" + "\n".join(lines)

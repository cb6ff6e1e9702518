"""A security key in a real browser, with the virtual authenticator that Chromium has for tests."""

import pytest
from playwright.sync_api import Page, expect

from apps.accounts.models import SecurityKey, User
from tests.factories.accounts import PASSWORD
from tests.support.browser import assert_accessible
from tests.support.live import Live

pytestmark = pytest.mark.e2e
AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


def type_password(page: Page, site: str, user: User) -> None:
    page.goto(f"{site}/accounts/sign-in/?next=/accounts/security/")
    page.locator("input[name=username]").fill(user.username)
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("form[data-sign-in] [type=submit]").click()


def test_a_key_is_added_and_opens_the_next_sign_in(page: Page, live: Live, agent: User) -> None:
    site = live.url.replace("127.0.0.1", "localhost")  # browsers make no keys for plain addresses
    browser = page.context.new_cdp_session(page)
    browser.send("WebAuthn.enable")
    key = browser.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})["authenticatorId"]

    type_password(page, site, agent)
    page.get_by_role("link", name="Add a security key or passkey").click()
    assert_accessible(page)
    page.get_by_role("button", name="Add").click()
    page.get_by_role("link", name="I have kept them").click()
    page.wait_for_url("**/accounts/security/")
    assert_accessible(page)
    assert SecurityKey.objects.get().rp_id == "localhost"

    page.context.clear_cookies()
    type_password(page, site, agent)
    page.wait_for_url("**/second-factor/")
    assert_accessible(page)
    use = page.get_by_role("button", name="Use a security key or passkey")
    browser.send("WebAuthn.setUserVerified", {"authenticatorId": key, "isUserVerified": False})
    use.click()
    expect(page.get_by_role("alert").filter(has_text="Nothing was signed")).to_be_visible()
    browser.send("WebAuthn.setUserVerified", {"authenticatorId": key, "isUserVerified": True})
    use.click()
    page.wait_for_url("**/accounts/security/")
    assert SecurityKey.objects.get().last_used is not None

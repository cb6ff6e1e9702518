"""Pages of sites that the channel names may use it; pages of others may not; apps have no site."""

from __future__ import annotations

import pytest
from django.test import override_settings

from tests.channels.connectors.app.conftest import App, Configure

pytestmark = [pytest.mark.integration, pytest.mark.django_db]
SHOP = "https://shop.example.com"


def test_a_listed_site_may_read_the_answer(app: App, configure: Configure) -> None:
    configure(allowed_domains=[SHOP])

    asked = app.http.options(app.address("messages"), headers={"Origin": SHOP})
    assert (asked.status_code, asked["Access-Control-Allow-Origin"]) == (204, SHOP)
    assert "Authorization" in asked["Access-Control-Allow-Headers"]
    assert not asked.has_header("Access-Control-Allow-Credentials")
    answer = app.say("hello", token=app.token(), key="a") and app.get("messages", Origin=SHOP)
    assert (answer.status_code, answer["Access-Control-Allow-Origin"]) == (200, SHOP)
    refused = app.get("messages", "wrong", Origin=SHOP)
    assert (refused.status_code, refused["Access-Control-Allow-Origin"]) == (401, SHOP)
    assert "Origin" in answer["Vary"]


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example",
        "null",
        "https://shop.example.com.evil.example",
        "http://shop.example.com",
        SHOP + ":8443",
    ],
)
def test_any_other_site_is_refused(app: App, configure: Configure, origin: str) -> None:
    configure(allowed_domains=[SHOP])

    answer = app.post("messages", {"client_message_id": "a", "text": "x"}, Origin=origin)

    assert (answer.status_code, answer.json()["code"]) == (403, "channels.origin_refused")
    assert not answer.has_header("Access-Control-Allow-Origin")
    assert app.http.options(app.address("messages"), headers={"Origin": origin}).status_code == 403
    assert app.counts() == (0, 0, 0)


@override_settings(SITE_URL="https://desk.example.com")
def test_pages_of_ours_need_no_entry(app: App) -> None:
    assert app.get("session", Origin="https://desk.example.com").status_code == 200


@pytest.mark.parametrize("what", ["session", "messages", "receipts", "files"])
def test_a_channel_that_is_closed_or_of_another_kind_is_not_there(app: App, what: str) -> None:
    app.channel.is_active = False
    app.channel.save()
    assert app.get(what).status_code == 404
    app.channel.is_active, app.channel.kind = True, "form"
    app.channel.save()
    assert app.post(what).status_code == 404
    assert app.counts() == (0, 0, 0)

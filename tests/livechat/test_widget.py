"""The script and the frame that stand on other sites, and what reaches both sides while a chat goes on."""

from __future__ import annotations

import gzip
import re
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from apps.accounts.models import User
from apps.core.actor import person
from apps.livechat.models import ChatSession, Invitation
from apps.livechat.services import typing
from apps.livechat.views import protocol
from apps.tickets.models import Ticket
from apps.tickets.services.reading import mark_read
from tests.factories.channels import ChannelFactory
from tests.livechat.conftest import Chat
from tests.livechat.test_sessions import configure

pytestmark = [pytest.mark.integration, pytest.mark.django_db]
SHOP = "https://shop.example.com"
STATIC = Path(settings.BASE_DIR) / "static"


def frame(client: Client, language: str = "en", key: str = "chat") -> Any:
    return client.get(f"/chat/{key}/", headers={"Accept-Language": language})


def test_all_of_it_is_less_than_30_kb(chat: Chat, client: Client) -> None:
    parts = [client.get("/chat/chat.js").content, frame(client, "zh-hans").content]
    scripts = [path for path in (STATIC / "js/chat").glob("*.js") if path.name != "privacy.js"]  # comes when asked for
    parts += [path.read_bytes() for path in [*scripts, STATIC / "css/chat.css"]]

    assert len(parts) > 8
    assert sum(len(gzip.compress(part)) for part in parts) < 30 * 1024


def test_only_listed_sites_may_show_the_frame(chat: Chat, client: Client) -> None:
    assert "frame-ancestors 'self';" in frame(client)["Content-Security-Policy"] + ";"
    configure(chat, allowed_domains=[SHOP, "evil;example"])
    answer = frame(client)

    policy = answer["Content-Security-Policy"]
    assert f"frame-ancestors 'self' {SHOP};" in policy + ";"
    assert "unsafe" not in policy
    assert "X-Frame-Options" not in answer
    assert not answer.cookies
    body = re.sub(r'<script id="config" type="application/json">.*?</script>', "", answer.content.decode())
    assert not re.search(r"<style|style=|<script(?! type=\"module\" src=)", body)


def test_the_frame_speaks_the_visitors_language_and_tells_nothing_of_people(chat: Chat, client: Client) -> None:
    configure(chat, greeting={"zh-hans": "您好", "en": "Hello there"}, accent="red;", asks_email="required")
    Invitation.objects.create(channel=chat.channel, pages="/cart/*", seconds=5, text={"en": "Need help?"})
    Invitation.objects.create(channel=chat.channel, text={"en": "switched off"}, is_active=False)

    chinese, english = frame(client, "zh-CN").content.decode(), frame(client, "en").content.decode()

    assert 'lang="zh-Hans"' in chinese
    assert "您好" in chinese
    assert "Hello there" in english
    assert "/cart/*" in english
    assert "switched off" not in english
    assert "red;" not in english
    assert chat.channel.secrets["secret"] not in english


@pytest.mark.parametrize("address", ["/chat/form/", "/chat/form.js", "/chat/none/", "/chat/none.js"])
def test_of_other_channels_there_is_no_chat(chat: Chat, client: Client, address: str) -> None:
    ChannelFactory.create(key="form", kind="form")
    ChannelFactory.create(key="app", kind="app")

    assert client.get(address).status_code == 404
    assert client.post("/chat/v1/app/ending/", content_type="application/json", data="{}").status_code == 404


@pytest.mark.parametrize("what", ["typing", "ending"])
def test_commands_need_proof_and_a_listed_site(chat: Chat, what: str) -> None:
    chat.write("hello", "a")
    address = f"/chat/v1/chat/{what}/"
    signed = {"Authorization": f"Bearer {chat.guest}"}

    forged = chat.http.post(address, headers={"Authorization": "Bearer guest_wrong"})
    foreign = chat.http.post(address, headers={**signed, "Origin": "https://evil.example"})

    assert (forged.status_code, foreign.status_code) == (401, 403)
    assert ChatSession.objects.get().is_open
    assert chat.log() == ["hello"]


def test_commands_of_one_visitor_are_limited(chat: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "MINUTELY", 2)

    assert [chat.command("typing").status_code for _ in range(4)][-1] == 429
    assert chat.command("ending").status_code == 429
    assert chat.neighbour().command("typing").status_code == 200


def test_typing_is_told_both_ways_and_kept_nowhere(chat: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[tuple[str, int]] = []
    monkeypatch.setattr(typing.live, "hint", lambda kind, pk, version, groups: told.append((kind, pk)))
    chat.command("typing")
    chat.write("hello", "a")
    chat.arrive()
    ticket = Ticket.objects.get()
    told.clear()

    assert [chat.command("typing").status_code for _ in range(3)] == [200] * 3
    assert told == [("presence", ticket.pk)]
    assert typing.is_visitor_typing(ticket.pk)
    typing.agent_types(ticket.pk)
    assert told[1:] == [("typing", ChatSession.objects.get().conversation_id)]
    assert chat.log() == ["hello"]


def test_the_visitor_learns_how_far_somebody_has_read(chat: Chat, manager: User) -> None:
    chat.write("hello", "a")
    chat.write("are you there?", "b")
    chat.arrive()
    ticket = Ticket.objects.get()

    assert chat.get("messages", chat.guest).json()["seen"] == 0
    mark_read(ticket=ticket, by=person(manager), sequence=1)
    assert chat.get("messages", chat.guest).json()["seen"] == 1
    mark_read(ticket=ticket, by=person(manager))
    assert chat.get("messages", chat.guest).json()["seen"] == 2

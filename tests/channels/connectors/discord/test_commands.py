"""Commands come by a call: proved, answered at once in the author's language, and kept once."""

import json
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from apps.channels.connectors.discord.push import is_signed
from apps.channels.enums import InboundState
from apps.tickets.models import Message
from tests.channels.connectors.discord.conftest import CUSTOMER, Discord

pytestmark = [pytest.mark.integration, pytest.mark.django_db]

VECTORS: list[dict[str, Any]] = json.loads((Path(__file__).parent / "fixtures" / "vectors.json").read_text())
COMMAND = {
    "id": "1", "type": 2, "token": "t", "locale": "en-GB",
    "member": {"user": {"id": CUSTOMER, "username": "li"}},
    "data": {"name": "help", "options": [{"name": "text", "value": "refund"}, "strange"]},
}  # fmt: skip


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: str(vector["id"]))
def test_the_signature_covers_time_and_body(vector: dict[str, Any]) -> None:
    given, key, stamp, body = vector["expect"], vector["public_key"], vector["timestamp"], vector["body"].encode()

    assert is_signed(given, key, stamp, body)
    assert not is_signed(given, key, stamp, body + b" ")
    assert not is_signed(given, key, stamp + "1", body)
    assert not is_signed(given[:-2] + "00", key, stamp, body)
    assert not is_signed(given, "00" * 32, stamp, body)
    assert not is_signed(given, "", stamp, body)
    assert not is_signed("é", key, stamp, body)


def test_the_platforms_questions_are_answered(discord: Discord) -> None:
    ping, event = discord.command({"type": 1, "token": "t"}), discord.command({"type": 0, "application_id": "1"})

    assert (ping.status_code, ping.json()) == (200, {"type": 1})
    assert (event.status_code, event.content) == (204, b"")
    assert discord.reasons() == ["discord.interaction_0"]


@pytest.mark.parametrize(
    "headers",
    [{"X-Signature-Ed25519": ""}, {"X-Signature-Ed25519": "00" * 64}, {"X-Signature-Timestamp": "1"},
     {"X-Signature-Ed25519": "é"}],
    ids=["nothing", "zeros", "another time", "no hex"],
)  # fmt: skip
def test_a_call_without_proof_gets_401_and_leaves_nothing(discord: Discord, headers: dict[str, str]) -> None:
    with capture_logs() as logs:
        response = discord.command(COMMAND, **headers)

    assert response.status_code == 401
    assert [row["reason"] for row in logs if row["event"] == "hook.refused"] == ["signature_wrong"]
    assert not discord.stored()


def test_without_a_key_no_command_is_believed(discord: Discord) -> None:
    discord.channel.settings = {**discord.channel.settings, "public_key": ""}
    discord.channel.save()

    assert discord.command(COMMAND).status_code == 401
    assert not discord.stored()


def test_a_huge_body_is_not_read(discord: Discord) -> None:
    assert discord.command(b"x" * 1024 * 1025).status_code == 413


@pytest.mark.parametrize("locale", ["zh-CN", "en-GB"])
def test_a_command_is_a_message_of_its_author(discord: Discord, locale: str) -> None:
    for _ in range(2):
        response = discord.command({**COMMAND, "locale": locale})
    discord.take_in()

    data = response.json()["data"]
    assert (response.json()["type"], data["flags"]) == (4, 64)
    assert data["content"]
    got = Message.objects.get()
    assert (got.text, got.sender_name) == ("/help refund", "li")


def test_a_form_and_a_click(discord: Discord) -> None:
    rows = [{"components": [{"value": "line 1"}, {"value": ""}]}, {"components": [{"value": "line 2"}]}]
    discord.command({**COMMAND, "id": "2", "type": 5, "data": {"components": rows}})
    click = discord.command({**COMMAND, "id": "3", "type": 3})

    assert click.json() == {"type": 6}
    assert discord.reasons() == ["", "discord.interaction_3"]
    assert Message.objects.get().text == "line 1\nline 2"


@pytest.mark.parametrize("body", [b"[1]", b"", json.dumps({**COMMAND, "member": {}}).encode()])
def test_what_cannot_be_read_is_parked(discord: Discord, body: bytes) -> None:
    assert discord.command(body).status_code in (200, 204)
    assert discord.newest.state == InboundState.PARKED

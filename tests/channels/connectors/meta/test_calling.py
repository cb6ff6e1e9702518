"""What the three have in common: the handshake, the signature over escaped bytes, and what refusals mean."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from apps.channels import registry
from apps.channels.connectors.meta.graph import judge, result_of
from apps.channels.enums import FailureKind
from tests.channels.connectors.bots.side import Account
from tests.channels.connectors.meta.sides import SECRETS
from tests.support.platform_server import answer

pytestmark = [pytest.mark.integration, pytest.mark.django_db]

VECTORS: list[dict[str, str]] = json.loads((Path(__file__).parent / "vectors.json").read_text())
HANDSHAKE = {"hub.mode": "subscribe", "hub.verify_token": SECRETS["verify_token"], "hub.challenge": "1158201444"}


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: str(vector["id"]))
def test_signatures_open_the_door(messenger: Account, vector: dict[str, str]) -> None:
    messenger.channel.secrets = {**SECRETS, "app_secret": vector["secret"]}
    messenger.channel.save()
    body, headers = vector["body"].encode(), {"X-Hub-Signature-256": f"sha256={vector['signature']}"}

    assert messenger.post(body, headers).status_code == 200
    assert messenger.post(body + b" ", headers).status_code == 403
    assert messenger.post(body, {"X-Hub-Signature-256": vector["signature"]}).status_code == 403


def test_the_same_words_unescaped_are_not_what_was_signed(messenger: Account) -> None:
    messenger.channel.secrets = {**SECRETS, "app_secret": "test_app_secret"}
    messenger.channel.save()
    headers = {"X-Hub-Signature-256": f"sha256={VECTORS[1]['signature']}"}

    assert messenger.post('{"text":"你好"}'.encode(), headers).status_code == 403
    assert not messenger.stored()


def test_the_handshake_gets_its_word_back(direct: Account) -> None:
    response = direct.client.get(f"/hooks/{direct.channel.key}/", HANDSHAKE)

    assert (response.status_code, response.content) == (200, b"1158201444")
    assert response["Content-Type"].startswith("text/plain")
    assert not direct.stored()


@pytest.mark.parametrize(
    "fields", [{"hub.verify_token": "other"}, {"hub.verify_token": ""}, {"hub.mode": "unsubscribe"}]
)
def test_a_wrong_handshake_is_refused(whatsapp: Account, fields: dict[str, str]) -> None:
    query = {**HANDSHAKE, **fields, "hub.challenge": "<script>"}

    response = whatsapp.client.get("/hooks/whatsapp/", query)

    assert response.status_code == 403
    assert b"<script>" not in response.content


def test_without_a_verify_token_no_handshake_is_believed(whatsapp: Account) -> None:
    whatsapp.channel.secrets = {**SECRETS, "verify_token": ""}
    whatsapp.channel.save()

    assert whatsapp.client.get("/hooks/whatsapp/", {**HANDSHAKE, "hub.verify_token": ""}).status_code == 403


def test_a_call_without_entries_carries_nothing(messenger: Account) -> None:
    assert messenger.post(b'{"object":"page","entry":[]}').status_code == 200
    assert not messenger.stored()


def test_our_calls_are_proved_where_the_app_wants_it(whatsapp: Account) -> None:
    whatsapp.channel.settings = {**whatsapp.channel.settings, "proves_calls": True}
    whatsapp.channel.secrets = {**SECRETS, "app_secret": "test_app_secret", "access_token": "EAATESTTOKEN"}
    whatsapp.channel.save()
    whatsapp.server.on(whatsapp.side.send_path, whatsapp.side.ok)

    whatsapp.send()

    asked = whatsapp.server.asked[0]
    assert asked.query == {"appsecret_proof": VECTORS[2]["signature"]}
    assert asked.headers["authorization"] == "Bearer EAATESTTOKEN"


@pytest.mark.parametrize(
    ("code", "subcode", "failure"),
    [
        (190, 463, FailureKind.REAUTHENTICATE),
        (0, None, FailureKind.REAUTHENTICATE),
        (10, None, FailureKind.MISCONFIGURED),
        (10, 2018278, FailureKind.OUTSIDE_WINDOW),
        (10, "2534022", FailureKind.OUTSIDE_WINDOW),
        (10, 1893063, FailureKind.MISCONFIGURED),
        (10, 2534037, FailureKind.MISCONFIGURED),
        (100, None, FailureKind.REJECTED),
        (100, 2018001, FailureKind.RECIPIENT_GONE),
        (100, 2534014, FailureKind.RECIPIENT_GONE),
        (200, None, FailureKind.MISCONFIGURED),
        (299, None, FailureKind.MISCONFIGURED),
        (2, None, FailureKind.RETRY_LATER),
        (2, 2018344, FailureKind.MISCONFIGURED),
        (4, None, FailureKind.RETRY_LATER),
        (613, None, FailureKind.RETRY_LATER),
        (80007, None, FailureKind.RETRY_LATER),
        (368, None, FailureKind.MISCONFIGURED),
        (551, 1545041, FailureKind.RECIPIENT_GONE),
        ("130429", None, FailureKind.RETRY_LATER),
        (131026, None, FailureKind.RECIPIENT_GONE),
        (131031, None, FailureKind.MISCONFIGURED),
        (131047, None, FailureKind.OUTSIDE_WINDOW),
        (131049, None, FailureKind.REJECTED),
        (131050, None, FailureKind.RECIPIENT_GONE),
        (131056, None, FailureKind.RETRY_LATER),
        (132001, None, FailureKind.REJECTED),
        (133010, None, FailureKind.MISCONFIGURED),
        ("new", None, FailureKind.REJECTED),
        (1e300, None, FailureKind.REJECTED),
    ],
)
def test_what_each_error_means(code: Any, subcode: Any, failure: FailureKind) -> None:
    error = {"code": code, "error_subcode": subcode, "message": "as the platform says", "fbtrace_id": "A1"}

    result = result_of({"error": error})

    assert result.failure == failure
    assert "as the platform says" in result.detail
    assert (result.retry_after is not None) is (failure == FailureKind.RETRY_LATER)
    assert judge(error) == result


@pytest.mark.parametrize(
    ("document", "status", "is_ok", "words"),
    [
        ({"id": "1", "name": "Lindenhaus"}, 200, True, "accepts"),
        ({"error": {"code": 190, "message": "expired"}}, 401, False, "does not accept"),
        ({"error": {"code": 200, "message": "no permission"}}, 403, False, "refused"),
    ],
    ids=["ok", "190", "200"],
)
def test_check(direct: Account, document: dict[str, Any], status: int, is_ok: bool, words: str) -> None:
    direct.server.on(direct.side.check_path, answer(document, status))

    result = registry.get(direct.side.kind).check(direct.channel)

    assert result.is_ok is is_ok
    assert words in str(result.message)
    assert (result.details == ("Lindenhaus",)) is is_ok

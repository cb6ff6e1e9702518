"""A call of the platform: proved by its token, stored once; each claim that fails has its reason and no effect."""

import time
from typing import Any

import jwt
import pytest
from structlog.testing import capture_logs

from apps.channels.connectors.teams import signing_keys
from apps.channels.enums import InboundState
from tests.channels.connectors.teams.conftest import APP, OTHER_KEY, Teams, public
from tests.support.platform_server import HANG_UP, Scripted

pytestmark = [pytest.mark.integration, pytest.mark.django_db]


@pytest.mark.parametrize("algorithm", ["RS256", "RS384", "RS512"])
def test_a_message_is_stored_once_however_often_it_comes(teams: Teams, algorithm: str) -> None:
    for _ in range(3):
        response = teams.post(teams.activity(), authorization=f"Bearer {teams.token(algorithm=algorithm)}")
        assert (response.status_code, response.content) == (200, b"")

    assert [bytes(row.payload) for row in teams.stored()] == [teams.activity()]
    assert len(teams.server.at("/keys")) == 1


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"iss": "https://sts.windows.net/x/"}, "token_refused: InvalidIssuerError"),
        ({"iss": None}, "token_refused: MissingRequiredClaimError"),
        ({"aud": "another app"}, "token_refused: InvalidAudienceError"),
        ({"aud": None}, "token_refused: MissingRequiredClaimError"),
        ({"exp": 1700000000}, "token_refused: ExpiredSignatureError"),
        ({"exp": None}, "token_refused: MissingRequiredClaimError"),
        ({"nbf": 9999999999}, "token_refused: ImmatureSignatureError"),
        ({"serviceurl": "https://evil.example/"}, "service_address_wrong"),
        ({"serviceurl": None}, "service_address_wrong"),
        ({"key": OTHER_KEY}, "token_refused: InvalidSignatureError"),
        ({"key": OTHER_KEY, "key_id": "k2"}, "key_not_endorsed"),
        ({"key_id": "k3"}, "key_unknown"),
        ({"key": "secret-secret-secret-secret-secret-secret", "algorithm": "HS256"}, "token_refused: InvalidAlgorithmError"),
    ],
    ids=[
        "issuer", "no issuer", "audience", "no audience", "expired", "no end", "not yet", "another service",
        "no service", "another key", "not endorsed", "unknown key", "another algorithm",
    ],
)  # fmt: skip
def test_each_claim_that_fails_is_refused(teams: Teams, changes: dict[str, Any], reason: str) -> None:
    with capture_logs() as logs:
        response = teams.post(teams.activity(), authorization=f"Bearer {teams.token(**changes)}")

    assert response.status_code == 403
    assert [row["reason"] for row in logs if row["event"] == "hook.refused"] == [reason]
    assert not teams.stored()


@pytest.mark.parametrize(
    "authorization", ["", "Basic eDp5", "Bearer", "Bearer a.b.c", "Bearer " + "x" * 9000, "Bearer é"]
)
def test_what_is_no_token_is_refused(teams: Teams, authorization: str) -> None:
    assert teams.post(teams.activity(), authorization=authorization).status_code == 403
    assert not teams.stored()


def test_a_token_without_a_signature_is_refused(teams: Teams) -> None:
    token = jwt.encode({"iss": "https://api.botframework.com"}, None, algorithm="none", headers={"kid": "k1"})

    assert teams.post(teams.activity(), authorization=f"Bearer {token}").status_code == 403


@pytest.mark.parametrize(
    ("body", "reason"), [(b"[1]", "body_unreadable"), (b"{", "body_unreadable"), (b"{}", "another_channel")]
)
def test_a_body_that_cannot_be_compared_is_refused(teams: Teams, body: bytes, reason: str) -> None:
    with capture_logs() as logs:
        assert teams.post(body).status_code == 403
    assert [row["reason"] for row in logs if row["event"] == "hook.refused"] == [reason]
    assert not teams.stored()


def test_a_clock_that_is_a_little_off_does_no_harm(teams: Teams) -> None:
    late = teams.token(exp=int(time.time()) - 200, nbf=int(time.time()) - 900)
    early = teams.token(nbf=int(time.time()) + 200)

    answers = [teams.post(teams.activity(), authorization=f"Bearer {token}").status_code for token in (late, early)]
    assert answers == [200, 200]


def test_without_an_app_nobody_is_believed(teams: Teams) -> None:
    teams.channel.settings = {**teams.channel.settings, "app_id": ""}
    teams.channel.save()

    assert teams.push().status_code == 403
    assert not teams.stored()


def test_a_huge_body_is_not_read(teams: Teams) -> None:
    assert teams.post(b"x" * 1024 * 1025).status_code == 413
    assert not teams.server.asked


@pytest.mark.parametrize("reply", [HANG_UP, Scripted(200, b"<html>"), Scripted(200, b'{"keys": []}')])
def test_without_the_keys_the_platform_is_asked_to_come_again(teams: Teams, reply: Any) -> None:
    teams.server.on("/keys", reply, {"keys": []})

    assert teams.push().status_code == 503
    assert not teams.stored()


def test_a_new_key_is_asked_for_once_an_hour(teams: Teams, monkeypatch: pytest.MonkeyPatch) -> None:
    new = f"Bearer {teams.token(key=OTHER_KEY, key_id='k9')}"
    assert [teams.post(teams.activity(), authorization=new).status_code for _ in range(3)] == [403] * 3
    assert len(teams.server.at("/keys")) == 1

    teams.server.on("/keys", {"keys": [public(OTHER_KEY, "k9", "msteams")]})
    monkeypatch.setattr(signing_keys, "ASKED_AGAIN_SECONDS", -1)
    assert teams.post(teams.activity(), authorization=new).status_code == 200


def test_a_key_of_yesterday_is_good_while_the_platform_does_not_answer(
    teams: Teams, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert teams.push().status_code == 200
    teams.server.on("/keys", HANG_UP)
    monkeypatch.setattr(signing_keys, "KEPT_SECONDS", -1)
    monkeypatch.setattr(signing_keys, "ASKED_AGAIN_SECONDS", -1)

    assert teams.push(id="1701").status_code == 200
    new = f"Bearer {teams.token(key=OTHER_KEY, key_id='k9')}"
    assert teams.post(teams.activity(), authorization=new).status_code == 503
    assert len(teams.server.at("/keys")) == 3


def test_a_click_gets_a_body_at_once(teams: Teams) -> None:
    response = teams.push(type="invoke", name="adaptiveCard/action")

    assert (response.status_code, response.json()) == (200, {})
    assert teams.take_in()[0].error_code == "teams.event_invoke"


def test_one_conversation_keeps_its_order_and_edits_are_items_of_their_own(teams: Teams) -> None:
    teams.push()
    teams.push(id="1701")
    teams.push(type="messageUpdate", timestamp="2026-01-02T10:01:00Z")
    teams.push(type="messageUpdate", timestamp="2026-01-02T10:02:00Z")
    teams.push(type="messageUpdate", timestamp="2026-01-02T10:02:00Z")
    teams.push(id="1702", conversation={"id": "a:2"})

    keys = [bytes(row.order_key) for row in teams.stored()]
    assert [keys.index(key) for key in keys] == [0, 0, 0, 0, 4]


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"from": {}}, "no sender"),
        ({"from": "Li"}, "no sender"),
        ({"conversation": {}}, "no conversation"),
        ({"id": ""}, "no id"),
    ],
)
def test_what_cannot_be_read_is_parked_with_its_reason(teams: Teams, fields: dict[str, Any], reason: str) -> None:
    teams.push(**fields)

    row = teams.take_in()[0]
    assert (row.state, row.error_code) == (InboundState.PARKED, "channels.unreadable")
    assert reason in row.error


def test_a_proved_address_that_the_channel_may_not_call_is_parked(teams: Teams) -> None:
    evil = "https://evil.example/"
    teams.post(teams.activity(serviceUrl=evil), authorization=f"Bearer {teams.token(serviceurl=evil)}")

    row = teams.take_in()[0]
    assert row.state == InboundState.PARKED
    assert "may call" in row.error
    assert APP not in row.error

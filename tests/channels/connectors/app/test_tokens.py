"""Only what the company's backend signed, for this channel and for now, proves who somebody is."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256

from apps.channels import registry
from apps.channels.connectors.protocol import tokens
from apps.channels.models import ClientConversation
from tests.channels.connectors.app.conftest import OLD_SECRET, SECRET, App, Configure, encoded, signed

pytestmark = [pytest.mark.integration, pytest.mark.django_db]

JWT_1 = (
    "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxl"
    "LmNvbS9pc19yb290Ijp0cnVlfQ.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
)
"""RFC 7515, appendix A.1."""

JWT_1_KEY = base64.urlsafe_b64decode(
    "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow=="
)
APP_1 = (
    "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJpc3MiOiJpbmJveC0xIiwic3ViIjoidXNlci00MiIsImV4cCI6MTcwMDAwMzYwMH0"
    ".W0Sx1oHFW8Y_I9ARj1joY68NHtKLef7LbkXmB99d0cA"
)
"""Computed for this protocol with the secret "app_inbox_secret"."""


def why_refused(token: str, key: str | bytes) -> str:
    with pytest.raises(tokens.Refused) as refused:
        tokens.signed_claims(token, algorithm="HS256", keys=[key], issuer="joe", audience="app")
    return str(refused.value)


def test_the_published_signature_is_found_right_and_a_changed_one_wrong() -> None:
    assert why_refused(JWT_1, JWT_1_KEY) == "MissingRequiredClaimError"  # right, and without sub and aud
    changed = JWT_1[:-2] + ("A" if JWT_1[-2] != "A" else "B") + JWT_1[-1]
    assert why_refused(changed, JWT_1_KEY) == "InvalidSignatureError"
    assert why_refused(JWT_1, JWT_1_KEY[::-1]) == "InvalidSignatureError"


def test_our_own_vector_is_signed_as_written_and_its_secret_is_too_short() -> None:
    claims = {"iss": "inbox-1", "sub": "user-42", "exp": 1700003600}
    assert signed(claims, "app_inbox_secret") == APP_1
    assert why_refused(APP_1, "app_inbox_secret") == "InvalidKeyError"


def test_a_token_opens_its_users_session(app: App) -> None:
    told = app.get("session", app.token(name="李雷")).json()

    assert told["user"] == {"id": "user-42", "name": "李雷", "is_guest": False}
    assert told["conversation"] | {"id": ""} == {"id": "", "last_sequence": 0, "delivered": 0, "read": 0}
    assert told["limits"] == {"text": 4000, "attachments": 10, "file_bytes": 10 * 1024 * 1024}


def wrong_tokens(app: App) -> dict[str, str]:
    now, good = int(time.time()), app.claims()
    none = (encoded({"alg": "none", "typ": "JWT"}) + b"." + encoded(good) + b".").decode()
    head, body, signature = app.token().split(".")
    return {
        "nothing": "",
        "no token": "hello",
        "alg none": none,
        "alg None with a signature": signed(good, header={"alg": "None"}),
        "alg HS512 under the same secret": signed(good, header={"alg": "HS512"}),
        "alg is a list": signed(good, header={"alg": ["HS256"]}),
        "no alg": signed(good, header={"typ": "JWT"}),
        "header is no object": signed(good, header=["HS256"]),
        "critical header": signed(good, header={"alg": "HS256", "crit": ["x"], "x": 1}),
        "another secret": signed(good, "another secret that is long enough"),
        "an empty secret": signed(good, ""),
        "changed body": f"{head}.{encoded({**good, 'sub': 'boss'}).decode()}.{signature}",
        "cut signature": f"{head}.{body}.{signature[:-4]}",
        "no signature": f"{head}.{body}.",
        "expired": signed({**good, "exp": now - 120}),
        "far future": signed({**good, "exp": now + 4000}),
        "never expires": signed({**good, "exp": 10**18}),
        "exp is infinite": signed({**good, "exp": 1e400}),
        "exp is text": signed({**good, "exp": "soon"}),
        "exp is negative": signed({**good, "exp": -1}),
        "no exp": signed({name: value for name, value in good.items() if name != "exp"}),
        "not yet": signed({**good, "nbf": now + 300}),
        "issued tomorrow": signed({**good, "iat": now + 86400}),
        "another issuer": signed({**good, "iss": "evil"}),
        "another channel": signed({**good, "aud": "other"}),
        "no audience": signed({name: value for name, value in good.items() if name != "aud"}),
        "sub is a number": signed({**good, "sub": 42}),
        "sub is empty": signed({**good, "sub": ""}),
        "sub is a guest": signed({**good, "sub": "guest:abc"}),
        "sub with an invisible end": signed({**good, "sub": "user-42\u200b"}),
        "sub with a space": signed({**good, "sub": " user-42"}),
        "sub with NUL": signed({**good, "sub": "a\u0000b"}),
        "sub too long": signed({**good, "sub": "x" * 201}),
        "claims are a list": signed([1, 2]),
        "claims are deep": signed(b"[" * 3000),
        "header is deep": (encoded(b"[" * 3000) + b".e30.AAAA").decode(),
        "claims are no JSON": signed(b"{"),
        "huge": signed({**good, "name": "x" * 9000}),
        "guest's, invented": "guest_" + "x" * 43,
        "guest's, huge": "guest_" + "x" * 9000,
        "spaces": "a b c",
    }


@pytest.mark.parametrize("way", ["read", "write"])
def test_without_proof_the_answer_is_the_same_and_nothing_changes(app: App, way: str) -> None:
    app.say("hello")
    app.channel.settings = {"takes_guests": True}
    app.channel.save()
    before, answers = app.counts(), set()

    for name, token in wrong_tokens(app).items():
        answer = app.say("x", token=token) if way == "write" else app.get("messages", token)
        assert answer.status_code == 401, name
        assert answer["Content-Type"].startswith("application/problem+json")
        assert answer["WWW-Authenticate"] == "Bearer"
        answers.add(json.dumps({**answer.json(), "request_id": ""}))

    assert len(answers) == 1
    assert app.counts() == before


def test_every_door_asks_for_proof(app: App) -> None:
    name = app.upload(b"mine").json()["id"]
    wrong = signed(app.claims(), "another secret that is long enough")

    answers = [
        app.get("session", wrong),
        app.post("session", {}, wrong),
        app.post("receipts", {"read": 1}, wrong),
        app.upload(b"x", token=wrong),
        app.get(f"files/{name}", wrong),
    ]

    assert [answer.status_code for answer in answers] == [401] * 5
    assert app.counts() == (1, 0, 0)


def test_the_refusal_speaks_the_readers_language(app: App) -> None:
    english, default = app.get("session", "wrong"), app.http.get(app.address("session"))

    assert english.json()["detail"] == "Your sign-in is not accepted. Please sign in again."
    assert (english["Content-Language"], default["Content-Language"]) == ("en", "zh-hans")


def test_a_little_difference_of_clocks_does_not_matter(app: App) -> None:
    now = int(time.time())
    assert app.get("session", app.token(exp=now - 30)).status_code == 200
    assert app.get("session", app.token(iat=now + 30, exp=now + 3620)).status_code == 200


def test_two_secrets_live_while_they_are_exchanged(app: App, configure: Configure) -> None:
    app.channel.secrets = {"secret": SECRET, "previous_secret": OLD_SECRET}
    app.channel.save()
    old = signed(app.claims(), OLD_SECRET)
    assert app.get("session", old).status_code == 401
    configure(takes_previous_secret=True)
    assert app.get("session", old).status_code == 200
    assert app.get("session", app.token()).status_code == 200
    assert app.get("session", signed(app.claims(), "a third one that is long enough, too")).status_code == 401


def pem(key: Any) -> str:
    return (
        key.public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        .decode()
    )


def test_an_eddsa_key_pair(app: App, configure: Configure) -> None:
    key, old = ed25519.Ed25519PrivateKey.generate(), ed25519.Ed25519PrivateKey.generate()
    configure(algorithm="EdDSA", public_keys=pem(old) + "\n" + pem(key))
    head = encoded({"alg": "EdDSA"}) + b"." + encoded(app.claims())

    assert app.get("session", (head + b"." + encoded(key.sign(head))).decode()).status_code == 200
    assert app.get("session", (head + b"." + encoded(old.sign(head))).decode()).status_code == 200
    other = ed25519.Ed25519PrivateKey.generate()
    assert app.get("session", (head + b"." + encoded(other.sign(head))).decode()).status_code == 401
    assert app.get("session").status_code == 401  # HS256 under a secret that is still stored


def test_a_public_key_is_no_secret(app: App, configure: Configure) -> None:
    """Signed with HS256, with the public key, which everybody may know, as the secret."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    configure(algorithm="RS256", public_keys=pem(key))
    head = encoded({"alg": "RS256"}) + b"." + encoded(app.claims())
    genuine = (head + b"." + encoded(key.sign(head, padding.PKCS1v15(), SHA256()))).decode()
    assert app.get("session", genuine).status_code == 200

    confused = encoded({"alg": "HS256"}) + b"." + encoded(app.claims("victim"))
    for secret in (pem(key), pem(key).strip()):
        mac = hmac.new(secret.encode(), confused, hashlib.sha256).digest()
        assert app.get("session", (confused + b"." + encoded(mac)).decode()).status_code == 401
    assert ClientConversation.objects.count() == 1


@pytest.mark.parametrize(
    ("settings", "secrets", "is_ok"),
    [
        ({}, {"secret": SECRET}, True),
        ({}, {"secret": "short"}, False),
        ({}, {}, False),
        ({"takes_guests": True}, {}, True),
        ({"algorithm": "RS256"}, {"secret": SECRET}, False),
        ({"algorithm": "EdDSA", "public_keys": pem(ed25519.Ed25519PrivateKey.generate())}, {}, True),
        ({"algorithm": "EdDSA", "public_keys": pem(ec.generate_private_key(ec.SECP256R1()))}, {}, False),
    ],
    ids=["secret", "short", "none", "guests only", "no key", "key", "wrong key"],
)
def test_the_check_tells_whether_anybody_can_sign_in(
    app: App, settings: dict[str, Any], secrets: dict[str, str], is_ok: bool
) -> None:
    app.channel.settings, app.channel.secrets = settings, secrets

    result = registry.get("app").check(app.channel)

    assert result.is_ok is is_ok
    assert SECRET not in str(result.message)

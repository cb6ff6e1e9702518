"""Who is let in: published vectors, and every way of being wrong."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.utils.datastructures import CaseInsensitiveMapping

from apps.channels.connectors.webhook.access import Access, Call, judge
from apps.channels.connectors.webhook.connector import KIND
from apps.channels.connectors.webhook.forms import default_settings
from apps.channels.connectors.webhook.services import new_secret, proved_call
from apps.channels.connectors.webhook.signing import Scheme, Style, Verdict
from apps.channels.models import Channel

pytestmark = pytest.mark.unit
VECTORS = json.loads((Path(__file__).parent / "vectors.json").read_text(encoding="utf-8"))
AT = 1_700_000_000
BODY = b'{"hello":"world"}'


@pytest.fixture(autouse=True)
def _at() -> Iterator[None]:
    with time_machine.travel(datetime.fromtimestamp(AT, UTC), tick=False):
        yield


def channel(access: str, secret: str = "s3cr3t", former: str = "", **settings: Any) -> Channel:
    stored = default_settings() | {"access": access} | settings
    return Channel(kind=KIND, key="shop", settings=stored, secrets={"secret": secret, "former_secret": former})


def call(headers: dict[str, str] | None = None, body: bytes = BODY, ip: str = "203.0.113.7", **query: str) -> Call:
    return Call(body, CaseInsensitiveMapping(headers or {}), query, ip)


@pytest.mark.parametrize("vector", VECTORS["standard"], ids=lambda vector: vector["id"])
def test_standard_webhooks_by_its_vectors(vector: dict[str, Any]) -> None:
    body, secret, at = vector["body"].encode(), vector["secret"], vector["timestamp"]
    signed = Scheme(Style.STANDARD).sign(secret, body, message_id=vector["message_id"], at=at)
    assert signed["webhook-signature"] == vector["expect"]

    with time_machine.travel(datetime.fromtimestamp(at + 60, UTC), tick=False):
        shop = channel(Access.STANDARD, secret)
        assert judge(shop, call(signed, body)) is Verdict.GENUINE
        svix = {name.replace("webhook-", "svix-"): value for name, value in signed.items()}
        assert judge(shop, call(svix, body)) is Verdict.GENUINE
        several = signed | {"webhook-signature": f"v1a,AAAA v1,AAAA {vector['expect']}"}
        assert judge(shop, call(several, body)) is Verdict.GENUINE
        assert judge(shop, call(signed, body + b" ")) is Verdict.WRONG
        assert judge(shop, call(signed | {"webhook-id": "msg_other"}, body)) is Verdict.WRONG
    with time_machine.travel(datetime.fromtimestamp(at + 301, UTC), tick=False):
        assert judge(shop, call(signed, body)) is Verdict.STALE
    with time_machine.travel(datetime.fromtimestamp(at - 301, UTC), tick=False):
        assert judge(shop, call(signed, body)) is Verdict.STALE


@pytest.mark.parametrize("vector", VECTORS["hmac"], ids=lambda vector: vector["id"])
def test_plain_signatures_by_their_vectors(vector: dict[str, Any]) -> None:
    shop = channel(Access.HMAC, vector["key"], signature_encoding=vector["encoding"], signature_prefix=vector["prefix"])
    body = vector["body"].encode()

    assert judge(shop, call({"x-signature": vector["expect"]}, body)) is Verdict.GENUINE
    assert judge(shop, call({"x-signature": vector["expect"]}, body + b"!")) is Verdict.WRONG
    assert judge(shop, call({"x-signature": vector["expect"][:-1]}, body)) is Verdict.WRONG
    assert judge(shop, call({"x-signature": "é"}, body)) is Verdict.WRONG
    assert judge(shop, call({}, body)) is Verdict.MISSING


def test_hexadecimal_digits_may_be_upper_case_and_base64_may_not() -> None:
    hexadecimal, base64 = VECTORS["hmac"][2]["expect"].upper(), VECTORS["hmac"][3]["expect"].upper()

    assert judge(channel(Access.HMAC), call({"X-Signature": hexadecimal})) is Verdict.GENUINE
    assert judge(channel(Access.HMAC, signature_encoding="base64"), call({"X-Signature": base64})) is Verdict.WRONG


def test_a_time_and_several_signatures_in_one_header() -> None:
    signature = VECTORS["timestamped"]["expect"]
    shop = channel(Access.TIMESTAMPED)

    assert judge(shop, call({"X-Signature": f"t={AT},v1={signature}"})) is Verdict.GENUINE
    assert judge(shop, call({"X-Signature": f"t={AT},v1=00,v1={signature},v0=11"})) is Verdict.GENUINE
    assert judge(shop, call({"X-Signature": f"t={AT},v0={signature}"})) is Verdict.WRONG
    assert judge(shop, call({"X-Signature": f"t={AT + 1},v1={signature}"})) is Verdict.WRONG
    assert judge(shop, call({"X-Signature": f"v1={signature}"})) is Verdict.MISSING
    assert judge(shop, call({"X-Signature": f"t=x,v1={signature}"})) is Verdict.WRONG
    with time_machine.travel(datetime.fromtimestamp(AT + 301, UTC), tick=False):
        assert judge(shop, call({"X-Signature": f"t={AT},v1={signature}"})) is Verdict.STALE


def test_a_time_in_a_header_of_its_own_and_a_signed_text_of_ones_own() -> None:
    shop = channel(
        Access.TIMESTAMPED,
        timestamp_header="X-Time",
        signed_text="v0:{timestamp}:{body}",
        signature_prefix="v0=",
        tolerance=60,
    )
    genuine = proved_call(shop, BODY)

    assert genuine.headers["X-Time"] == str(AT)
    assert judge(shop, genuine) is Verdict.GENUINE
    assert judge(shop, call({"X-Signature": genuine.headers["X-Signature"]})) is Verdict.MISSING
    with time_machine.travel(datetime.fromtimestamp(AT + 61, UTC), tick=False):
        assert judge(shop, genuine) is Verdict.STALE


def test_a_body_that_looks_like_the_template_is_only_a_body() -> None:
    shop = channel(Access.TIMESTAMPED)
    body = b'{"text":"{body}{timestamp}"}'

    assert judge(shop, proved_call(shop, body)) is Verdict.GENUINE
    assert judge(shop, call(dict(proved_call(shop, body).headers), b'{"text":"{body}"}')) is Verdict.WRONG


def test_basic_by_its_vector() -> None:
    vector = VECTORS["basic"]
    shop = channel(Access.BASIC, vector["password"], basic_user=vector["user"])

    assert judge(shop, call({"Authorization": vector["expect"]})) is Verdict.GENUINE
    assert judge(shop, call({"Authorization": "basic " + vector["expect"][6:]})) is Verdict.GENUINE
    assert judge(shop, call({"Authorization": "Bearer x"})) is Verdict.MISSING
    assert judge(shop, call({"Authorization": "Basic ***"})) is Verdict.WRONG
    assert (
        judge(channel(Access.BASIC, "other", basic_user="Aladdin"), call({"Authorization": vector["expect"]}))
        is Verdict.WRONG
    )
    assert (
        judge(channel(Access.BASIC, "open sesame", basic_user="Ali"), call({"Authorization": vector["expect"]}))
        is Verdict.WRONG
    )


def test_tokens_in_a_header_or_in_the_address() -> None:
    shop = channel(Access.TOKEN)
    assert judge(shop, call({"x-token": "s3cr3t"})) is Verdict.GENUINE
    assert judge(shop, call({"X-Token": "Bearer s3cr3t"})) is Verdict.GENUINE
    assert judge(shop, call({"X-Token": "s3cr3"})) is Verdict.WRONG
    assert judge(shop, call({}, **{"X-Token": "s3cr3t"})) is Verdict.MISSING

    shop = channel(Access.TOKEN, token_place="query", token_name="token")
    assert judge(shop, call({}, token="s3cr3t")) is Verdict.GENUINE
    assert judge(shop, call({}, token="")) is Verdict.MISSING
    assert judge(shop, call({"token": "s3cr3t"})) is Verdict.MISSING


@pytest.mark.parametrize(
    ("ip", "verdict"),
    [
        ("203.0.113.7", Verdict.GENUINE),
        ("::ffff:203.0.113.7", Verdict.GENUINE),
        ("2001:db8::5", Verdict.GENUINE),
        ("203.0.114.7", Verdict.NETWORK),
        ("2001:db9::5", Verdict.NETWORK),
        ("", Verdict.NETWORK),
        ("unix:", Verdict.NETWORK),
    ],
)
def test_networks_alone_and_beside_a_secret(ip: str, verdict: Verdict) -> None:
    networks = ["203.0.113.0/24", "2001:db8::/32"]

    assert judge(channel(Access.NETWORK, "", networks=networks), call(ip=ip)) is verdict
    assert judge(channel(Access.TOKEN, networks=networks), call({"X-Token": "s3cr3t"}, ip=ip)) is verdict
    assert judge(channel(Access.NETWORK, "", networks=[]), call(ip=ip)) is Verdict.NETWORK


@pytest.mark.parametrize("access", [access for access in Access if access is not Access.NETWORK])
@pytest.mark.parametrize("secret", ["", "  "])
def test_without_a_secret_nothing_is_let_in(access: Access, secret: str) -> None:
    """Also not a call that is signed with the empty secret."""
    shop = channel(access, secret, basic_user="u", token_name="X-Token")
    forged = {"X-Token": secret, "Authorization": "Basic dTo="}
    for style in Style:
        if style is not Style.STANDARD:
            forged |= Scheme(style).sign(secret, BODY, message_id="m", at=AT)

    assert judge(shop, call(forged)) in {Verdict.NO_SECRET, Verdict.MISSING}
    assert judge(channel(Access.STANDARD, "whsec_"), call(forged)) is not Verdict.GENUINE


@pytest.mark.parametrize("access", [access for access in Access if access is not Access.NETWORK])
def test_two_secrets_live_while_they_are_changed(access: Access) -> None:
    old, new = new_secret(access), new_secret(access)
    signed_with_old = proved_call(channel(access, old, basic_user="u"), BODY)
    signed_with_new = proved_call(channel(access, new, basic_user="u"), BODY)

    changing = channel(access, new, former=old, basic_user="u")
    assert judge(changing, signed_with_old) is Verdict.GENUINE
    assert judge(changing, signed_with_new) is Verdict.GENUINE
    assert judge(channel(access, new, basic_user="u"), signed_with_old) is Verdict.WRONG

"""Signatures by the vectors that the platforms publish; where each comes from stands beside it in the fixture."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from apps.channels.connectors.sms_aliyun import signing as acs3
from apps.channels.connectors.sms_tencent import signing as tc3
from apps.channels.connectors.sms_twilio import signing as twilio

pytestmark = pytest.mark.unit

VECTORS: dict[str, Any] = json.loads((Path(__file__).parent / "fixtures" / "vectors.json").read_text(encoding="utf-8"))
Vector = dict[str, Any]


@pytest.mark.parametrize("vector", VECTORS["acs3"], ids=lambda vector: vector["source"])
def test_aliyuns_v3_signature(vector: Vector) -> None:
    canonical = acs3.canonical_request(vector["method"], vector["path"], vector["query"], vector["headers"])

    assert hashlib.sha256(canonical.encode()).hexdigest() == vector["canonical_sha256"]
    assert acs3.signature(canonical, vector["secret"]) == vector["expect"]
    proof = acs3.authorization("id", vector["secret"], vector["method"], vector["query"], vector["headers"])
    assert proof.endswith(f",Signature={vector['expect']}")


@pytest.mark.parametrize("vector", VECTORS["tc3"], ids=lambda vector: vector["source"])
def test_tencents_v3_signature(vector: Vector) -> None:
    body = vector["body"].encode()
    canonical = tc3.canonical_request(vector["headers"], body)
    how = {"timestamp": vector["timestamp"], "service": vector["service"]}

    assert hashlib.sha256(canonical.encode()).hexdigest() == vector["canonical_sha256"]
    assert tc3.signature(canonical, secret=vector["secret"], **how) == vector["expect"]
    proof = tc3.authorization("id", vector["secret"], headers=vector["headers"], payload=body, **how)
    assert "Credential=id/2019-02-25/cvm/tc3_request," in proof
    assert proof.endswith(f" Signature={vector['expect']}")


@pytest.mark.parametrize("vector", VECTORS["twilio"], ids=lambda vector: vector["url"] + vector["source"][-20:])
def test_twilios_signature(vector: Vector) -> None:
    token, url, fields, given = vector["token"], vector["url"], vector["fields"], vector["expect"]

    assert twilio.signature(token, url, fields) == given
    assert twilio.is_genuine(given, [token], url, fields)
    assert twilio.is_genuine(given, ["old", token], url, fields)
    assert not twilio.is_genuine(given, ["54321"], url, fields)
    assert not twilio.is_genuine(given, [""], url, fields)
    assert not twilio.is_genuine(given, [], url, fields)
    assert not twilio.is_genuine("", [token], url, fields)
    assert not twilio.is_genuine(given.swapcase(), [token], url, fields)
    assert not twilio.is_genuine(given, [token], f"{url}&more=1", fields)
    assert not twilio.is_genuine(given, [token], url, {**fields, "From": ["+1"]})


def test_twilios_address_counts_with_and_without_its_own_port() -> None:
    plain, with_port = VECTORS["twilio"][0], VECTORS["twilio"][1]

    assert twilio.is_genuine(with_port["expect"], ["12345"], plain["url"], plain["fields"])
    assert twilio.is_genuine(plain["expect"], ["12345"], with_port["url"], plain["fields"])

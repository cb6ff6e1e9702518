"""A partner's call at the door, in the inbox, and as a ticket."""

from __future__ import annotations

import base64
import json
import time
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from apps.channels import media, platform_http
from apps.channels.connectors.partner.signing import sign
from apps.channels.contract import InboundFile
from apps.channels.enums import InboundState
from apps.channels.models import InboundEvent
from apps.core.models import IdempotentAnswer
from apps.core.storage import open_file
from apps.customers.models import Customer
from apps.tickets.models import Attachment, Message, Ticket
from tests.channels.conftest import in_parallel
from tests.channels.connectors.partner.conftest import CASE, Partner, take_in

pytestmark = pytest.mark.integration
VECTORS = json.loads((Path(__file__).parent / "vectors.json").read_text())


@pytest.mark.parametrize("vector", VECTORS)
def test_the_signature_of_the_protocol(vector: dict[str, str]) -> None:
    found = sign(
        vector["secret"],
        method=vector["method"],
        target=vector["target"],
        stamp=vector["timestamp"],
        nonce=vector["nonce"],
        body=vector["body"].encode(),
    )
    assert found == vector["signature"]


def test_a_case_becomes_a_ticket(partner: Partner) -> None:
    answer = partner.call({**CASE, "text": "自昨天起", "sla_due": "2026-01-03T10:00:00+08:00"})

    assert answer.status_code == 201
    assert answer.json()["external_ref"] == "P-77"
    assert len(answer.json()["case_id"]) == 20
    take_in()
    ticket, message = Ticket.objects.get(), Message.objects.get()
    assert (ticket.subject, ticket.channel) == ("空调不制冷", partner.channel)
    assert (message.sender_name, message.text.splitlines()[0]) == ("李", "自昨天起")
    assert "2026" in message.text.splitlines()[1]
    handles = {(row.kind, row.scope, row.value) for row in Customer.objects.get().identities.all()}
    assert handles == {("partner_case", "acme", "P-77"), ("phone", "", "+8613800000000")}


def test_the_same_again_is_answered_alike_and_kept_once(partner: Partner) -> None:
    answers = [partner.call(key="k-1") for _ in range(3)]

    assert [answer.status_code for answer in answers] == [201, 200, 200]
    assert len({answer.content for answer in answers}) == 1
    assert InboundEvent.objects.count() == 1


def test_another_body_under_the_same_key_is_refused(partner: Partner) -> None:
    partner.call(key="k-1")

    answer = partner.call({**CASE, "summary": "other"}, key="k-1")

    assert (answer.status_code, answer.json()["code"]) == (409, "channels.key_reused")
    assert json.loads(bytes(InboundEvent.objects.get().payload)) == CASE


@pytest.mark.django_db(transaction=True)
def test_the_same_call_many_times_at_once_is_one_case(partner: Partner) -> None:
    answers = in_parallel(6, lambda number: partner.call(key="k-1", nonce=f"p-{number}").status_code)

    assert sorted(answers) == [200] * 5 + [201]
    assert InboundEvent.objects.count() == 1


def test_more_about_a_case_goes_to_its_ticket(partner: Partner) -> None:
    first = partner.call()
    second = partner.call({"external_ref": "P-77", "text": "Still warm."})
    partner.call({"external_ref": "P-78", "text": "Another one."})
    take_in()

    assert second.json() == first.json()
    counts = {ticket.subject: ticket.message_count for ticket in Ticket.objects.all()}
    assert counts == {"空调不制冷": 2, "Another one.": 1}


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"X_Signature": "0" * 64}, "channels.input_refused"),
        ({"X_Signature": ""}, "channels.input_refused"),
        ({"X_Partner_Id": "other"}, "channels.input_refused"),
        ({"X_Partner_Id": "ácmé"}, "channels.input_refused"),
        ({"signed_target": "/hooks/other/"}, "channels.input_refused"),
        ({"target": "/hooks/acme/?a=1", "signed_target": "/hooks/acme/"}, "channels.input_refused"),
        ({"nonce": ""}, "channels.input_refused"),
        ({"nonce": "n" * 201}, "channels.input_refused"),
        ({"X_Nonce": "another"}, "channels.input_refused"),
        ({"X_Timestamp": "1"}, "channels.input_refused"),
        ({"stamp": "1"}, "channels.call_stale"),
        ({"stamp": str(int(time.time()) + 86_400)}, "channels.call_stale"),
        ({"stamp": "soon"}, "channels.call_stale"),
        ({"stamp": "9" * 30}, "channels.call_stale"),
    ],
)
def test_a_call_without_proof_is_refused_and_nothing_is_kept(
    partner: Partner, changes: dict[str, str], code: str
) -> None:
    answer = partner.call(**changes)

    assert (answer.status_code, answer.json()["code"]) == (403, code)
    assert answer["Content-Type"] == "application/problem+json"
    assert not InboundEvent.objects.exists()
    assert not IdempotentAnswer.objects.exists()


def test_the_query_is_under_the_signature(partner: Partner) -> None:
    assert partner.call(target="/hooks/acme/?a=1&b=%20").status_code == 201


def test_a_nonce_counts_once(partner: Partner) -> None:
    assert partner.call(nonce="n-x").status_code == 201

    answer = partner.call({**CASE, "summary": "again"}, nonce="n-x")

    assert (answer.status_code, answer.json()["code"]) == (403, "channels.call_repeated")
    assert InboundEvent.objects.count() == 1


def test_without_a_secret_nobody_comes_in(partner: Partner) -> None:
    partner.channel.secrets = {}
    partner.channel.save()
    assert partner.call().status_code == 403
    assert not InboundEvent.objects.exists()


def test_other_methods_and_giants_are_refused(partner: Partner) -> None:
    assert Client().get("/hooks/acme/").status_code == 403
    assert partner.call(body=b"x" * (4 * 1024 * 1024 + 1)).status_code == 413
    assert not InboundEvent.objects.exists()


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"external_ref": ""}, "external_ref"),
        ({"external_ref": None}, "external_ref"),
        ({"external_ref": {"a": 1}}, "external_ref"),
        ({"external_ref": "x" * 251}, "external_ref"),
        ({"external_ref": "a\u0000b"}, "external_ref"),
        ({"external_ref": "a\nb"}, "external_ref"),
        ({"external_ref": "\ud800"}, "external_ref"),
        ({"customer": []}, "customer"),
        ({"customer": {"phone": "call me"}}, "customer.phone"),
        ({"customer": {"email": "nobody"}}, "customer.email"),
        ({"customer": {"password": "x"}}, "customer.password"),
        ({"summary": "x" * 501}, "summary"),
        ({"text": ["x"]}, "text"),
        ({"text": "x" * 20_001}, "text"),
        ({"summary": " ", "text": "\n"}, "text"),
        ({"sla_due": "tomorrow"}, "sla_due"),
        ({"attachments": {}}, "attachments"),
        ({"attachments": ["x"]}, "attachments.0"),
        ({"attachments": [{}]}, "attachments.0"),
        ({"attachments": [{"url": "ftp://x.example/a"}]}, "attachments.0.url"),
        ({"attachments": [{"url": "javascript:alert(1)"}]}, "attachments.0.url"),
        ({"attachments": [{"content": "%%%"}]}, "attachments.0.content"),
        ({"attachments": [{"content": "YQ==", "url": "https://x.example/a"}]}, "attachments.0"),
        ({"attachments": [{"content": "YQ=="}] * 21}, "attachments"),
        ({"surprise": 1}, "surprise"),
    ],
)
def test_a_wrong_field_is_named_and_nothing_is_kept(partner: Partner, changes: dict[str, Any], field: str) -> None:
    answer = partner.call({**CASE, **changes})

    assert answer.status_code == 422
    assert {error["field"] for error in answer.json()["errors"]} == {field}
    assert not InboundEvent.objects.exists()


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b"\xff\xfe", b"[" * 100_000, b'{"external_ref": NaN}'])
def test_what_is_no_object_is_refused(partner: Partner, body: bytes) -> None:
    assert partner.call(body=body).status_code == 422
    assert not InboundEvent.objects.exists()


@pytest.mark.parametrize("key", [" ", "k" * 256, "é"])
def test_each_call_needs_a_key(partner: Partner, key: str) -> None:
    answer = partner.call(Idempotency_Key=key)

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "Idempotency-Key"
    assert not InboundEvent.objects.exists()


def test_files_come_along_and_what_never_comes_stays_a_link(partner: Partner, monkeypatch: pytest.MonkeyPatch) -> None:
    def fetched(link: str, **options: Any) -> InboundFile:
        if link.endswith("gone"):
            raise media.MediaGone
        return InboundFile(name="far.txt", content_type="text/plain", content=b"far")

    monkeypatch.setattr(media, "download_link", fetched)
    near = {"name": "near.txt", "content": base64.b64encode(b"near").decode()}
    partner.call({**CASE, "attachments": [near, {"url": "https://x.example/a"}, {"url": "https://x.example/gone"}]})
    take_in()

    assert {row.file.name: open_file(row.file) for row in Attachment.objects.all()} == {
        "near.txt": b"near",
        "far.txt": b"far",
    }
    assert "https://x.example/gone" in Message.objects.get().text


def test_links_to_private_addresses_are_not_fetched(partner: Partner, settings: Any) -> None:
    settings.HTTP_ALLOW_PRIVATE = []
    platform_http.forget()
    partner.call({**CASE, "attachments": [{"url": f"{partner.server.url}/secret"}]})
    take_in()

    assert partner.server.asked == []
    assert InboundEvent.objects.get().state == InboundState.DONE
    assert not Attachment.objects.exists()


def test_one_person_behind_several_cases_only_where_the_partner_is_trusted(partner: Partner) -> None:
    partner.call()
    partner.call({**CASE, "external_ref": "P-78"})
    take_in()
    assert Customer.objects.count() == 2

    partner.channel.settings["trusts_identities"] = True
    partner.channel.save()
    person = {"phone": "+8613900000000"}
    partner.call({"external_ref": "P-80", "customer": person, "text": "one"})
    partner.call({"external_ref": "P-81", "customer": person, "text": "two"})
    take_in()
    assert Customer.objects.count() == 3
    assert Ticket.objects.count() == 4

"""WhatsApp: people under changing ids, every kind of message, reports, and answers by number or by id."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from apps.channels.enums import DeliveryState, FailureKind, InboundState
from apps.tickets.models import Message, Ticket
from tests.channels.connectors.bots.side import Account, files, stored
from tests.channels.connectors.meta.sides import PHONE_ID, WA_CUSTOMER, wa_call, wa_message, wa_status
from tests.channels.test_media import PNG
from tests.support.platform_server import Scripted, answer

pytestmark = [pytest.mark.integration, pytest.mark.django_db]

BSUID = {"from": WA_CUSTOMER, "from_user_id": "CN.1349"}


def handles(message: Message) -> set[tuple[str, str]]:
    return {(row.kind, row.value) for row in message.customer.identities.all()}  # type: ignore[union-attr]


def test_the_sample_of_the_documents(whatsapp: Account) -> None:
    sample = (
        '{"object":"whatsapp_business_account","entry":[{"id":"W1","changes":[{"field":"messages","value":'
        '{"messaging_product":"whatsapp","metadata":{"display_phone_number":"15550001111","phone_number_id":"P1"},'
        '"contacts":[{"profile":{"name":"Li"},"wa_id":"8613800000000","user_id":"CN.1349"}],"messages":[{"from":'
        '"8613800000000","from_user_id":"CN.1349","id":"wamid.A1","timestamp":"1700000000","type":"text","text":'
        '{"body":"hi"}}]}}]}]}'
    ).replace("P1", PHONE_ID)

    found = whatsapp.come(sample.encode())

    assert (found.text, found.sender_name) == ("hi", "Li")
    assert found.envelope["sent_at"] == "2023-11-14T22:13:20+00:00"
    assert handles(found) == {
        ("whatsapp_user", "CN.1349"),
        ("whatsapp_user", WA_CUSTOMER),
        ("phone", f"+{WA_CUSTOMER}"),
    }


def test_who_was_known_by_number_is_the_same_under_an_id(whatsapp: Account) -> None:
    by_number = whatsapp.come(wa_call(wa_message(1, text={"body": "one"})))
    by_id = whatsapp.come(wa_call(wa_message(2, text={"body": "two"}, sender=BSUID)))
    hidden = whatsapp.come(wa_call(wa_message(3, text={"body": "three"}, sender={"from_user_id": "CN.1349"})))

    assert by_number.customer_id == by_id.customer_id == hidden.customer_id
    assert by_id.ticket_id == hidden.ticket_id


def test_a_new_number_is_no_new_person(whatsapp: Account) -> None:
    before = whatsapp.come(wa_call(wa_message(1, text={"body": "one"}, sender=BSUID)))
    changed = {"type": "user_changed_number", "body": "Li changed", "wa_id": "8613911111111", "user_id": "CN.2",
               "previous_user_id": "CN.1349"}  # fmt: skip
    whatsapp.post(wa_call(wa_message(2, "system", system=changed, sender=BSUID)))
    whatsapp.take_in()
    sender = {"from": "8613911111111", "from_user_id": "CN.2"}
    after = whatsapp.come(wa_call(wa_message(3, text={"body": "two"}, sender=sender)))

    assert after.customer_id == before.customer_id


def test_several_messages_and_reports_of_one_call_are_several_items(whatsapp: Account) -> None:
    whatsapp.post(
        wa_call(
            wa_message(1, text={"body": "one"}),
            wa_status("wamid.S1", "read"),
            {**wa_message(2, text={"body": "two"}), "messages": [
                *wa_message(2, text={"body": "two"})["messages"], *wa_message(3, text={"body": "three"})["messages"]]},
        )
    )  # fmt: skip

    whatsapp.take_in()
    assert [row.text for row in Ticket.objects.get().messages.order_by("sequence")] == ["one", "two", "three"]
    assert len(whatsapp.stored()) == 4


@pytest.mark.parametrize("kind", ["image", "video", "audio", "document", "sticker"])
def test_files_are_fetched_with_the_token(whatsapp: Account, kind: str) -> None:
    whatsapp.server.on("/v25.0/900", {"url": f"{whatsapp.server.url}/lookaside", "mime_type": "image/png", "id": "900"})
    whatsapp.server.on("/lookaside", Scripted(200, PNG))
    content = {"id": "900", "mime_type": "image/png", "caption": "看图", "filename": "发票.png", "voice": True}

    found = whatsapp.come(wa_call(wa_message(1, kind, **{kind: content})))

    assert (found.text, found.notice, files(found)) == ("看图", "", [("发票.png", PNG)])
    assert whatsapp.server.at("/lookaside")[0].headers["authorization"] == "Bearer EAAtoken"


@pytest.mark.parametrize(
    ("reply", "state", "notice"),
    [
        (answer({"error": {"code": 100, "message": "gone"}}, 400), InboundState.DONE, "media_gone"),
        (answer({"error": {"code": 190, "message": "expired"}}, 401), InboundState.RECEIVED, ""),
        (answer({"error": {"code": 4, "message": "rate"}}, 400), InboundState.RECEIVED, ""),
    ],
    ids=["gone", "expired", "rate"],
)
def test_a_file_is_waited_for_while_it_may_come(whatsapp: Account, reply: Scripted, state: str, notice: str) -> None:
    whatsapp.server.on("/v25.0/900", reply)
    whatsapp.post(wa_call(wa_message(1, "image", image={"id": "900"})))

    row = whatsapp.take_in()[0]

    assert row.state == state
    assert [found.notice for found in Message.objects.all()] == ([notice] if notice else [])
    assert "EAAtoken" not in row.error


@pytest.mark.parametrize(
    ("kind", "content", "text", "about"),
    [
        ("location", {"latitude": 1.5, "longitude": 2.5, "name": "店"}, "店 (1.500000, 2.500000)", "location"),
        ("button", {"payload": "yes", "text": "是"}, "是", "button"),
        ("interactive", {"type": "button_reply", "button_reply": {"id": "b1", "title": "退货"}}, "退货", "button"),
        ("interactive", {"type": "list_reply", "list_reply": {"id": "l1", "title": "周一"}}, "周一", "button"),
        ("interactive", {"type": "nfm_reply", "nfm_reply": {"body": "Sent", "response_json": "{}"}}, "Sent", "button"),
        ("order", {"text": "please", "product_items": [{"product_retailer_id": "SKU1", "quantity": 2, "item_price": 9,
         "currency": "EUR"}]}, "please\nSKU1 × 2 9 EUR", "order"),
    ],
    ids=["location", "button", "button-reply", "list-reply", "form", "order"],
)  # fmt: skip
def test_what_is_no_text_is_told_in_words(
    whatsapp: Account, kind: str, content: dict[str, Any], text: str, about: str
) -> None:
    found = whatsapp.come(wa_call(wa_message(1, kind, **{kind: content})))

    assert found.text == text
    assert about in found.envelope


def test_cards_are_words_and_no_proof(whatsapp: Account) -> None:
    card = {
        "name": {"formatted_name": "Wang"},
        "phones": [{"phone": "+86 139"}],
        "emails": [{"email": "w@example.com"}],
    }

    found = whatsapp.come(wa_call(wa_message(1, "contacts", contacts=[card, card])))

    assert found.text == "Wang\n+86 139\nw@example.com\n\nWang\n+86 139\nw@example.com"
    assert not [value for kind, value in handles(found) if kind == "email"]


def test_a_reaction_wakes_nobody_and_opens_nothing(whatsapp: Account) -> None:
    reaction = {"reaction": {"message_id": "wamid.A1", "emoji": "👍"}}
    assert whatsapp.reason(wa_call(wa_message(9, "reaction", **reaction))) == "tickets.nothing_to_continue"
    first = whatsapp.come(wa_call(wa_message(1, text={"body": "one"})))
    found = whatsapp.come(wa_call(wa_message(2, "reaction", **reaction)))

    assert (found.text, found.notice, found.is_automatic, found.ticket_id) == ("👍", "reaction", True, first.ticket_id)


def test_an_advertisement_is_told(whatsapp: Account) -> None:
    ad = {"source_type": "ad", "headline": "Sofas", "source_url": "https://fb.me/x"}

    assert whatsapp.come(wa_call(wa_message(1, text={"body": "?"}, referral=ad))).envelope["referral"] == ad


def test_what_the_platform_cannot_show_is_kept_with_its_reason(whatsapp: Account) -> None:
    errors = [{"code": 131051, "title": "Message type unknown"}]

    found = whatsapp.come(wa_call(wa_message(1, "unsupported", errors=errors)))

    assert (found.text, found.notice) == ("[unsupported] Message type unknown", "unknown_type")


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (
            wa_call({"event": "APPROVED"}, field="message_template_status_update"),
            "event_message_template_status_update",
        ),
        (wa_call({"errors": [{"code": 131000}]}), "event_messages"),
        (wa_call(wa_status("wamid.S1", "deleted")), "status_deleted"),
        (wa_call(wa_message(1, text={"body": "x"})).replace(PHONE_ID.encode(), b"2"), "other_number"),
    ],
    ids=["template", "errors", "deleted", "number"],
)
def test_what_is_not_ours_to_answer_is_kept(whatsapp: Account, body: bytes, reason: str) -> None:
    assert whatsapp.reason(body) == f"whatsapp.{reason}"
    assert not Ticket.objects.exists()


# --- Reports


def test_reports_only_ever_move_up(whatsapp: Account) -> None:
    delivery = whatsapp.delivered("wamid.S1")

    for state in ("read", "sent", "delivered", "read"):
        whatsapp.post(wa_call(wa_status("wamid.S1", state)))
    whatsapp.take_in()

    delivery.refresh_from_db()
    assert delivery.state == DeliveryState.READ
    assert len(whatsapp.stored()) == 3


def test_a_failure_after_all_has_its_meaning(whatsapp: Account) -> None:
    delivery = whatsapp.delivered("wamid.S1")
    errors = [{"code": 131047, "title": "Re-engagement message", "error_data": {"details": "more than 24 hours"}}]

    whatsapp.post(wa_call(wa_status("wamid.S1", "failed", errors=errors)))
    whatsapp.take_in()

    delivery.refresh_from_db()
    assert (delivery.state, delivery.failure) == (DeliveryState.FAILED, FailureKind.OUTSIDE_WINDOW)
    assert delivery.error == "131047: more than 24 hours"


def test_a_report_proves_a_message_whose_answer_was_lost(whatsapp: Account) -> None:
    delivery = whatsapp.delivered("", "whatsapp.lost")
    delivery.state, delivery.provider_key = DeliveryState.UNKNOWN, None
    delivery.save()

    whatsapp.post(wa_call(wa_status("wamid.S9", "sent", biz_opaque_callback_data="whatsapp.lost")))
    whatsapp.take_in()

    delivery.refresh_from_db()
    assert (delivery.state, delivery.provider_id) == (DeliveryState.SENT, "wamid.S9")


# --- Sending


@pytest.mark.parametrize(("to", "field"), [(WA_CUSTOMER, "to"), ("CN.1349", "recipient"), ("US.ENT.9", "recipient")])
def test_a_text_goes_to_a_number_or_an_id(whatsapp: Account, to: str, field: str) -> None:
    whatsapp.server.on(whatsapp.side.send_path, whatsapp.side.ok)
    whatsapp.side = replace(whatsapp.side, customer=to)

    assert whatsapp.send("您好 😀").provider_id == "wamid.S1"

    assert whatsapp.server.asked[0].json() == {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        field: to,
        "type": "text",
        "text": {"body": "您好 😀", "preview_url": False},
        "biz_opaque_callback_data": "whatsapp.k",
    }


@pytest.mark.parametrize(
    ("content", "name", "kind", "sent"),
    [
        (PNG, "票.png", "image", {"id": "M1"}),
        (b"%PDF-1.7", "a.pdf", "document", {"id": "M1", "filename": "a.pdf"}),
    ],
    ids=["image", "document"],
)
def test_a_file_is_uploaded_and_sent(
    whatsapp: Account, content: bytes, name: str, kind: str, sent: dict[str, str]
) -> None:
    whatsapp.server.on(f"/v25.0/{PHONE_ID}/media", {"id": "M1"})
    whatsapp.server.on(whatsapp.side.send_path, whatsapp.side.ok)

    assert whatsapp.send("", stored(content, name)).state == DeliveryState.SENT

    document = json.loads(whatsapp.server.at(whatsapp.side.send_path)[0].body)
    assert (document["type"], document[kind]) == (kind, sent)
    assert content in whatsapp.server.at(f"/v25.0/{PHONE_ID}/media")[0].body


def test_a_failed_upload_is_no_unknown_outcome(whatsapp: Account) -> None:
    whatsapp.server.on(f"/v25.0/{PHONE_ID}/media", answer({}, 500))

    assert whatsapp.send("", stored(PNG, "a.png")).failure == FailureKind.RETRY_LATER
    assert not whatsapp.server.at(whatsapp.side.send_path)

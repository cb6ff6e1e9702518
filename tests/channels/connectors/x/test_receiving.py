"""The platform's question and its events: proved, stored once each, and read as what they are."""

import json
from pathlib import Path
from typing import Any

import pytest

from apps.channels.connectors.x.push import signature
from apps.channels.enums import DeliveryState, InboundState
from apps.tickets.models import Message, Ticket
from tests.channels.connectors.called import files_of, outbound
from tests.channels.connectors.x.conftest import ACCOUNT, CUSTOMER, X, event, message, signed, wrapped
from tests.channels.test_media import PNG
from tests.support.platform_server import HANG_UP, Scripted

pytestmark = [pytest.mark.integration, pytest.mark.django_db]

VECTORS: list[dict[str, Any]] = json.loads((Path(__file__).parent / "fixtures" / "vectors.json").read_text())


def come(x: X, **fields: Any) -> Message:
    x.push(**fields)
    x.take_in()
    return Message.objects.order_by("-sequence")[0]


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: str(vector["id"]))
def test_the_signature(vector: dict[str, Any]) -> None:
    assert signature(vector["secret"], vector["signed"].encode()) == vector["expect"]
    assert signature("other", vector["signed"].encode()) != vector["expect"]


def test_the_platforms_question_is_answered(x: X) -> None:
    response = x.client.get("/hooks/x/", {"crc_token": "test_crc_token"})

    assert (response.status_code, response.json()) == (200, {"response_token": signed(b"test_crc_token")})
    assert not x.stored()


@pytest.mark.parametrize("question", ["", '{"data":{}}', "a b", "x" * 513, "好"])
def test_nobody_gets_a_body_signed_by_asking(x: X, question: str) -> None:
    response = x.client.get("/hooks/x/", {"crc_token": question})

    assert response.status_code == 403
    assert b"sha256" not in response.content


def test_a_word_signed_by_asking_is_no_event(x: X) -> None:
    token = x.client.get("/hooks/x/", {"crc_token": "junk1"}).json()["response_token"]

    assert token == signed(b"junk1")
    assert x.post(b"junk1", signature=token).status_code == 403
    assert not x.stored()


@pytest.mark.parametrize("body", [b"", b'{"a":' * 5000, b"[1]", b"1", b"null"])
def test_what_is_signed_and_no_object_is_not_kept(x: X, body: bytes) -> None:
    assert x.post(body).status_code == 403
    assert not x.stored()


@pytest.mark.parametrize(
    "signature_",
    ["", "sha256=AAAA", signed(event(), "other"), signed(event()).upper(), "é"],
    ids=["nothing", "short", "another secret", "upper case", "no ASCII"],
)
def test_a_call_without_proof_leaves_nothing(x: X, signature_: str) -> None:
    assert x.post(event(), signature=signature_).status_code == 403
    assert not x.stored()


def test_a_changed_or_huge_body_and_an_empty_secret_are_refused(x: X) -> None:
    assert x.post(event(text="转账"), signature=signed(event())).status_code == 403
    assert x.post(b"x" * 1024 * 1025).status_code == 413
    x.channel.secrets = {}
    x.channel.save()
    assert x.post(event(), signature=signed(event(), "")).status_code == 403
    assert x.client.get("/hooks/x/", {"crc_token": "a"}).status_code == 403
    assert not x.stored()


@pytest.mark.parametrize("is_old", [False, True])
def test_each_message_of_a_call_is_one_item_however_often_it_comes(x: X, is_old: bool) -> None:
    x.post(wrapped(message("1"), message("2", sender="30"), message("3"), is_old=is_old))
    x.post(wrapped(message("3"), message("2", sender="30"), is_old=is_old))
    rows = x.take_in()

    keys = [bytes(row.order_key) for row in rows]
    assert (len(rows), keys[0] == keys[2], keys[0] == keys[1]) == (3, True, False)
    assert sorted(Ticket.objects.values_list("message_count", flat=True)) == [1, 2]


@pytest.mark.parametrize("is_old", [False, True])
def test_a_text_with_name_and_the_addresses_behind_short_ones(x: X, is_old: bool) -> None:
    links = [{"url": "https://t.co/a", "expanded_url": "https://example.com/x"}, "strange"]
    got = come(x, is_old=is_old, text="看 https://t.co/a &lt;3 😀", entities={"urls": links})

    assert (got.text, got.sender_name) == ("看 https://example.com/x <3 😀", "李")
    identity = got.customer.identities.get()  # type: ignore[union-attr]
    assert (identity.kind, identity.value, identity.scope) == ("x_user", CUSTOMER, "")


def test_a_picture_is_fetched_in_the_name_of_the_account(x: X) -> None:
    x.server.on("/m.png", Scripted(200, PNG))
    media = {"type": "photo", "media_url_https": f"{x.server.url}/m.png", "url": "https://t.co/b"}
    got = come(x, text="看 https://t.co/b", attachment={"type": "media", "media": media})

    assert (got.text, files_of(got)) == ("看", [PNG])
    assert x.server.at("/m.png")[0].headers["authorization"].startswith('OAuth oauth_consumer_key="key"')


def test_of_a_video_the_best_is_taken_and_a_foreign_server_learns_nothing(x: X) -> None:
    x.channel.settings = {**x.channel.settings, "api_base": x.server.url.replace("127.0.0.1", "localhost")}
    x.channel.save()
    x.server.on("/best.mp4", Scripted(200, b"\x00\x00\x00\x18ftypmp42" + b"\x00" * 32))
    variants = [
        {"content_type": "video/mp4", "bitrate": 1, "url": f"{x.server.url}/small.mp4"},
        {"content_type": "video/mp4", "bitrate": "9", "url": f"{x.server.url}/best.mp4"},
        {"content_type": "application/x-mpegURL", "url": f"{x.server.url}/list"},
    ]
    got = come(x, attachment={"type": "media", "media": {"type": "video", "video_info": {"variants": variants}}})

    assert len(files_of(got)) == 1
    assert "authorization" not in x.server.at("/best.mp4")[0].headers


@pytest.mark.parametrize(
    ("attachment", "notice"),
    [
        ({"type": "media", "media": {"type": "photo"}}, "media_gone"),
        ({"type": "media", "media": {"media_url_https": "http://["}}, "media_gone"),
        ({"type": "location", "location": {}}, "unknown_type"),
        ({"type": "hologram"}, "unknown_type"),
    ],
)
def test_what_cannot_be_fetched_or_is_not_known_has_a_notice(x: X, attachment: dict[str, Any], notice: str) -> None:
    assert come(x, attachment=attachment).notice == notice


def test_a_message_waits_for_its_picture(x: X) -> None:
    x.server.on("/m.png", HANG_UP)
    x.push(attachment={"type": "media", "media": {"media_url_https": f"{x.server.url}/m.png"}})

    assert x.take_in()[0].state == InboundState.RECEIVED


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        (
            {"data": {"event_uuid": "u", "event_type": "dm.indicate_typing", "payload": {}}},
            "x.event_dm_indicate_typing",
        ),
        ({"data": {"event_uuid": "u", "event_type": "dm.read", "payload": {}}}, "x.event_dm_read"),
        ({"data": {"event_uuid": "u", "event_type": "follow.follow"}}, "x.event_follow_follow"),
        ({"for_user_id": "10", "favorite_events": [{}]}, "x.event_favorite_events"),
        ({"direct_message_events": [{"type": "welcome", "id": "1"}]}, "x.event_welcome"),
        ({"data": "strange"}, "x.event_unnamed"),
    ],
)
def test_other_events_are_kept_and_open_nothing(x: X, document: dict[str, Any], reason: str) -> None:
    for _ in range(2):
        x.post(json.dumps(document).encode())

    assert [(row.state, row.error_code) for row in x.take_in()] == [(InboundState.IGNORED, reason)]
    assert not Ticket.objects.exists()


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (event(sender=""), "no sender"),
        (event(message_id=""), "no message"),
        (event(receiver="11"), "another account"),
    ],
    ids=["no sender", "no id", "another account"],
)
def test_what_cannot_be_read_is_kept_and_parked_with_its_reason(x: X, body: bytes, reason: str) -> None:
    assert x.post(body).status_code == 200

    row = x.take_in()[0]
    assert (row.state, row.error_code) == (InboundState.PARKED, "channels.unreadable")
    assert reason in row.error


def test_an_echo_proves_a_message_whose_answer_was_lost_and_a_receipt_that_it_was_read(x: X) -> None:
    x.server.on("/2/dm_conversations/with/20/messages", HANG_UP)
    lost = x.queued(outbound(CUSTOMER, "您好  世界"))
    other = x.queued(outbound(CUSTOMER, "再见", client_key="key.2"))
    assert lost.state == DeliveryState.UNKNOWN

    x.push(message_id="901", sender=ACCOUNT, receiver=CUSTOMER, text="您好 世界")
    x.push(message_id="902", sender=ACCOUNT, receiver="30", text="再见")
    x.push(message_id="903", sender=ACCOUNT, receiver=CUSTOMER, text="written in the app")
    x.take_in()
    lost.refresh_from_db()
    other.refresh_from_db()
    assert (lost.state, lost.provider_id, other.state) == (DeliveryState.SENT, "901", DeliveryState.UNKNOWN)
    assert not Ticket.objects.exists()

    read = {"direct_message_mark_read_events": [{"sender_id": CUSTOMER, "last_read_event_id": "901"}]}
    x.post(json.dumps({"for_user_id": ACCOUNT, **read}).encode())
    x.take_in()
    lost.refresh_from_db()
    assert lost.state == DeliveryState.READ

"""Messenger and Instagram: every kind of message and report, echoes, and answers in and after the window."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.test import Client

from apps.channels import registry
from apps.channels.enums import DeliveryState, FailureKind, InboundState
from apps.channels.models import DeliveryAttempt, InboundEvent
from apps.core.clock import now
from apps.tickets.models import Ticket
from tests.channels.connectors.bots.side import Account, files, stored
from tests.channels.connectors.meta.sides import PAGE, call, item, message
from tests.channels.test_media import PNG
from tests.support.platform_server import Scripted, answer

pytestmark = [pytest.mark.integration, pytest.mark.django_db]

OUTSIDE = {"error": {"code": 10, "error_subcode": 2018278, "message": "outside of allowed window"}}


def test_the_samples_of_the_documents(messenger: Account, instagram: Account) -> None:
    page = (
        '{"object":"page","entry":[{"id":"PG1","time":1700000000001,"messaging":[{"sender":{"id":"PS1"},"recipient":'
        '{"id":"PG1"},"timestamp":1700000000000,"message":{"mid":"m_1","text":"hello"}}]}]}'
    )
    account = (
        '{"object":"instagram","entry":[{"id":"17841400000000001","time":1700000000001,"messaging":[{"sender":{"id":'
        '"IGS1"},"recipient":{"id":"17841400000000001"},"timestamp":1700000000000,"message":{"mid":"aWd1",'
        '"text":"price?"}}]}]}'
    )
    assert messenger.come(page.encode()).text == "hello"
    assert instagram.come(account.encode()).text == "price?"


def test_who_wrote_and_when(direct: Account) -> None:
    found = direct.come(call(direct.side, message(direct.side, 1, text="hi")))
    direct.come(call(direct.side, message(direct.side, 2, text="again")))

    assert (found.sender_name, found.envelope["sent_at"]) == ("Anna Berg", "2023-11-14T22:13:20+00:00")
    assert len(direct.server.at(f"/v25.0/{direct.side.customer}")) == 1


def test_a_name_that_is_not_told_holds_nobody_up(direct: Account) -> None:
    refusal = answer({"error": {"code": 100, "message": "no profile"}}, 400)
    direct.server.on(f"/v25.0/{direct.side.customer}", refusal)

    assert direct.come(call(direct.side, message(direct.side, 1, text="hi"))).sender_name == ""


def test_changes_are_read_like_messages(instagram: Account) -> None:
    wrapped = {"field": "messages", "value": message(instagram.side, 1, text="hi")}

    assert instagram.come(call(instagram.side, wrapped, name="changes")).text == "hi"
    assert instagram.come(call(instagram.side, message(instagram.side, 2, text="2"), name="standby")).text == "2"
    mention = {"field": "mentions", "value": {"media_id": "M1"}}
    assert instagram.reason(call(instagram.side, mention, name="changes")) == "instagram.change_mentions"


@pytest.mark.parametrize("kind", ["image", "audio", "video", "file", "sticker"])
def test_files_are_fetched(direct: Account, kind: str) -> None:
    direct.server.on("/cdn/a", Scripted(200, PNG))
    attachments = [{"type": kind, "payload": {"url": f"{direct.server.url}/cdn/a"}}] * 2

    found = direct.come(call(direct.side, message(direct.side, 1, attachments=attachments, text="看图")))

    assert (found.text, found.notice) == ("看图", "")
    assert [content for _name, content in files(found)] == [PNG, PNG]
    assert "authorization" not in direct.server.at("/cdn/a")[0].headers


def test_a_file_that_is_gone_leaves_a_notice(direct: Account) -> None:
    attachments = [{"type": "image", "payload": {"url": f"{direct.server.url}/gone"}}, {"type": "image", "payload": {}}]

    found = direct.come(call(direct.side, message(direct.side, 1, attachments=attachments)))

    assert (found.notice, files(found)) == ("media_gone", [])


@pytest.mark.parametrize(
    ("attachment", "text"),
    [
        ({"type": "location", "title": "店", "payload": {"coordinates": {"lat": 1.5, "long": 2.5}}},
         "店 (1.500000, 2.500000)"),
        ({"type": "fallback", "title": "Page", "url": "https://example.com/a"}, "Page\nhttps://example.com/a"),
        ({"type": "share", "payload": {"url": "https://example.com/p"}}, "https://example.com/p"),
        ({"type": "story_mention", "payload": {"url": "https://example.com/s"}}, "https://example.com/s"),
        ({"type": "ig_reel", "payload": {"title": "Reel", "url": "https://example.com/r"}},
         "Reel\nhttps://example.com/r"),
        ({"type": "template", "payload": {}}, "[template]"),
        ({"type": "sticker", "payload": {"sticker_id": 1}}, "[sticker]"),
    ],
    ids=lambda value: value["type"] if isinstance(value, dict) else "",
)  # fmt: skip
def test_what_is_no_file_is_told_in_words(direct: Account, attachment: dict[str, Any], text: str) -> None:
    assert direct.come(call(direct.side, message(direct.side, 1, attachments=[attachment]))).text == text
    assert not [asked for asked in direct.server.asked if "example" in asked.path]


def test_an_answer_to_a_story_names_it(instagram: Account) -> None:
    reply_to = {"story": {"url": "https://example.com/s", "id": "1"}}

    found = instagram.come(call(instagram.side, message(instagram.side, 1, text="nice", reply_to=reply_to)))

    assert found.text == "nice\nhttps://example.com/s"


def test_what_the_platform_cannot_show_is_kept(instagram: Account) -> None:
    found = instagram.come(call(instagram.side, message(instagram.side, 1, is_unsupported=True)))

    assert (found.text, found.notice) == ("[unsupported]", "unknown_type")


def test_pressed_buttons_are_messages(direct: Account) -> None:
    pressed = item(direct.side, postback={"mid": "m_p", "title": "退货", "payload": "R", "referral": {"ref": "ad1"}})
    found = direct.come(call(direct.side, pressed))
    quick = direct.come(call(direct.side, message(direct.side, 2, text="红", quick_reply={"payload": "RED"})))

    assert (found.text, found.envelope["button"], found.envelope["referral"]) == ("退货", "R", {"ref": "ad1"})
    assert (quick.text, quick.envelope["button"]) == ("红", "RED")


def test_edits_and_reactions_and_words_taken_back(direct: Account) -> None:
    side = direct.side
    first = direct.come(call(side, message(side, 1, text="3")))
    edit = direct.come(call(side, item(side, message_edit={"mid": "m_1", "text": "4", "num_edit": 1})))
    reaction = {"mid": "m_1", "action": "react", "emoji": "❤"}
    liked = direct.come(call(side, item(side, reaction=reaction)))
    gone = direct.come(call(side, message(side, 1, is_deleted=True)))

    assert [row.ticket_id for row in (edit, liked, gone)] == [first.ticket_id] * 3
    assert [(row.text, row.notice) for row in (edit, liked)] == [("4", "edited"), ("❤", "reaction")]
    assert (gone.notice, gone.is_automatic) == ("unsent", True)
    withdrawn = item(side, reaction={"mid": "m_1", "action": "unreact"})
    assert direct.reason(call(side, withdrawn)) == f"{side.kind}.reaction_withdrawn"


@pytest.mark.parametrize("fields", [{"referral": {"ref": "x"}}, {"optin": {}}, {"pass_thread_control": {}}, {}])
def test_what_has_no_words_is_kept_and_opens_nothing(direct: Account, fields: dict[str, Any]) -> None:
    assert direct.reason(call(direct.side, item(direct.side, **fields))).startswith(f"{direct.side.kind}.event_")
    assert not Ticket.objects.exists()


def test_another_account_of_the_app_is_not_ours(direct: Account) -> None:
    body = call(direct.side, message(direct.side, 1, text="x"), account="OTHER")

    assert direct.reason(body) == f"{direct.side.kind}.other_account"


# --- Echoes and receipts


def echo(account: Account, mid: str, metadata: str) -> bytes:
    own = {"sender": {"id": "us"}, "recipient": {"id": account.side.customer}}
    said = {"mid": mid, "is_echo": True, "app_id": 1, "metadata": metadata, "text": "您好"}
    return call(account.side, {**item(account.side), **own, "message": said})


def test_an_echo_proves_a_message_whose_answer_was_lost(direct: Account) -> None:
    delivery = direct.delivered("", f"{direct.side.kind}.lost")
    delivery.state, delivery.provider_key = DeliveryState.UNKNOWN, None
    delivery.save()

    direct.post(echo(direct, "m_E", f"{direct.side.kind}.lost"))
    direct.take_in()

    delivery.refresh_from_db()
    assert (delivery.state, delivery.provider_id) == (DeliveryState.SENT, "m_E")
    assert direct.reason(echo(direct, "m_F", "")) == f"{direct.side.kind}.written_in_app"


def test_each_delivered_message_is_reported_by_itself(messenger: Account) -> None:
    rows = [messenger.delivered(f"m_S{number}") for number in (1, 2)]

    report = {"mids": ["m_S1", "m_S2"], "watermark": 1700000000000}
    messenger.post(call(messenger.side, item(messenger.side, delivery=report)))
    messenger.take_in()

    for row in rows:
        row.refresh_from_db()
    assert [row.state for row in rows] == [DeliveryState.DELIVERED] * 2


def test_what_was_read_was_read_up_to_a_moment(messenger: Account) -> None:
    earlier, other = messenger.delivered("m_S1"), messenger.delivered("m_S2", to="PS2")
    later, unread = messenger.delivered("m_S3"), messenger.delivered("m_S4")
    DeliveryAttempt.objects.filter(delivery=unread).update(started=now() + timedelta(hours=1))

    watermark = int(now().timestamp() * 1000)
    messenger.post(call(messenger.side, item(messenger.side, read={"watermark": watermark})))
    row = messenger.take_in()[0]

    for delivery in (earlier, other, later, unread):
        delivery.refresh_from_db()
    assert row.state == InboundState.DONE
    assert (earlier.state, later.state, unread.state) == (DeliveryState.READ, DeliveryState.READ, DeliveryState.SENT)


def test_a_receipt_for_what_we_did_not_send_waits_briefly_and_holds_up_nobody(messenger: Account) -> None:
    messenger.post(call(messenger.side, item(messenger.side, read={"watermark": 1700000000000})))
    found = messenger.come(call(messenger.side, message(messenger.side, 1, text="hi")))
    assert found.text == "hi"

    for _ in range(2):
        InboundEvent.objects.waiting().update(due_at="2020-01-01T00:00:00Z")
        messenger.take_in()

    assert messenger.stored()[0].error_code == "messenger.receipt_of_another"


def test_instagram_names_what_was_read(instagram: Account) -> None:
    rows = [instagram.delivered(f"m_S{number}") for number in (1, 2, 3)]

    instagram.post(call(instagram.side, item(instagram.side, read={"mid": "m_S2"})))
    instagram.take_in()

    for row in rows:
        row.refresh_from_db()
    assert [row.state for row in rows] == [DeliveryState.READ, DeliveryState.READ, DeliveryState.SENT]


# --- Sending


def test_a_text_is_an_answer_with_our_key(direct: Account) -> None:
    direct.server.on(direct.side.send_path, direct.side.ok)

    assert direct.send("您好 😀").provider_id == "m_S1"

    assert direct.server.asked[0].json() == {
        "recipient": {"id": direct.side.customer},
        "message": {"text": "您好 😀", "metadata": f"{direct.side.kind}.k"},
        "messaging_type": "RESPONSE",
    }


@pytest.mark.parametrize(
    ("content", "name", "kind"), [(PNG, "a.png", "image"), (b"%PDF-1.7", "a.pdf", "file")], ids=["image", "file"]
)
def test_a_file_is_uploaded_and_sent(messenger: Account, content: bytes, name: str, kind: str) -> None:
    messenger.server.on(f"/v25.0/{PAGE}/message_attachments", {"attachment_id": "A1"})
    messenger.server.on(messenger.side.send_path, messenger.side.ok)

    assert messenger.send("", stored(content, name)).state == DeliveryState.SENT

    sent = messenger.server.at(messenger.side.send_path)[0].json()["message"]
    assert sent["attachment"] == {"type": kind, "payload": {"attachment_id": "A1"}}
    assert content in messenger.server.at(f"/v25.0/{PAGE}/message_attachments")[0].body


def test_a_picture_on_instagram_goes_out_by_an_address_that_we_signed(instagram: Account) -> None:
    instagram.server.on(instagram.side.send_path, instagram.side.ok)

    assert instagram.send("", stored(PNG, "票.png")).state == DeliveryState.SENT

    attachment = instagram.server.asked[0].json()["message"]["attachment"]
    assert attachment["type"] == "image"
    assert Client().get(urlsplit(attachment["payload"]["url"]).path).content == PNG


def test_a_late_answer_goes_as_a_persons_only_where_the_app_may(direct: Account) -> None:
    connector = registry.get(direct.side.kind)
    direct.server.on(direct.side.send_path, answer(OUTSIDE, 400), answer(OUTSIDE, 400), answer(direct.side.ok))

    assert direct.send().failure == FailureKind.OUTSIDE_WINDOW
    assert connector.reply_window_on(direct.channel) == timedelta(hours=24)
    direct.channel.settings = {**direct.channel.settings, "human_agent": True}

    assert direct.send().state == DeliveryState.SENT
    assert connector.reply_window_on(direct.channel) == timedelta(days=7)
    tags = [asked.json().get("tag") for asked in direct.server.at(direct.side.send_path)]
    assert tags == [None, None, "HUMAN_AGENT"]

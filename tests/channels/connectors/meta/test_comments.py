"""Comments under posts of a page and an account: who wrote what under which post, later changes, and both ways to answer.

The calls are written from memory of the platform's interface (see `connectors.meta.comments`).
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from apps.channels.enums import DeliveryState, FailureKind
from apps.tickets.models import Message, Ticket
from tests.channels.connectors.bots.side import Account, files, stored
from tests.channels.connectors.meta.sides import ACCOUNT, PAGE, call, message
from tests.channels.test_media import PNG
from tests.support.platform_server import Scripted, answer

pytestmark = [pytest.mark.integration, pytest.mark.django_db]


def feed(
    number: int = 1, *, verb: str = "add", post: str = "PG1_9", sender: str = "PS1", **fields: Any
) -> dict[str, Any]:
    value = {
        "item": "comment",
        "verb": verb,
        "comment_id": f"9_{number}",
        "post_id": post,
        "parent_id": post,
        "from": {"id": sender, "name": "Anna Berg"},
        "created_time": 1700000000,
        "message": f"Still in stock? ({number})",
        "post": {"permalink_url": f"https://www.facebook.com/{post}"},
        **fields,
    }
    return {"field": "feed", "value": value}


def comments(number: int = 1, *, post: str = "M9", sender: str = "IGS1", **fields: Any) -> dict[str, Any]:
    value = {
        "id": f"c_{number}",
        "text": f"Still in stock? ({number})",
        "from": {"id": sender, "username": "anna.b"},
        "media": {"id": post, "media_product_type": "FEED"},
        **fields,
    }
    return {"field": "comments", "value": value}


def comment(account: Account, number: int = 1, **fields: Any) -> bytes:
    make = feed if account.side.kind == "messenger" else comments
    return call(account.side, make(number, **fields), name="changes")


def test_a_comment_of_a_page(messenger: Account) -> None:
    body = (
        '{"object":"page","entry":[{"id":"PG1","time":1700000000,"changes":[{"field":"feed","value":{"item":"comment",'
        '"verb":"add","comment_id":"9_1","post_id":"PG1_9","parent_id":"9_0","from":{"id":"PS1","name":"Anna Berg"},'
        '"created_time":1700000000,"message":"Still in stock?","post":{"permalink_url":"https://www.facebook.com/9"}}}]}]}'
    )

    found = messenger.come(body.encode())

    assert (found.text, found.sender_name, found.is_public) == ("Still in stock?", "Anna Berg", True)
    assert found.envelope["post"] == {"id": "PG1_9", "url": "https://www.facebook.com/9", "parent": "9_0"}
    assert (found.envelope["message_id"], found.envelope["sent_at"]) == ("9_1", "2023-11-14T22:13:20+00:00")
    assert not messenger.server.asked  # the comment names its writer


def test_a_comment_of_an_account(instagram: Account) -> None:
    body = (
        '{"object":"instagram","entry":[{"id":"17841400000000001","time":1700000000,"changes":[{"field":"comments","value":'
        '{"id":"c_1","text":"价格?","from":{"id":"IGS1","username":"anna.b"},"media":{"id":"M9","media_product_type":"FEED"},'
        '"parent_id":"c_0"}}]}]}'
    )

    found = instagram.come(body.encode())

    assert (found.text, found.sender_name, found.is_public) == ("价格?", "anna.b", True)
    assert found.envelope["post"] == {"id": "M9", "url": "", "parent": "c_0"}


def test_one_conversation_for_each_person_and_post(direct: Account) -> None:
    first = direct.come(comment(direct, 1))
    again = direct.come(comment(direct, 2))
    direct.post(comment(direct, 2))  # the platform repeats itself
    elsewhere = direct.come(comment(direct, 3, post="OTHER"))
    stranger = direct.come(comment(direct, 4, sender="STRANGER"))
    in_private = direct.come(call(direct.side, message(direct.side, 1, text="hi")))

    assert again.ticket_id == first.ticket_id
    tickets = [row.ticket_id for row in (first, elsewhere, stranger, in_private)]
    assert len(set(tickets)) == 4
    assert first.customer_id == elsewhere.customer_id == in_private.customer_id != stranger.customer_id
    assert (in_private.is_public, Message.objects.count()) == (False, 5)


def test_new_words_and_a_removal_belong_to_the_comment(messenger: Account) -> None:
    first = messenger.come(comment(messenger, 1))
    edited = messenger.come(comment(messenger, 1, verb="edited", message="And in white?"))
    removed = messenger.come(comment(messenger, 1, verb="remove"))

    assert [row.ticket_id for row in (edited, removed)] == [first.ticket_id] * 2
    assert [(row.text, row.notice, row.is_public) for row in (edited, removed)] == [
        ("And in white?", "edited", True),
        ("[…]", "comment_removed", True),
    ]
    assert messenger.reason(comment(messenger, 7, verb="remove", post="OTHER")) == "tickets.nothing_to_continue"


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"verb": "hide"}, "messenger.comment_hide"),
        ({"item": "reaction"}, "messenger.change_feed_reaction_add"),
        ({"item": "status"}, "messenger.change_feed_status_add"),
        ({"from": {"id": PAGE, "name": "Us"}}, "messenger.own_comment"),
    ],
    ids=["hidden", "reaction", "post", "own"],
)
def test_what_is_no_comment_of_a_customer_is_kept_with_a_reason(
    messenger: Account, fields: dict[str, Any], reason: str
) -> None:
    assert messenger.reason(comment(messenger, 1, **fields)) == reason
    assert not Ticket.objects.exists()


def test_the_accounts_own_comment_is_no_customers(instagram: Account) -> None:
    assert instagram.reason(comment(instagram, 1, sender=ACCOUNT)) == "instagram.own_comment"


def test_a_comment_whose_writer_may_not_be_known_is_kept(direct: Account) -> None:
    found = direct.come(comment(direct, 1, **{"from": {}}))
    other = direct.come(comment(direct, 2, **{"from": {}}))

    assert (found.customer, found.is_public) == (None, True)
    assert found.ticket_id != other.ticket_id


def test_a_photo_in_a_comment_is_fetched(messenger: Account) -> None:
    messenger.server.on("/cdn/a", Scripted(200, PNG))

    found = messenger.come(comment(messenger, 1, message="", photo=f"{messenger.server.url}/cdn/a"))

    assert [content for _name, content in files(found)] == [PNG]


# --- Answers

EDGES = {"messenger": "comments", "instagram": "replies"}


def test_a_public_answer_stands_under_the_comment(direct: Account) -> None:
    path = f"/v25.0/9_1/{EDGES[direct.side.kind]}"
    direct.server.on(path, {"id": "9_2"})

    assert direct.send("有货的 😀", is_public=True, comment="9_1").provider_id == "9_2"

    assert [asked.json() for asked in direct.server.asked] == [{"message": "有货的 😀"}]


def test_a_picture_stands_there_by_an_address_that_we_signed(messenger: Account) -> None:
    messenger.server.on("/v25.0/9_1/comments", {"id": "9_3"})

    assert messenger.send("", stored(PNG, "lamp.png"), is_public=True, comment="9_1").state == DeliveryState.SENT

    assert list(messenger.server.asked[0].json()) == ["attachment_url"]


def test_a_private_answer_names_the_comment_and_is_never_sent_as_a_late_one(direct: Account) -> None:
    outside = {"error": {"code": 10, "error_subcode": 2018278, "message": "outside of allowed window"}}
    direct.server.on(direct.side.send_path, answer(direct.side.ok), answer(outside, 400))
    direct.channel.settings = {**direct.channel.settings, "human_agent": True}

    assert direct.send(comment="9_1").provider_id == "m_S1"
    assert direct.send(comment="9_1").failure == FailureKind.OUTSIDE_WINDOW

    sent = [asked.json() for asked in direct.server.at(direct.side.send_path)]
    assert [document["recipient"] for document in sent] == [{"comment_id": "9_1"}] * 2


def test_a_comment_that_is_gone_is_told(direct: Account) -> None:
    refusal = {"error": {"code": 100, "error_subcode": 33, "message": "Object does not exist"}}
    direct.server.on(f"/v25.0/9_1/{EDGES[direct.side.kind]}", answer(refusal, 400))

    result = direct.send(is_public=True, comment="9_1")

    assert (result.state, result.failure) == (DeliveryState.FAILED, FailureKind.REJECTED)
    assert json.dumps(result.detail).count("does not exist") == 1

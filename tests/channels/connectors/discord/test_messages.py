"""What is said to the bot becomes what an agent can read; what a community says to itself is not even stored."""

from typing import Any

import pytest

from apps.channels.enums import InboundState
from apps.tickets.models import Message, Ticket
from tests.channels.connectors.called import files_of
from tests.channels.connectors.discord.conftest import BOT, CUSTOMER, PUBLIC, Discord, message
from tests.channels.test_media import PNG
from tests.support.platform_server import HANG_UP, Scripted

pytestmark = [pytest.mark.integration, pytest.mark.django_db]

SERVER = {"guild_id": "700", "channel_id": PUBLIC}
NAMED = {"mentions": [{"id": BOT, "username": "desk"}, {"id": "81", "global_name": "Wu"}]}


def come(discord: Discord, **fields: Any) -> Message:
    assert discord.tell(**fields)
    discord.take_in()
    return Message.objects.order_by("-sequence")[0]


def test_a_direct_message(discord: Discord) -> None:
    got = come(discord, content="在吗 😀")

    assert (got.text, got.sender_name) == ("在吗 😀", "李")
    identity = got.customer.identities.get()  # type: ignore[union-attr]
    assert (identity.kind, identity.value, identity.scope) == ("discord_user", CUSTOMER, "")
    assert not discord.tell(content="在吗 😀")  # told again after a resume


def test_in_a_server_what_names_the_bot_is_for_us(discord: Discord) -> None:
    got = come(discord, content=f"<@{BOT}> ask <@81> in <#5> <a:wave:77>", **SERVER, **NAMED)

    assert got.text == "ask @Wu in #5 :wave:"
    assert got.envelope["message_id"] == f"discord:{PUBLIC}:1100"


@pytest.mark.parametrize(
    "fields",
    [
        {**SERVER, "content": "lunch?"},
        {"author": {"id": "51", "bot": True}},
        {"webhook_id": "9"},
    ],
    ids=["to others", "another bot", "a webhook"],
)
def test_what_is_not_for_us_is_not_stored(discord: Discord, fields: dict[str, Any]) -> None:
    assert not discord.tell(**fields)
    assert not discord.stored()


def test_a_server_can_be_set_to_be_heard_wholly(discord: Discord) -> None:
    discord.channel.settings = {**discord.channel.settings, "hears": "everything"}
    discord.channel.save()

    assert come(discord, content="lunch?", **SERVER).text == "lunch?"


def test_an_answer_to_a_message_quotes_it_and_a_sticker_has_its_name(discord: Discord) -> None:
    got = come(discord, type=19, referenced_message=message(content="old words"), sticker_items=[{"name": "Wave"}])

    assert (got.text, got.quoted) == ("hi\n[Wave]", "old words")


def test_two_people_in_a_channel_are_two_conversations(discord: Discord) -> None:
    for number, author in enumerate((CUSTOMER, "82", "82")):
        come(discord, message_id=str(number + 1), author={"id": author, "username": "x"}, **SERVER, **NAMED)

    assert sorted(Ticket.objects.values_list("message_count", flat=True)) == [1, 2]


def test_an_edit_and_a_deletion_are_told(discord: Discord) -> None:
    come(discord, content="订单12")
    changed = {"id": "1100", "channel_id": "900", "content": "订单123", "edited_timestamp": "2026-01-02T10:01:00+00:00"}
    assert discord.frame("MESSAGE_UPDATE", changed)
    assert not discord.frame("MESSAGE_UPDATE", changed)
    assert discord.frame("MESSAGE_DELETE", {"id": "1100", "channel_id": "900"})
    discord.take_in()

    rows = Message.objects.order_by("sequence")
    assert [(row.text, row.quoted, row.notice) for row in rows] == [
        ("订单12", "", ""),
        ("订单123", "订单12", "edited"),
        ("", "订单12", "unsent"),
    ]


@pytest.mark.parametrize("name", ["MESSAGE_UPDATE", "MESSAGE_DELETE", "TYPING_START", "GUILD_CREATE", ""])
def test_what_is_about_nothing_of_ours_is_not_stored(discord: Discord, name: str) -> None:
    assert not discord.frame(name, {"id": "404", "content": "x", "edited_timestamp": "x"})


@pytest.mark.parametrize("data", [{"edited_timestamp": None}, {"edited_timestamp": "t", "content": "hi"}, {}])
def test_a_message_that_is_only_shown_otherwise_is_no_edit(discord: Discord, data: dict[str, Any]) -> None:
    come(discord)
    discord.frame("MESSAGE_UPDATE", {"id": "1100", "channel_id": "900", **data})

    assert discord.reasons()[-1] == "discord.shown_otherwise"
    assert Message.objects.count() == 1


@pytest.mark.parametrize(
    ("fields", "text", "notice"),
    [
        ({"type": 46, "content": "a poll"}, "a poll", "unknown_type"),
        ({"content": ""}, "[message]", "unknown_type"),
        ({"content": 5, "attachments": "x", "timestamp": "soon", "mentions": [1]}, "5", ""),
    ],
)
def test_what_is_not_known_is_kept_with_a_notice(
    discord: Discord, fields: dict[str, Any], text: str, notice: str
) -> None:
    got = come(discord, **fields)

    assert (got.text, got.notice) == (text, notice)


def test_what_the_platform_itself_says_opens_nothing(discord: Discord) -> None:
    discord.tell(type=7, content="")

    assert [(row.state, row.error_code) for row in discord.take_in()] == [(InboundState.IGNORED, "discord.system_7")]


def test_a_message_without_a_sender_is_parked(discord: Discord) -> None:
    discord.tell(author={})

    assert (discord.newest.state, "no sender" in discord.newest.error) == (InboundState.PARKED, True)


def test_files_come_by_their_links_without_the_token(discord: Discord) -> None:
    discord.server.on("/a", Scripted(200, PNG))
    discord.server.on("/b", Scripted(404))
    rows = [{"id": str(n), "filename": f"{n}.png", "url": f"{discord.server.url}/{n}"} for n in ("a", "b")]

    got = come(discord, content="", attachments=rows)

    assert (files_of(got), got.notice) == ([PNG], "media_gone")
    assert "authorization" not in discord.server.at("/a")[0].headers


def test_a_message_waits_for_its_file(discord: Discord) -> None:
    discord.server.on("/a", HANG_UP)
    discord.tell(attachments=[{"filename": "a.png", "url": f"{discord.server.url}/a"}])

    assert discord.newest.state == InboundState.RECEIVED

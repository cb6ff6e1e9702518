"""What is said to the app becomes what an agent can read; what is said to others stays theirs; files are fetched."""

from typing import Any
from urllib.parse import urlencode

import pytest

from apps.channels import media
from apps.channels.connectors.slack.markup import markup_of, words_of
from apps.channels.enums import InboundState
from apps.channels.models import InboundEvent
from apps.customers.models import Customer
from apps.tickets.models import Message, Ticket
from tests.channels.connectors.called import files_of
from tests.channels.connectors.slack.conftest import BOT, CUSTOMER, TOKEN, Slack, envelope
from tests.channels.test_media import PNG
from tests.support.platform_server import HANG_UP, Scripted

pytestmark = [pytest.mark.integration, pytest.mark.django_db]


def come(slack: Slack, **fields: Any) -> Message:
    slack.push(**fields)
    slack.take_in()
    return Message.objects.order_by("-sequence")[0]


def reasons(slack: Slack) -> list[str]:
    return [row.error_code for row in slack.take_in()]


def test_a_direct_message_with_name_and_address(slack: Slack) -> None:
    message = come(slack, text="在吗 😀 &lt;b&gt;")

    assert (message.text, message.sender_name) == ("在吗 😀 <b>", "李雷")
    identities = {row.kind: row for row in message.customer.identities.all()}  # type: ignore[union-attr]
    assert (identities["slack_user"].value, identities["slack_user"].scope) == (CUSTOMER, "T1")
    assert identities["email"].verified_at is not None
    assert slack.server.at("/users.info")[0].headers["authorization"] == f"Bearer {TOKEN}"


def test_a_name_is_asked_for_once(slack: Slack) -> None:
    come(slack, ts="1.1")
    come(slack, ts="1.2")

    assert len(slack.server.at("/users.info")) == 1
    assert Ticket.objects.count() == 1


@pytest.mark.parametrize("fields", [{"team_id": "T9"}, {"is_stranger": True}])
def test_the_address_of_somebody_from_elsewhere_proves_nothing(slack: Slack, fields: dict[str, Any]) -> None:
    known = Customer.objects.create(name="Known")
    known.identities.create(kind="email", value="li@example.com", verified_at="2020-01-01T00:00:00Z")
    person = {"id": CUSTOMER, "team_id": "T1", "profile": {"email": "li@example.com"}, **fields}
    slack.server.on("/users.info", {"ok": True, "user": person})

    assert come(slack).customer_id != known.pk


def test_the_address_of_a_member_ties_to_whom_we_know(slack: Slack) -> None:
    known = Customer.objects.create(name="Known")
    known.identities.create(kind="email", value="li@example.com", verified_at="2020-01-01T00:00:00Z")

    assert come(slack).customer_id == known.pk


def test_a_message_waits_for_the_name_and_comes_without_it_in_the_end(slack: Slack) -> None:
    slack.server.on("/users.info", HANG_UP)
    slack.push()

    assert slack.take_in()[0].state == InboundState.RECEIVED
    InboundEvent.objects.update(attempts=3, due_at="2020-01-01T00:00:00Z")
    slack.take_in()

    assert Message.objects.get().sender_name == ""


# --- Channels and threads


@pytest.mark.parametrize(
    "fields",
    [{"type": "app_mention", "text": f"<@{BOT}> 坏了"}, {"text": f"<@{BOT}|desk>: 坏了"}, {"channel": "G1"}],
    ids=["mention", "named in the text", "small group"],
)
def test_in_a_channel_what_names_the_app_is_for_us(slack: Slack, fields: dict[str, Any]) -> None:
    assert come(slack, **{"channel": "C1", "text": "坏了", **fields}).text == "坏了"


def test_what_is_said_to_others_is_left_alone(slack: Slack) -> None:
    slack.push(channel="C1", text="lunch?")

    assert reasons(slack) == ["slack.not_for_us"]
    assert not Ticket.objects.exists()
    assert not slack.server.asked


def test_a_thread_in_which_the_app_was_named_is_followed(slack: Slack) -> None:
    come(slack, channel="C1", ts="1.1", text=f"<@{BOT}> 坏了")
    come(slack, channel="C1", ts="1.2", thread_ts="1.1", text="还是坏的")
    slack.push(channel="C1", ts="1.3", thread_ts="0.9", text="another thread")
    slack.push(channel="C2", ts="1.4", thread_ts="1.1", text="another channel")

    assert reasons(slack)[2:] == ["slack.not_for_us"] * 2
    assert [row.text for row in Message.objects.order_by("sequence")] == ["坏了", "还是坏的"]
    assert Ticket.objects.count() == 1


def test_another_person_in_the_thread_has_a_conversation_of_their_own(slack: Slack) -> None:
    come(slack, channel="C1", ts="1.1", text=f"<@{BOT}> 坏了")
    for ts in ("1.2", "1.3"):
        come(slack, channel="C1", ts=ts, thread_ts="1.1", user="U2", text="me too")

    assert sorted(Ticket.objects.values_list("message_count", flat=True)) == [1, 2]


def test_a_channel_can_be_set_to_take_in_everything(slack: Slack) -> None:
    slack.channel.settings = {**slack.channel.settings, "hears": "everything"}
    slack.channel.save()

    assert come(slack, channel="C1", text="hello").text == "hello"


# --- Edits, deletions, echoes, events


def test_an_edit_brings_the_new_words_beside_the_old(slack: Slack) -> None:
    come(slack, ts="1.1", text="订单12")
    before = {"user": CUSTOMER, "ts": "1.1", "text": "订单12"}
    changed = come(
        slack, subtype="message_changed", ts="1.2", message={**before, "text": "订单123"}, previous_message=before
    )

    assert (changed.text, changed.quoted, changed.notice) == ("订单123", "订单12", "edited")
    assert Ticket.objects.count() == 1


def test_a_deletion_is_told_where_the_conversation_goes_on(slack: Slack) -> None:
    come(slack, ts="1.1", text="密码是 1234")
    before = {"user": CUSTOMER, "ts": "1.1", "text": "密码是 1234"}
    gone = come(slack, subtype="message_deleted", ts="1.2", deleted_ts="1.1", previous_message=before)
    Ticket.objects.update(status="closed")
    slack.push(subtype="message_deleted", ts="1.3", deleted_ts="1.1", previous_message=before)

    assert reasons(slack)[-1] == "tickets.nothing_to_continue"
    assert (gone.text, gone.quoted, gone.notice) == ("", "密码是 1234", "unsent")
    assert Ticket.objects.count() == 1


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"subtype": "message_changed", "message": {"user": "U1", "ts": "9.9", "text": "b"}}, "slack.not_for_us"),
        ({"subtype": "message_deleted", "deleted_ts": "9.9"}, "slack.not_for_us"),
        ({"subtype": "message_changed", "message": {"text": "a"}, "previous_message": {"text": "a"}},
         "slack.shown_otherwise"),
        ({"subtype": "message_changed", "message": {"bot_id": "B1", "text": "b"}}, "slack.echo"),
        ({"bot_id": "B1", "app_id": "A1"}, "slack.echo"),
        ({"bot_id": "B1", "bot_profile": {"app_id": "A1"}}, "slack.echo"),
        ({"user": BOT}, "slack.echo"),
        ({"bot_id": "B9", "app_id": "A9"}, "slack.another_bot"),
        ({"subtype": "bot_message", "bot_id": "B9"}, "slack.message_bot_message"),
        ({"subtype": "channel_join", "channel": "C1"}, "slack.message_channel_join"),
    ],
)  # fmt: skip
def test_what_is_nobodys_new_words_opens_nothing(slack: Slack, fields: dict[str, Any], reason: str) -> None:
    slack.push(**fields)

    assert reasons(slack) == [reason]
    assert not Ticket.objects.exists()


@pytest.mark.parametrize(
    "name",
    ["reaction_added", "member_joined_channel", "app_uninstalled", "tokens_revoked", "file_shared", "app_home_opened",
     "../x"],
)  # fmt: skip
def test_events_are_kept_and_open_nothing(slack: Slack, name: str) -> None:
    slack.post(envelope({"type": name, "user": CUSTOMER, "item": {"channel": "D1"}}))

    row = slack.take_in()[0]
    assert row.state == InboundState.IGNORED
    assert row.error_code.startswith("slack.event_")
    assert not Ticket.objects.exists()


@pytest.mark.parametrize(
    "body",
    [
        b'{"type":"app_rate_limited","minute_rate_limited":1}',
        urlencode({"payload": '{"type":"block_actions"}'}).encode(),
    ],
    ids=["slowed down", "a click"],
)
def test_calls_without_an_event_are_kept(slack: Slack, body: bytes) -> None:
    slack.post(body)

    assert slack.take_in()[0].error_code in ("slack.event_app_rate_limited", "slack.event_block_actions")


def test_an_unknown_subtype_is_kept_with_a_notice(slack: Slack) -> None:
    message = come(slack, subtype="hologram", text="")

    assert (message.text, message.notice) == ("[hologram]", "unknown_type")


def test_a_command_is_a_message_of_its_author(slack: Slack) -> None:
    form = {"command": "/help", "text": "退货", "user_id": CUSTOMER, "team_id": "T1", "channel_id": "C7"}
    for _ in range(2):
        slack.post(urlencode({**form, "trigger_id": "1.2.3"}).encode())
    slack.take_in()

    assert [row.text for row in Message.objects.all()] == ["/help 退货"]


# --- Files


def test_files_are_fetched_with_the_token_under_their_names(slack: Slack) -> None:
    slack.server.on("/f1", Scripted(200, PNG))
    slack.server.on("/f2", Scripted(200, b"a,b"))
    url = slack.server.url
    slack.server.on("/files.info", {"ok": True, "file": {"url_private_download": f"{url}/f2", "name": "b.csv"}})

    files = [{"id": "F1", "name": "图.png", "url_private_download": f"{url}/f1"}, {"id": "F2"}]
    message = come(slack, subtype="file_share", text="看", files=files)

    assert (message.text, files_of(message)) == ("看", [PNG, b"a,b"])
    assert slack.server.at("/f1")[0].headers["authorization"] == f"Bearer {TOKEN}"
    assert b"file=F2" in slack.server.at("/files.info")[0].body


@pytest.mark.parametrize(
    ("file", "notice"),
    [
        ({"url_private_download": "https://files.example.com/f"}, "media_gone"),
        ({"url_private_download": "http://["}, "media_gone"),
        ({"id": "F404"}, "media_gone"),
        ({"mode": "tombstone"}, "media_gone"),
    ],
)
def test_the_token_goes_to_the_platform_only(slack: Slack, file: dict[str, Any], notice: str) -> None:
    slack.server.on("/files.info", {"ok": False, "error": "file_not_found"})

    assert come(slack, files=[file]).notice == notice
    assert not [asked for asked in slack.server.asked if asked.method == "GET"]


def test_a_page_to_sign_in_is_no_file(slack: Slack) -> None:
    slack.server.on("/f", Scripted(200, b"<!doctype html><html>Sign in", {"Content-Type": "text/html"}))

    message = come(slack, files=[{"id": "F1", "name": "a.png", "url_private_download": f"{slack.server.url}/f"}])

    assert (message.notice, files_of(message)) == ("media_missing", [])


def test_a_message_waits_for_its_file(slack: Slack) -> None:
    slack.server.on("/f", HANG_UP)
    slack.push(files=[{"id": "F1", "url_private_download": f"{slack.server.url}/f"}])

    row = slack.take_in()[0]
    assert row.state == InboundState.RECEIVED
    assert TOKEN not in row.error + str(row.envelope)
    InboundEvent.objects.update(attempts=media.PATIENT_ATTEMPTS, due_at="2020-01-01T00:00:00Z")
    slack.take_in()

    assert Message.objects.get().notice == "media_missing"


# --- Markup


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("&lt;b&gt; &amp;lt;", "<b> &lt;"),
        ("<@U1> <@U1|li> <#C1|shop> <!here> <!subteam^S1|@team> <!date^1^x|today>", "@U1 @li #shop @here @team @today"),
        ("<https://a.example/x?b=1&amp;c=2>", "https://a.example/x?b=1&c=2"),
        ("<https://a.example|here>", "here (https://a.example)"),
        ("<mailto:a@b.example|a@b.example> <tel:123|123>", "a@b.example 123"),
        ("1 < 2 > 1", "1 < 2 > 1"),
        pytest.param("<" * 5000, "<" * 5000, id="never closed"),
    ],
)
def test_the_platforms_markup_as_words(text: str, words: str) -> None:
    assert words_of(text) == words


def test_nothing_an_agent_writes_names_everybody() -> None:
    assert markup_of("<!channel> & <@U1>") == "&lt;!channel&gt; &amp; &lt;@U1&gt;"
    assert words_of(markup_of("a < b && c > d &lt;")) == "a < b && c > d &lt;"

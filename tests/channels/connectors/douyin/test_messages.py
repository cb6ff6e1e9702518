"""Each kind of message becomes what an agent can read; events are kept and open nothing; files are fetched."""

from typing import Any

import pytest
from django.utils import translation

from apps.channels import media, registry
from apps.channels.enums import InboundState
from apps.channels.models import InboundEvent
from apps.core.storage import open_file
from apps.tickets.models import Attachment, Message, Ticket
from tests.channels.connectors.douyin.conftest import ACCOUNT, CLIENT_KEY, CUSTOMER, Douyin
from tests.channels.test_media import PNG
from tests.support.platform_server import HANG_UP, Scripted, answer

pytestmark = [pytest.mark.integration, pytest.mark.django_db]

RESOURCES = "/api/im/message/resources/"


def come(account: Douyin, **content: Any) -> Message:
    account.push(**content)
    account.take_in()
    return Message.objects.get()


def files(message: Message) -> list[bytes]:
    return [open_file(row.file) for row in Attachment.objects.filter(message_id=message.pk)]


@pytest.mark.parametrize("as_text", [False, True])
def test_a_text_with_content_as_object_or_as_text(account: Douyin, as_text: bool) -> None:
    message = come(account, text="在吗 😀 <b>", as_text=as_text)

    assert message.text == "在吗 😀 <b>"
    assert message.sender_name == "小明"
    identity = message.customer.identities.get()  # type: ignore[union-attr]
    assert (identity.kind, identity.value, identity.scope) == ("douyin_open_id", CUSTOMER, CLIENT_KEY)
    assert identity.verified_at is not None


@pytest.mark.parametrize("message_type", ["image", "video", "IMAGE", "emoji"])
def test_what_only_the_app_shows_says_so(account: Douyin, message_type: str) -> None:
    message = come(account, message_type=message_type)

    assert (message.text, message.notice) == (f"[{message_type}]", "douyin_in_app")
    with translation.override("en"):
        assert "Douyin app" in str(registry.get("douyin").notice_label(message.notice))


@pytest.mark.parametrize("message_type", ["user_local_image", "user_local_video"])
def test_the_customers_own_picture_is_fetched(account: Douyin, message_type: str) -> None:
    account.server.on(RESOURCES, {"data": {"url": f"{account.server.url}/file"}, "extra": {"error_code": 0}})
    account.server.on("/file", Scripted(200, PNG))

    message = come(account, message_type=message_type)

    assert files(message) == [PNG]
    asked = account.server.at(RESOURCES)[0]
    assert asked.query == {"open_id": ACCOUNT, "conversation_id": "@c1+/==", "message_id": "@m1"}
    assert asked.headers["access-token"] == "act.1"
    assert "access-token" not in account.server.at("/file")[0].headers


def test_an_app_that_may_not_fetch_says_where_it_is_seen(account: Douyin) -> None:
    account.server.on(RESOURCES, {"extra": {"error_code": 28001018, "description": "no permission"}})

    message = come(account, message_type="user_local_image")

    assert (message.notice, files(message)) == ("douyin_in_app", [])


def test_a_message_waits_for_its_file_and_comes_without_it_in_the_end(account: Douyin) -> None:
    account.server.on(RESOURCES, HANG_UP)
    account.push(message_type="user_local_image")

    assert account.take_in()[0].state == InboundState.RECEIVED
    InboundEvent.objects.update(attempts=media.PATIENT_ATTEMPTS, due_at="2020-01-01T00:00:00Z")
    account.take_in()

    assert Message.objects.get().notice == "media_missing"


def test_a_sticker_comes_as_its_picture(account: Douyin) -> None:
    account.server.on("/sticker", Scripted(200, PNG))

    assert files(come(account, message_type="emoji", resource_url=f"{account.server.url}/sticker")) == [PNG]


@pytest.mark.parametrize("as_text", [False, True])
def test_a_contact_card_is_read_line_by_line(account: Douyin, as_text: bool) -> None:
    fields: Any = [{"label": "姓名", "value": "王女士"}, {"label": "城市", "value": "杭州"}, "x"]
    if as_text:
        fields = '[{"label": "姓名", "value": "王女士"}, {"label": "城市", "value": "杭州"}]'

    assert come(account, message_type="retain_consult_card", card_data=fields).text == "姓名: 王女士\n城市: 杭州"


@pytest.mark.parametrize("card_data", [None, "no JSON", [], {"a": 1}])
def test_a_contact_card_that_cannot_be_read_is_kept(account: Douyin, card_data: Any) -> None:
    assert come(account, message_type="retain_consult_card", card_data=card_data).notice == "douyin_in_app"


@pytest.mark.parametrize("message_type", ["other", "hologram", ""])
def test_an_unknown_type_is_kept_with_a_notice(account: Douyin, message_type: str) -> None:
    message = come(account, message_type=message_type)

    assert (message.text[0], message.notice) == ("[", "unknown_type")


@pytest.mark.parametrize("created", ["soon", -1, 10**30, None, "1700000000123"])
def test_a_strange_time_does_no_harm(account: Douyin, created: Any) -> None:
    assert come(account, text="hi", create_time=created, new_field="x", user_infos="strange").text == "hi"


@pytest.mark.parametrize(
    "name",
    [
        "im_enter_direct_msg", "im_recall_msg", "im_group_receive_msg", "im_group_send_msg", "im_authorize", "authorize",
        "unauthorize", "contract_authorize", "contract_unauthorize", "create_video", "../x",
    ],
)  # fmt: skip
def test_events_are_kept_and_open_nothing(account: Douyin, name: str) -> None:
    account.push(name)

    row = account.take_in()[0]

    assert row.state == InboundState.IGNORED
    assert row.error_code.startswith("douyin.event_")
    assert not Ticket.objects.exists()


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"source": CLIENT_KEY}, "douyin.echo"),
        ({"source": ""}, "douyin.written_in_app"),
        ({"source": "another-app"}, "douyin.written_in_app"),
    ],
)
def test_what_the_account_sent_is_never_the_customers(account: Douyin, fields: dict[str, str], reason: str) -> None:
    account.push("im_send_msg", sender=ACCOUNT, receiver=CUSTOMER, text="您好", **fields)

    row = account.take_in()[0]

    assert (row.state, row.error_code) == (InboundState.IGNORED, reason)
    assert not Message.objects.exists()


def test_a_group_is_no_private_conversation(account: Douyin) -> None:
    account.push(conversation_type=2, text="hi")

    assert account.take_in()[0].error_code == "douyin.group_message"
    assert not Ticket.objects.exists()


def test_secrets_stay_out_of_what_is_kept(account: Douyin) -> None:
    account.server.on(RESOURCES, answer({}, 500))
    account.push(message_type="user_local_image")

    row = account.take_in()[0]

    assert "act.1" not in row.error + str(row.envelope)

"""What is written to the app becomes what an agent can read; what happens around it opens nothing; files are fetched."""

from typing import Any

import pytest

from apps.channels import media
from apps.channels.enums import DeliveryState, InboundState
from apps.channels.models import InboundEvent
from apps.customers.models import Customer
from apps.tickets.models import Message, Ticket
from tests.channels.connectors.called import files_of, outbound
from tests.channels.connectors.teams.conftest import CUSTOMER, TENANT, Teams
from tests.channels.test_media import PNG
from tests.support.platform_server import HANG_UP, Scripted

pytestmark = [pytest.mark.integration, pytest.mark.django_db]

MEMBER = "/apac/v3/conversations/a%3A1/members/29%3Au"
FILE = "application/vnd.microsoft.teams.file.download.info"


def come(teams: Teams, **fields: Any) -> Message:
    teams.push(**fields)
    teams.take_in()
    return Message.objects.order_by("-sequence")[0]


def test_a_message_with_name_and_address(teams: Teams) -> None:
    message = come(teams, text="在吗 😀 a &lt; b&nbsp;c")

    assert (message.text, message.sender_name) == ("在吗 😀 a < b c", "Li")
    identities = {row.kind: row for row in message.customer.identities.all()}  # type: ignore[union-attr]
    assert (identities["teams_member"].value, identities["teams_member"].scope) == (CUSTOMER, TENANT)
    assert identities["email"].verified_at is not None
    assert teams.server.at(MEMBER)[0].headers["authorization"] == "Bearer token-1"


def test_an_address_is_asked_for_once(teams: Teams) -> None:
    come(teams)
    come(teams, id="1701")

    assert len(teams.server.at(MEMBER)) == 1
    assert Ticket.objects.count() == 1


@pytest.mark.parametrize(("tenant", "is_tied"), [(TENANT, True), ("another", False), ("", False)])
def test_only_the_own_organization_vouches_for_an_address(teams: Teams, tenant: str, is_tied: bool) -> None:
    known = Customer.objects.create(name="Known")
    known.identities.create(kind="email", value="li@example.com", verified_at="2020-01-01T00:00:00Z")
    teams.server.on(MEMBER, {"email": "li@example.com", "tenantId": tenant})

    assert (come(teams).customer_id == known.pk) is is_tied


@pytest.mark.parametrize("reply", [Scripted(403, b"{}"), Scripted(404, b"<html>")])
def test_somebody_the_platform_does_not_tell_about_comes_anyway(teams: Teams, reply: Scripted) -> None:
    teams.server.on(MEMBER, reply)

    assert come(teams).text == "hi"


def test_a_message_waits_for_the_address_and_comes_without_it_in_the_end(teams: Teams) -> None:
    teams.server.on(MEMBER, HANG_UP)
    teams.push()

    assert teams.take_in()[0].state == InboundState.RECEIVED
    InboundEvent.objects.update(attempts=3, due_at="2020-01-01T00:00:00Z")
    teams.take_in()
    assert Message.objects.get().text == "hi"


def test_in_a_channel_the_app_is_named_and_others_stay_named(teams: Teams) -> None:
    entities = [
        {"type": "mention", "text": "<at>Desk</at>", "mentioned": {"id": "28:bot"}},
        {"type": "mention", "text": "<at>Wu</at>", "mentioned": {"id": "29:w"}},
    ]
    message = come(teams, text='<at>Desk</at> ask <at id="0">Wu</at> please', entities=entities)

    assert message.text == "ask @Wu please"


def test_two_people_of_one_conversation_are_two_customers(teams: Teams) -> None:
    come(teams)
    come(teams, id="1701", **{"from": {"id": "29:v", "name": "Wu"}})
    come(teams, id="1702", **{"from": {"id": "29:v", "name": "Wu"}})

    assert sorted(Ticket.objects.values_list("message_count", flat=True)) == [1, 2]


def test_an_edit_and_a_deletion_are_told(teams: Teams) -> None:
    come(teams)
    edited = come(teams, type="messageUpdate", text="hello", timestamp="2026-01-02T10:01:00Z")
    gone = come(teams, type="messageDelete", text="", timestamp="2026-01-02T10:02:00Z")

    assert [(row.text, row.notice) for row in (edited, gone)] == [("hello", "edited"), ("", "unsent")]
    assert Ticket.objects.count() == 1


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"type": "messageUpdate"}, "teams.not_for_us"),
        ({"type": "messageDelete"}, "teams.not_for_us"),
        ({"type": "conversationUpdate", "membersAdded": []}, "teams.event_conversationupdate"),
        ({"type": "messageReaction"}, "teams.event_messagereaction"),
        ({"type": "installationUpdate", "action": "remove"}, "teams.event_installationupdate"),
        ({"type": "typing"}, "teams.event_typing"),
        ({"type": "../x"}, "teams.event_x"),
        ({"type": ""}, "teams.event_unnamed"),
        ({"type": "event", "name": "application/vnd.microsoft.readReceipt", "value": {}}, "teams.event_read"),
        ({"from": {"id": "28:app-1"}}, "teams.echo"),
        ({"from": {"id": "28:another", "role": "bot"}}, "teams.echo"),
    ],
)
def test_what_is_nobodys_words_is_kept_and_opens_nothing(teams: Teams, fields: dict[str, Any], reason: str) -> None:
    teams.push(**fields)

    assert [(row.state, row.error_code) for row in teams.take_in()] == [(InboundState.IGNORED, reason)]
    assert not Ticket.objects.exists()


def test_a_receipt_tells_that_an_answer_was_read(teams: Teams) -> None:
    teams.server.on("/apac/v3/conversations/a%3A1/activities/1700", {"id": "1798"}, {"id": "1799"})
    come(teams)
    known_as = Message.objects.get().envelope["message_id"]
    earlier = teams.queued(outbound(CUSTOMER, "您好", follows=known_as))
    sent = teams.queued(outbound(CUSTOMER, "在的", follows=known_as, client_key="key.2"))

    value = {"lastReadMessageId": "1799"}
    teams.push(type="event", id="f:1", name="application/vnd.microsoft.readReceipt", value=value)
    teams.take_in()

    earlier.refresh_from_db()
    sent.refresh_from_db()
    assert (sent.state, sent.provider_id) == (DeliveryState.READ, "a:1:1799")
    assert (earlier.state, earlier.provider_id) == (DeliveryState.READ, "a:1:1798")


# --- Files


def test_a_file_is_fetched_without_the_token_and_a_picture_with_it(teams: Teams) -> None:
    teams.server.on("/short", Scripted(200, b"a,b"))
    teams.server.on("/apac/v3/attachments/1/views/original", Scripted(200, PNG))
    attachments = [
        {"contentType": "text/html", "content": "<div>看</div>"},
        {"contentType": FILE, "content": {"downloadUrl": f"{teams.server.url}/short"}, "name": "b.csv"},
        {"contentType": "image/*", "contentUrl": f"{teams.service_url}v3/attachments/1/views/original"},
    ]
    message = come(teams, text="看", attachments=attachments)

    assert (message.text, message.notice, files_of(message)) == ("看", "", [b"a,b", PNG])
    assert "authorization" not in teams.server.at("/short")[0].headers
    assert teams.server.at("/apac/v3/attachments/1/views/original")[0].headers["authorization"] == "Bearer token-1"


def test_a_picture_from_elsewhere_never_sees_the_token(teams: Teams) -> None:
    teams.channel.settings = {**teams.channel.settings, "api_base": f"{teams.server.url}/apac"}
    teams.channel.save()
    teams.server.on("/elsewhere.png", Scripted(200, PNG))

    message = come(teams, attachments=[{"contentType": "image/png", "contentUrl": f"{teams.server.url}/elsewhere.png"}])

    assert files_of(message) == [PNG]
    assert "authorization" not in teams.server.at("/elsewhere.png")[0].headers


def test_a_card_is_kept_with_a_notice(teams: Teams) -> None:
    message = come(teams, text="", attachments=[{"contentType": "application/vnd.microsoft.card.adaptive"}])

    assert message.notice == "unknown_type"


def test_a_message_waits_for_its_file(teams: Teams) -> None:
    teams.server.on("/short", HANG_UP)
    teams.push(attachments=[{"contentType": FILE, "content": {"downloadUrl": f"{teams.server.url}/short"}}])

    row = teams.take_in()[0]
    assert row.state == InboundState.RECEIVED
    assert "short" not in row.error
    InboundEvent.objects.update(attempts=media.PATIENT_ATTEMPTS, due_at="2020-01-01T00:00:00Z")
    teams.take_in()
    assert Message.objects.get().notice == "media_missing"


@pytest.mark.parametrize("moment", ["soon", "2026-01-02T10:00:00", "", None, 5, "9999-99-99T00:00:00Z"])
def test_a_strange_time_does_no_harm(teams: Teams, moment: Any) -> None:
    assert come(teams, timestamp=moment, entities="x", attachments={"a": 1}, new_field=1).text == "hi"

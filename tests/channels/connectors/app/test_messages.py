"""What an app says and hears: once, in order, without gaps, and nobody else's."""

from __future__ import annotations

import base64

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django.fixtures import DjangoAssertNumQueries

from apps.channels import registry
from apps.channels.connectors.protocol import clients
from apps.channels.connectors.protocol.errors import ClientMessageChanged, TokenRefused
from apps.channels.connectors.protocol.messages import Draft, Line, say_all
from apps.channels.contract import Outbound, Recipients
from apps.channels.enums import DeliveryState, FailureKind
from apps.channels.models import ClientConversation, ClientFile, ClientMessage, Delivery, InboundEvent
from apps.core.clock import now
from apps.core.errors import TooMany
from apps.core.models import StoredFile
from apps.customers.models import Customer, Identity
from apps.tickets.models import Attachment, Interaction, Message, Ticket
from tests.channels.conftest import in_parallel
from tests.channels.connectors.app.conftest import App, Configure, queue
from tests.factories.channels import ChannelFactory
from tests.factories.customers import CustomerFactory, IdentityFactory
from tests.factories.tickets import say

pytestmark = [pytest.mark.integration, pytest.mark.django_db]
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


def test_a_message_is_stored_numbered_and_becomes_a_ticket(app: App) -> None:
    answer = app.say("退款 please", key="018c-1", context={"order_id": "8812", "priority": "90"})

    assert answer.status_code == 200
    told = answer.json()
    assert (told["sequence"], told["client_message_id"], told["state"]) == (1, "018c-1", "accepted")
    [event] = app.take_in()
    ticket, message = Ticket.objects.get(pk=event.ticket_id), Message.objects.get(pk=event.message_id)
    assert message.text == "退款 please"
    assert message.envelope["context"] == {"order_id": "8812", "priority": "90"}
    assert ticket.priority != 90
    identity = Identity.objects.get(customer=ticket.customer)
    assert (identity.kind, identity.value, identity.scope, identity.verified_at is None) == (
        "app_user",
        "user-42",
        "app",
        False,
    )


def test_a_repetition_gets_the_first_answer_and_other_words_are_refused(app: App) -> None:
    first = app.say("hello", key="a").json()

    assert app.say("hello", key="a").json() == first
    refused = app.say("something else", key="a")
    assert (refused.status_code, refused.json()["code"]) == (409, "channels.client_message_changed")
    assert app.say("hello", key="b").json()["sequence"] == 2
    assert app.lines() == [(1, "customer", "hello"), (2, "customer", "hello")]
    assert InboundEvent.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_twins_from_many_connections_are_one_message_and_others_leave_no_gap(app: App) -> None:
    token = app.token()

    def work(number: int) -> int:
        key = "twin" if number % 2 else f"own-{number}"
        return int(
            App(app.channel).say("hi" if number % 2 else f"text {number}", key=key, token=token).json()["sequence"]
        )

    numbers = in_parallel(8, work)

    assert len({number for place, number in enumerate(numbers) if place % 2}) == 1
    assert sorted(set(numbers)) == [1, 2, 3, 4, 5]
    assert [line[0] for line in app.lines()] == [1, 2, 3, 4, 5]
    assert InboundEvent.objects.count() == 5


def test_answers_come_in_the_log_with_their_states(app: App) -> None:
    app.say("hello")
    delivery = app.tell("How can I help?")

    assert delivery.state == DeliveryState.SENT
    [_own, line] = app.get("messages").json()["messages"]
    assert (line["sequence"], line["sender"], line["name"], line["state"]) == (2, "agent", "Harbour", "sent")
    assert line["client_message_id"] is None

    assert app.post("receipts", {"delivered": 2}).json() == {"last_sequence": 2, "delivered": 2, "read": 0}
    delivery.refresh_from_db()
    assert delivery.state == DeliveryState.DELIVERED
    assert app.post("receipts", {"read": 99}).json() == {"last_sequence": 2, "delivered": 2, "read": 2}
    delivery.refresh_from_db()
    assert delivery.state == DeliveryState.READ
    assert app.get("messages").json()["messages"][1]["state"] == "read"


def test_receipts_only_rise_and_leave_later_answers_alone(app: App) -> None:
    app.say("hello")
    first = app.tell("one", key="k1")
    app.post("receipts", {"read": 2})
    second = app.tell("two", key="k2")

    assert app.post("receipts", {"delivered": 1, "read": 0}).json()["read"] == 2
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.state, second.state) == (DeliveryState.READ, DeliveryState.SENT)


def test_gaps_are_filled_page_by_page(app: App, configure: Configure) -> None:
    for number in range(1, 6):
        app.say(f"text {number}", key=f"m{number}")

    page = app.get("messages", query="?after=1&limit=2").json()
    assert [line["sequence"] for line in page["messages"]] == [2, 3]
    assert (page["has_more"], page["last_sequence"]) == (True, 5)
    page = app.get("messages", query="?after=3&limit=2").json()
    assert [line["sequence"] for line in page["messages"]] == [4, 5]
    assert page["has_more"] is False
    assert app.get("messages", query="?after=99").json()["messages"] == []


@pytest.mark.parametrize(
    "query", ["?after=-1", "?after=x", "?after=99999999999999999999", "?limit=0", "?limit=201", "?x=1"]
)
def test_a_question_that_makes_no_sense_is_refused(app: App, query: str) -> None:
    answer = app.get("messages", query=query)

    assert (answer.status_code, answer.json()["code"]) == (400, "api.invalid_request")


def test_an_answer_that_was_handed_over_twice_stands_once(app: App) -> None:
    app.say("hello")
    delivery = app.tell("once")
    connector = registry.get("app")

    result = connector.send(Outbound.from_payload(delivery.payload), app.channel)

    assert result.provider_id == delivery.provider_id
    assert app.lines() == [(1, "customer", "hello"), (2, "agent", "once")]


def test_what_became_of_an_unknown_answer_is_looked_up(app: App) -> None:
    app.say("hello")
    connector = registry.get("app")
    delivery = app.tell("there")
    lost = queue(app.channel, Outbound(client_key="lost", recipients=Recipients(to=("user-42",)), text="lost"))

    found, missing = connector.reconcile(delivery, app.channel), connector.reconcile(lost, app.channel)

    assert found is not None
    assert found.state == DeliveryState.SENT
    assert missing is not None
    assert missing.failure == FailureKind.RETRY_LATER


def test_an_answer_to_nobody_fails_for_good(app: App) -> None:
    delivery = app.tell("hello?", user="never-seen")

    assert (delivery.state, delivery.failure) == (DeliveryState.FAILED, FailureKind.RECIPIENT_GONE)
    assert ClientMessage.objects.count() == 0


def test_nobody_reads_or_moves_what_is_somebody_elses(app: App) -> None:
    app.say("my secret", token=app.token("alice"))
    app.tell("for alice", user="alice")
    name = app.upload(b"alice's file", token=app.token("alice")).json()["id"]
    mallory = app.token("mallory")

    assert app.lines(mallory) == []
    assert app.post("receipts", {"read": 99}, mallory).json()["read"] == 0
    assert app.get(f"files/{name}", mallory).status_code == 404
    taken = app.say("look", token=mallory, attachments=[name])
    assert (taken.status_code, taken.json()["code"]) == (422, "channels.file_not_there")
    assert ClientFile.objects.get().is_sent is False
    assert app.lines(app.token("alice"))[1][2] == "for alice"
    assert Delivery.objects.get().state == DeliveryState.SENT


def test_a_user_of_another_channel_is_another_person(app: App) -> None:
    other = App(ChannelFactory.create(key="other", kind="app", secrets=app.channel.secrets))
    app.say("on the first")

    assert other.get("messages", app.token()).status_code == 401
    assert other.lines(app.token(iss="other", aud="other")) == []


def test_internal_notes_and_tickets_stay_inside(app: App) -> None:
    app.say("hello")
    [event] = app.take_in()
    ticket = Ticket.objects.get(pk=event.ticket_id)
    say(ticket, kind="note", text="planted-note-7711")
    body = app.get("messages").content.decode()

    assert Message.objects.filter(ticket=ticket).count() == 2
    assert "planted-note-7711" not in body
    assert str(ticket.number) not in body


def test_files_go_both_ways(app: App) -> None:
    told = app.upload(PNG, name="%E6%94%B6%E6%8D%AE.png").json()
    assert (told["name"], told["content_type"], told["size"]) == ("收据.png", "image/png", len(PNG))
    assert app.say("", attachments=[told["id"]]).json()["attachments"] == [told]
    [event] = app.take_in()
    assert Attachment.objects.get(message_id=event.message_id).file.name == "收据.png"

    stored = StoredFile.objects.get()
    delivery = app.tell("here you are", attachments=(stored.pk,))
    assert delivery.state == DeliveryState.SENT
    [handed] = app.get("messages").json()["messages"][1]["attachments"]
    answer = app.get(f"files/{handed['id']}")
    assert (answer.status_code, answer.content, answer["Content-Type"]) == (200, PNG, "image/png")
    assert answer["X-Content-Type-Options"] == "nosniff"


def test_a_file_is_sent_once_and_within_its_limit(app: App, configure: Configure) -> None:
    configure(max_attachment_mb=1)
    name = app.upload(b"text").json()["id"]
    app.say("first", key="a", attachments=[name])

    assert app.say("again", key="b", attachments=[name]).status_code == 422
    large = app.upload(b"x" * (1024 * 1024 + 1))
    assert (large.status_code, large.json()["code"]) == (413, "api.body_too_large")
    assert ClientFile.objects.count() == 1


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ("[" * 5000, 400),
        ('{"client_message_id": "a", "text": "\\u0000"}', 400),
        ('{"client_message_id": "a", "text": "\\ud800"}', 400),
        ('{"client_message_id": "a", "client_message_id": "b", "text": "x"}', 400),
        ('{"client_message_id": "a", "text": NaN}', 400),
        ("[]", 400),
        ('"text"', 400),
        ("", 400),
        ('{"text": "no id"}', 400),
        ('{"client_message_id": "a b", "text": "x"}', 400),
        ('{"client_message_id": "a"}', 400),
        ('{"client_message_id": "a", "text": "   "}', 400),
        ('{"client_message_id": "a", "text": "x", "sequence": 9}', 400),
        ('{"client_message_id": "a", "text": {"x": 1}}', 400),
        ('{"client_message_id": "a", "text": "x", "attachments": "abc"}', 400),
        ('{"client_message_id": "a", "text": "x", "attachments": ["nothing"]}', 422),
        ('{"client_message_id": "a", "text": "x", "context": {"a": {"b": 1}}}', 400),
        ('{"client_message_id": "a", "text": "' + "x" * 4001 + '"}', 400),
    ],
    ids=lambda value: str(value)[:40],
)
def test_bad_bodies_change_nothing(app: App, body: str, status: int) -> None:
    app.get("session")
    before = app.counts()

    answer = app.post("messages", body)

    assert answer.status_code == status
    assert answer["Content-Type"].startswith("application/problem+json")
    assert app.counts() == before


def test_a_body_of_another_type_is_refused(app: App) -> None:
    answer = app.http.post(app.address("messages"), {"text": "x"}, headers={"Authorization": f"Bearer {app.token()}"})

    assert (answer.status_code, InboundEvent.objects.count()) == (415, 0)


def test_who_writes_too_much_waits(app: App, configure: Configure) -> None:
    configure(messages_per_minute=2)
    answers = [app.say("hello", key=f"m{number}") for number in range(3)]

    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert int(answers[2]["Retry-After"]) > 0
    assert app.say("hello", key="other", token=app.token("somebody")).status_code == 200
    assert len(app.lines()) == 2


def test_reading_costs_the_same_for_more_lines(app: App) -> None:
    def count() -> int:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            app.get("messages")
        return len(queries)

    app.say("one", key="m1", attachments=[app.upload(b"1").json()["id"]])
    one = count()
    for number in (2, 3):
        app.say("more", key=f"m{number}", attachments=[app.upload(b"2").json()["id"]])

    assert count() == one


def test_a_verified_phone_leads_to_the_customer_who_has_it(app: App) -> None:
    known = CustomerFactory.create()
    IdentityFactory.create(customer=known, kind="phone", value="+8613800138000", verified_at=now())
    app.say("it is me", token=app.token("a", phone="13800138000", phone_verified=True))
    app.say("me too", token=app.token("b", phone="13800138000"))
    app.take_in()

    customers = {row.value: row.customer_id for row in Identity.objects.filter(kind="app_user")}
    assert customers["a"] == known.pk
    assert customers["b"] != known.pk


def test_the_conversation_is_one_interaction(app: App) -> None:
    for number in range(3):
        app.say(f"text {number}", key=f"m{number}")
    app.take_in()

    assert (Interaction.objects.count(), Ticket.objects.count(), Message.objects.count()) == (1, 1, 3)
    assert Customer.objects.count() == 1
    assert ClientConversation.objects.count() == 1


# --- Many at once -------------------------------------------------------------------------------------------------


def _line(app: App, user: str, key: str, text: str) -> Line:
    return Line(clients.identify(app.channel, app.token(user)), Draft(key, text), ip="10.0.0.1")


def test_what_many_say_at_once_is_taken_in_as_if_each_had_said_it_alone(app: App) -> None:
    app.say("said before", key="old", token=app.token("ann"))
    lines = [
        _line(app, "ann", "old", "said before"),
        _line(app, "ann", "new", "and this"),
        _line(app, "bob", "new", "mine"),
        _line(app, "bob", "more", "and more"),
        _line(app, "bob", "more", "and more"),
    ]

    told = [answer["sequence"] for answer in say_all(lines) if isinstance(answer, dict)]

    assert told == [1, 2, 1, 2, 2]
    assert app.lines(app.token("ann")) == [(1, "customer", "said before"), (2, "customer", "and this")]
    assert app.lines(app.token("bob")) == [(1, "customer", "mine"), (2, "customer", "and more")]
    assert len(app.take_in()) == 4


def test_one_who_is_refused_among_many_changes_nothing_for_the_others(app: App, configure: Configure) -> None:
    app.say("first words", key="k", token=app.token("ann"))
    gone = _line(app, "carl", "k", "from a conversation that went on elsewhere")
    ClientConversation.objects.filter(pk=gone.client.conversation.pk).update(
        continued_in=ClientConversation.objects.get(user_key=clients.user_key(app.channel, "ann"))
    )
    configure(messages_per_minute=2)
    lines = [
        _line(app, "ann", "k", "other words"),
        _line(app, "bob", "k", "fine"),
        gone,
        *(_line(app, "dora", f"d{number}", "again") for number in range(3)),
    ]

    changed, fine, refused, *flood = say_all(lines)

    assert (type(changed), type(refused), type(flood[2])) == (ClientMessageChanged, TokenRefused, TooMany)
    assert isinstance(fine, dict)
    assert app.lines(app.token("ann")) == [(1, "customer", "first words")]
    assert app.lines(app.token("bob")) == [(1, "customer", "fine")]
    assert app.lines(app.token("dora")) == [(1, "customer", "again"), (2, "customer", "again")]
    assert len(app.take_in()) == 4
    assert not ClientMessage.objects.filter(conversation=gone.client.conversation).exists()


def test_many_lines_take_few_statements_more_than_one(
    app: App, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    app.say("warm", token=app.token("ann"))
    lines = [_line(app, f"user-{number}", "k", "hello") for number in range(10)]
    with django_assert_max_num_queries(10 + 4 * len(lines)):
        said = say_all(lines)
    assert [answer["sequence"] for answer in said if isinstance(answer, dict)] == [1] * 10

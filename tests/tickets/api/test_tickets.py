import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.accounts.models import Role
from apps.channels.models import Delivery
from apps.core.events import number_events
from apps.core.models import AuditEntry, Event
from apps.tickets.models import QueueGroupObjectPermission, Ticket
from tests.factories.accounts import TeamFactory, UserFactory, VendorFactory
from tests.factories.customers import CustomerFactory, TagFactory
from tests.factories.tickets import TicketFactory, say

pytestmark = pytest.mark.integration


def state() -> object:
    """What a refused request must leave as it was."""
    return (
        list(Ticket.objects.order_by("pk").values_list("pk", "version", "updated", "status", "priority", "queue")),
        Event.objects.count(),
        Delivery.objects.count(),
    )


def test_list_shows_visible_tickets_newest_first(api, agent, grants, queue, other_queue):
    first, second = TicketFactory(queue=queue), TicketFactory(queue=queue)
    TicketFactory(queue=other_queue)

    body = api(agent).get("tickets/", sort="-created").json()

    assert [row["number"] for row in body["results"]] == [second.number, first.number]
    assert body["next"] is None
    assert body["previous"] is None


def test_list_is_paged_by_links(api, agent, grants, queue):
    numbers = [TicketFactory(queue=queue).number for _ in range(5)]
    client = api(agent)

    page = client.get("tickets/", sort="created", limit=2).json()
    seen = [row["number"] for row in page["results"]]
    while page["next"]:
        page = client.client.get(page["next"]).json()
        seen += [row["number"] for row in page["results"]]

    assert seen == numbers
    assert page["previous"] is not None


@pytest.mark.parametrize("name", ["is_spam", "is_merged"])
@pytest.mark.parametrize("value", ["zz", "2", ""])
def test_a_flag_is_true_or_false(api, agent, grants, name, value):
    answer = api(agent).get("tickets/", **{name: value})
    assert (answer.status_code, answer.json()["code"]) == (400, "api.invalid_request")
    assert [error["field"] for error in answer.json()["errors"]] == [name]


def test_list_leaves_spam_and_merged_out_unless_asked(api, agent, grants, queue):
    plain = TicketFactory(queue=queue)
    spam = TicketFactory(queue=queue, is_spam=True)
    merged = TicketFactory(queue=queue, merged_into=plain)
    client = api(agent)

    def numbers(**query: str) -> set[int]:
        return {row["number"] for row in client.get("tickets/", **query).json()["results"]}

    assert numbers() == {plain.number}
    assert numbers(is_spam="true") == {spam.number}
    assert numbers(is_merged="true") == {merged.number}


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"status": "open,pending"}, {"open"}),
        ({"priority": "urgent"}, {"urgent"}),
        ({"queue": "care"}, {"open", "urgent", "tagged", "held"}),
        ({"category": "repair"}, {"urgent"}),
        ({"tag": "wholesale"}, {"tagged"}),
        ({"assignee": "me"}, {"held"}),
        ({"assignee": "alice"}, {"held"}),
        ({"assignee": "none", "status": "new"}, {"urgent", "tagged"}),
        ({"customer": "lin"}, {"urgent"}),
    ],
)
def test_filters(api, agent, grants, queue, category, customer, query, expected):
    tag = TagFactory(key="wholesale")
    query = {"customer": customer.public_id} if "customer" in query else query
    rows = {
        "open": TicketFactory(queue=queue, status="open"),
        "urgent": TicketFactory(queue=queue, priority=40, category=category, customer=customer),
        "tagged": TicketFactory(queue=queue),
        "held": TicketFactory(queue=queue, assignee=agent),
    }
    rows["tagged"].tags.add(tag)

    found = {row["number"] for row in api(agent).get("tickets/", **query).json()["results"]}

    assert found == {rows[name].number for name in expected}


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"nonsense": "1"}, "api.unknown_parameter"),
        ({"subject": "x"}, "api.unknown_parameter"),
        ({"assignee__password__startswith": "p"}, "api.unknown_parameter"),
        ({"sort": "subject"}, "api.invalid_parameter"),
        ({"sort": "__class__"}, "api.invalid_parameter"),
        ({"limit": "0"}, "api.invalid_parameter"),
        ({"limit": "201"}, "api.invalid_parameter"),
        ({"limit": "٣"}, "api.invalid_parameter"),
        ({"cursor": "eyJrIjpbNDJdfQ"}, "core.bad_cursor"),
        ({"status": "asleep"}, "api.invalid_request"),
        ({"priority": "50"}, "api.invalid_parameter"),
        ({"queue": "sales"}, "api.invalid_parameter"),
        ({"queue": "not-there"}, "api.invalid_parameter"),
        ({"queue": "care\x00"}, "api.invalid_parameter"),
        ({"opened_after": "yesterday"}, "api.invalid_request"),
        ({"status": ["new", "open"]}, "api.repeated_parameter"),
    ],
)
def test_wrong_parameters_are_named(api, agent, grants, queue, query, code):
    response = api(agent).get("tickets/", **query)

    assert response.status_code == 400
    assert response["Content-Type"] == "application/problem+json"
    assert response.json()["code"] == code


def test_ticket_in_full(api, agent, ticket, grants):
    body = api(agent).get(f"tickets/{ticket.number}/").json()

    assert body["number"] == ticket.number
    assert body["subject"] == "Screen broken"
    assert body["queue"] == "care"
    assert body["channel"] == "support"
    assert body["customer"] == {"id": ticket.customer.public_id, "name": "林小雨"}
    assert body["message_count"] == 1
    assert str(ticket.pk) not in {str(value) for value in body.values()} or ticket.pk == ticket.number


def test_reading_a_ticket_is_in_the_audit_trail(api, agent, ticket, grants):
    api(agent).get(f"tickets/{ticket.number}/")

    entry = AuditEntry.objects.get(action="ticket.viewed")
    assert (entry.subject_id, entry.actor_user_id, entry.face) == (ticket.pk, agent.pk, "api")


def test_etag_is_the_version(api, agent, ticket, grants):
    assert api(agent).get(f"tickets/{ticket.number}/")["ETag"] == f'"{Ticket.objects.get().version}"'


def test_a_vendors_token_gets_masked_values(api, outsourcing_agent, ticket, grants):
    say(ticket, "Call 13800138000 or lin@example.com, 林小雨.", customer=ticket.customer, channel=ticket.channel)
    client = api(outsourcing_agent)
    answers = [
        client.get("tickets/"),
        client.get(f"tickets/{ticket.number}/"),
        client.get(f"tickets/{ticket.number}/messages/"),
        client.get(f"tickets/{ticket.number}/interactions/"),
        client.get(f"customers/{ticket.customer.public_id}/"),
        client.get(f"customers/{ticket.customer.public_id}/identities/"),
    ]

    assert [answer.status_code for answer in answers] == [200] * 6
    told = "".join(answer.content.decode() for answer in answers)
    assert "138****8000" in told
    for secret in ("13800138000", "lin@example.com", "boss@example.com", "林小雨", "Lin Xiaoyu"):
        assert secret not in told


def test_open_a_ticket(api, agent, grants, queue, category, customer):
    TagFactory(key="wholesale")
    own = TicketFactory(queue=queue, customer=customer)  # because of it the agent sees the customer
    body = {
        "subject": "Call back",
        "queue": "care",
        "category": "repair",
        "priority": "high",
        "customer": customer.public_id,
        "tags": ["wholesale"],
        "note": {"text": "On Friday."},
        "assignee": "alice",
    }

    response = api(agent).post("tickets/", body)

    assert response.status_code == 201
    ticket = Ticket.objects.exclude(pk=own.pk).get()
    assert response["Location"] == f"http://testserver/api/v1/tickets/{ticket.number}/"
    assert response.json()["tags"] == ["wholesale"]
    assert (ticket.subject, ticket.queue, ticket.category) == ("Call back", queue, category)
    assert (ticket.priority, ticket.customer, ticket.assignee) == (30, customer, agent)
    assert [message.text for message in ticket.messages.all()] == ["On Friday."]
    assert set(Event.objects.filter(ticket_id=ticket.pk).values_list("face", flat=True)) == {"api"}


@pytest.mark.parametrize("field", ["queue", "customer", "assignee", "channel", "category", "team"])
def test_what_is_out_of_sight_is_refused_like_what_is_absent(api, outsourcing_agent, grants, other_queue, field):
    role = Role.objects.get(key="vendor_agent")
    role.permissions = [*role.permissions, "tickets.create"]
    role.save()
    stranger = CustomerFactory()
    values = {
        "queue": (other_queue.key, "absent"),
        "customer": (stranger.public_id, "A" * 22),
        "assignee": ("absent", "absent-too"),
        "channel": ("other", "absent"),
        "category": ("other", "absent"),
        "team": (TeamFactory(key="rivals", vendor=VendorFactory()).key, "absent"),
    }
    client = api(outsourcing_agent)

    answers = [client.post("tickets/", {"subject": "x", field: value}) for value in values[field]]

    assert [answer.status_code for answer in answers] == [400, 400]
    assert [answer.json()["errors"] for answer in answers] == [
        [{"field": field, "code": "does_not_exist", "detail": "There is no such record."}]
    ] * 2
    assert not Ticket.objects.exists()


def test_only_declared_fields_can_be_written(api, agent, ticket, grants):
    """Bad input 67 and 70: everything the model has is sent."""
    before = state()
    names = {field.name for field in Ticket._meta.get_fields()} - {
        "subject",
        "priority",
        "type",
        "queue",
        "category",
        "team",
        "tags",
    }

    for name in sorted(names):
        response = api(agent).patch(f"tickets/{ticket.number}/", {name: "1"})
        assert response.status_code == 400, name
        assert response.json()["errors"][0]["code"] == "unknown_field"

    assert state() == before


def test_a_ticket_goes_to_no_team_that_its_channel_does_not_allow(api, agent, ticket, grants, rule, team, other_team):
    rule.teams.set([other_team])
    before = state()

    for answer in (
        api(agent).patch(f"tickets/{ticket.number}/", {"team": team.key}),
        api(agent).post("tickets/", {"subject": "Other", "channel": ticket.channel.key, "team": team.key}),
    ):
        assert (answer.status_code, answer.json()["code"]) == (422, "tickets.team_not_allowed")
        assert answer.json()["errors"][0]["field"] == "team"
        assert answer.json()["detail"] == answer.json()["errors"][0]["detail"]
        assert str(other_team.name) in answer.json()["detail"]
    assert state() == before
    assert api(agent).patch(f"tickets/{ticket.number}/", {"team": other_team.key}).json()["team"] == other_team.key


def test_change_fields(api, agent, ticket, grants, category):
    TagFactory(key="wholesale")
    version = Ticket.objects.get().version

    response = api(agent).patch(
        f"tickets/{ticket.number}/",
        {"priority": "urgent", "category": "repair", "tags": ["wholesale"], "subject": "Black screen"},
        If_Match=f'"{version}"',
    )

    assert response.status_code == 200
    body = response.json()
    assert (body["priority"], body["category"], body["tags"]) == ("urgent", "repair", ["wholesale"])
    assert body["subject"] == "Black screen"
    assert response["ETag"] == f'"{version + 1}"' == f'"{body["version"]}"'


def test_the_second_of_two_editors_is_told_what_changed(api, agent, ticket, grants):
    client = api(agent)
    tag = client.get(f"tickets/{ticket.number}/")["ETag"]
    client.patch(f"tickets/{ticket.number}/", {"priority": "urgent"}, If_Match=tag)

    response = client.patch(f"tickets/{ticket.number}/", {"priority": "low"}, If_Match=tag)

    assert response.status_code == 412
    assert response.json()["code"] == "core.stale_version"
    assert [change["new"] for change in response.json()["changes"]] == ["Urgent"]
    assert Ticket.objects.get().priority == 40


@pytest.mark.parametrize("tag", ["seven", '"7', "7, 8", '"-1"', "1" * 12])
def test_an_unreadable_if_match_is_refused(api, agent, ticket, grants, tag):
    response = api(agent).patch(f"tickets/{ticket.number}/", {"priority": "low"}, If_Match=tag)

    assert (response.status_code, response.json()["code"]) == (400, "api.invalid_version")


def test_unknown_tags_are_named(api, agent, ticket, grants):
    response = api(agent).patch(f"tickets/{ticket.number}/", {"tags": ["nope"]})

    assert response.status_code == 422
    assert response.json()["errors"] == [
        {"field": "tags", "code": "invalid", "detail": "These tags do not exist: nope"}
    ]


def test_status_and_assignment(api, agent, teammate, ticket, grants):
    client = api(agent)

    held = client.put(f"tickets/{ticket.number}/assignment/", {"assignee": "tom"})
    assert (held.status_code, held.json()["assignee"]) == (200, "tom")
    resolved = client.put(
        f"tickets/{ticket.number}/status/",
        {"status": "resolved", "wrap_up": {"summary": "Sent a new one.", "is_solved": True}},
    )
    assert (resolved.status_code, resolved.json()["status"]) == (200, "resolved")
    assert ticket.wrap_ups.get().summary == "Sent a new one."
    refused = client.put(f"tickets/{ticket.number}/status/", {"status": "pending"})
    assert (refused.status_code, refused.json()["code"]) == (409, "tickets.transition_refused")
    back = client.put(f"tickets/{ticket.number}/status/", {"status": "open"})
    assert (back.status_code, back.json()["reopen_count"]) == (200, 1)
    free = client.put(f"tickets/{ticket.number}/assignment/", {"assignee": None})
    assert (free.status_code, free.json()["assignee"]) == (200, None)


def test_transfer(api, agent, outsourcing_agent, manager, ticket, grants, other_queue):
    theirs, ours = api(outsourcing_agent), api(agent)
    address = f"tickets/{ticket.number}/transfer/"

    for body in ({"queue": "sales"}, {"assignee": "alice", "queue": "care"}, {}):
        assert theirs.post(address, body).status_code == 400
    assert theirs.post(address, {"assignee": "alice"}).status_code == 404
    ticket.refresh_from_db()
    assert (ticket.message_count, ticket.is_kept_in_house) == (1, False)
    home = theirs.post(address, {"to_house": True, "whisper": "Please help."})
    assert (home.status_code, home.json()["assignee"]) == (200, None)
    moved = ours.post(address, {"queue": "sales"})
    assert (moved.status_code, moved.json()["queue"]) == (200, "sales")
    number_events()
    [home, moved] = api(manager).get("events/", kinds="ticket.transferred").json()["results"]
    assert (home["data"]["is_kept_in_house"], moved["data"]["old_queue"]) == (True, "care")
    assert theirs.get("events/", kinds="ticket.transferred").json()["results"] == []


def test_watch_link_merge_and_spam(api, agent, grants, queue):
    one, other = TicketFactory(queue=queue), TicketFactory(queue=queue)
    client = api(agent)

    assert client.put(f"tickets/{one.number}/watch/").status_code == 204
    assert one.watchers.get().user == agent
    assert client.delete(f"tickets/{one.number}/watch/").status_code == 204
    assert not one.watchers.exists()

    assert client.post(f"tickets/{one.number}/links/", {"ticket": other.number}).status_code == 201
    assert client.get(f"tickets/{other.number}/links/").json()["results"] == [
        {"ticket": one.number, "kind": "related", "is_outgoing": False}
    ]
    assert client.delete(f"tickets/{one.number}/links/related/{other.number}/").status_code == 204
    assert client.get(f"tickets/{one.number}/links/").json()["results"] == []

    merged = client.post(f"tickets/{one.number}/merge/", {"into": other.number})
    assert (merged.status_code, merged.json()["number"]) == (200, other.number)
    assert client.get(f"tickets/{one.number}/").json()["merged_into"] == other.number
    assert client.delete(f"tickets/{one.number}/merge/").status_code == 204

    assert client.put(f"tickets/{one.number}/spam/", {"is_spam": True}).json()["is_spam"] is True
    assert client.put(f"tickets/{one.number}/spam/", {"is_spam": False}).json()["is_spam"] is False


def test_a_colleague_joins_answers_and_leaves(api, agent, stranger, ticket, grants):
    client, theirs = api(agent), api(stranger)
    for _time in range(2):
        assert client.put(f"tickets/{ticket.number}/helpers/steve/").status_code == 204
    (row,) = theirs.get(f"tickets/{ticket.number}/helpers/").json()["results"]
    assert (row["agent"], row["name"]) == ("steve", "Steve Stranger")
    assert theirs.post(f"tickets/{ticket.number}/messages/", {"kind": "note", "text": "On it"}).status_code == 201

    before = state()
    refused = theirs.put(f"tickets/{ticket.number}/helpers/alice/")
    assert (refused.status_code, refused.json()["code"]) == (403, "core.permission_refused")
    assert client.put(f"tickets/{ticket.number}/helpers/nobody/").status_code == 404
    assert (state(), ticket.watchers.count()) == (before, 1)

    for _time in range(2):
        theirs.delete(f"tickets/{ticket.number}/helpers/steve/")
    assert not ticket.watchers.exists()
    assert Event.objects.filter(kind="ticket.watched").count() == 2


def test_of_helpers_one_reads_who_one_may_know(api, ticket, grants, outsourcing_agent, stranger):
    ticket.watchers.create(user=stranger, is_helper=True)
    ticket.watchers.create(user=UserFactory(username="walter", vendor=VendorFactory()), is_helper=True)
    rows = api(outsourcing_agent).get(f"tickets/{ticket.number}/helpers/").json()["results"]
    assert [row["agent"] for row in rows] == ["steve"]


def test_history_names_the_face(api, agent, ticket, grants):
    client = api(agent)
    client.patch(f"tickets/{ticket.number}/", {"priority": "urgent"})

    (row,) = client.get(f"tickets/{ticket.number}/history/").json()["results"]

    assert (row["kind"], row["face"], row["new"]) == ("ticket.field_changed", "api", "Urgent")


WRITES = [
    ("patch", "", {"priority": "urgent"}),
    ("put", "status/", {"status": "open"}),
    ("put", "assignment/", {"assignee": None}),
    ("post", "transfer/", {"to_house": True, "whisper": "hi"}),
    ("put", "watch/", None),
    ("put", "helpers/alice/", None),
    ("put", "spam/", {"is_spam": True}),
    ("post", "messages/", {"kind": "note", "text": "hi"}),
    ("post", "messages/", {"kind": "reply", "text": "hi"}),
]


@pytest.mark.parametrize(("method", "part", "body"), WRITES)
def test_a_token_without_the_scope_cannot_write(api, agent, ticket, grants, method, part, body):
    before = state()

    response = getattr(api(agent, scopes=["tickets.view"]), method)(f"tickets/{ticket.number}/{part}", body)

    assert (response.status_code, response.json()["code"]) == (403, "core.permission_refused")
    assert state() == before


@pytest.mark.parametrize(("method", "part", "body"), [("get", "", None), ("get", "messages/", None), *WRITES])
def test_a_ticket_out_of_sight_is_absent(api, stranger, ticket, grants, method, part, body):
    before = state()
    client = api(stranger)
    call = getattr(client, method)

    hidden, absent = (
        (call(f"tickets/{number}/{part}") if method == "get" else call(f"tickets/{number}/{part}", body))
        for number in (ticket.number, 999_999_999)
    )

    assert hidden.status_code == absent.status_code == 404
    assert hidden.json()["code"] == absent.json()["code"] == "core.not_found"
    assert state() == before


def test_access_is_asked_at_every_request(api, agent, ticket, grants, team, queue):
    """Bad input 59: what was open a moment ago is closed the moment the grant is gone."""
    client = api(agent)
    assert client.get(f"tickets/{ticket.number}/").status_code == 200
    QueueGroupObjectPermission.objects.filter(group=team.group, content_object=queue).delete()

    assert client.get(f"tickets/{ticket.number}/").status_code == 404
    assert client.patch(f"tickets/{ticket.number}/", {"priority": "low"}).status_code == 404


@pytest.mark.parametrize("number", ["0", "01", "-1", "1.0", "abc", "1" * 16, "1%00", "١"])
def test_numbers_that_are_none(api, agent, grants, number):
    response = api(agent).get(f"tickets/{number}/")

    assert (response.status_code, response.json()["code"]) == (404, "core.not_found")


def count_queries(client, address):
    with CaptureQueriesContext(connection) as queries:
        assert client.get(address).status_code == 200
    return len(queries)


@pytest.mark.parametrize(("who", "most"), [("agent", 8), ("outsourcing_agent", 10)])
def test_a_list_of_three_costs_as_much_as_a_list_of_one(api, cast, grants, queue, channel, who, most):
    tag, client = TagFactory(), api(cast[who])
    client.get("tickets/")  # reads the vocabulary, and marks the token as used

    def make() -> None:
        row = TicketFactory(queue=queue, channel=channel, customer=CustomerFactory(), assignee=cast["agent"])
        row.tags.add(tag)

    make()
    one = count_queries(client, "tickets/")
    make()
    make()

    assert count_queries(client, "tickets/") == one <= most


def test_a_ticket_may_begin_with_a_message_of_ours(api, agent, grants, rule, channel):
    body = {
        "channel": channel.key,
        "subject": "Your order",
        "message": {"to": "new@example.org", "text": "It has left."},
    }
    answer = api(agent).post("tickets/", body)
    assert (answer.status_code, answer.json()["status"], answer.json()["assignee"]) == (201, "pending", None)
    ticket = Ticket.objects.get()
    assert ticket.customer.identities.get().value == "new@example.org"
    (delivery,) = Delivery.objects.all()
    assert (delivery.ticket_id, delivery.payload["text"]) == (ticket.pk, "It has left.")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"channel": None}, "channel"),
        ({"message": {"text": "x", "to": "not an address"}}, None),
        ({"message": {"text": "x"}}, "to"),
        ({"note": {"text": "x"}}, "note"),
        ({"subject": ""}, "subject"),
    ],
    ids=["no-channel", "no-address", "nobody", "a-note-as-well", "no-subject"],
)
def test_a_message_of_ours_that_cannot_go_opens_nothing(api, agent, grants, rule, channel, changes, field):
    body = {"channel": channel.key, "subject": "x", "message": {"to": "new@example.org", "text": "x"}, **changes}
    before = state()
    answer = api(agent).post("tickets/", body)
    assert answer.status_code in {400, 422}
    assert field in (None, *answer.json().get("fields", {}), *(row["field"] for row in answer.json().get("errors", [])))
    assert state() == before

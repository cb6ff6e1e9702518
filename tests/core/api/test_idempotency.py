import threading
from datetime import timedelta

import pytest
import time_machine
from django.db import connection, connections

from apps.core.idempotency import forget_answers
from apps.core.models import IdempotentAnswer
from apps.customers.models import CustomerNote, Organization
from apps.tickets.models import Ticket
from tests.factories.customers import CustomerFactory
from tests.factories.tickets import TicketFactory

pytestmark = pytest.mark.integration
BODY = {"name": "示例科技有限公司"}


def test_a_repetition_gets_the_first_answer_again(api, manager):
    client = api(manager)
    first = client.post("organizations/", BODY, key="order-1")
    again = client.post("organizations/", BODY, key="order-1")

    assert Organization.objects.count() == 1
    assert (again.status_code, again.json()) == (201, first.json())
    assert again["Location"] == first["Location"]
    assert again["ETag"] == first["ETag"]
    assert again["Idempotent-Replayed"] == "true"
    assert not first.has_header("Idempotent-Replayed")


def test_spacing_and_order_of_members_do_not_matter(api, manager):
    client = api(manager)
    client.post("organizations/", {"name": "A", "level": "gold"}, key="k")
    again = client.client.post(
        "/api/v1/organizations/",
        '{ "level":"gold",\n "name":"A" }',
        content_type="application/json",
        headers={"Idempotency-Key": "k"},
    )

    assert again["Idempotent-Replayed"] == "true"


@pytest.mark.parametrize(("address", "body"), [("organizations/", {"name": "Other"}), ("customers/", {"name": "A"})])
def test_another_request_under_the_same_key_is_refused(api, manager, address, body):
    client = api(manager)
    client.post("organizations/", BODY, key="k")

    response = client.post(address, body, key="k")

    assert (response.status_code, response.json()["code"]) == (422, "api.idempotency_mismatch")
    assert Organization.objects.count() == 1


def test_keys_belong_to_their_token(api, manager):
    assert api(manager).post("organizations/", BODY, key="k").status_code == 201
    assert api(manager).post("organizations/", BODY, key="k").status_code == 201
    assert Organization.objects.count() == 2


def test_refusals_of_a_service_are_kept(api, manager):
    client = api(manager)
    client.post("customers/", {"identities": [{"kind": "email", "value": "a@example.com"}]})
    body = {"name": "B", "identities": [{"kind": "email", "value": "a@example.com"}]}

    first, again = (client.post("customers/", body, key="k") for _ in range(2))

    assert first.status_code == again.status_code == 409
    assert first.json()["code"] == again.json()["code"] == "customers.identity_taken"
    assert again["Content-Type"] == "application/problem+json"
    assert again["Idempotent-Replayed"] == "true"


def test_malformed_requests_leave_the_key_free(api, manager):
    client = api(manager)
    assert client.post("organizations/", {"nom": "x"}, key="k").status_code == 400
    assert client.post("organizations/", BODY, key="k").status_code == 201


def test_faults_leave_neither_effect_nor_answer(api, manager, monkeypatch):
    from apps.customers.api import views

    create = views.organizations.create_organization

    def fail(**kwargs: object) -> None:
        create(**kwargs)
        raise ZeroDivisionError

    client = api(manager)
    client.client.raise_request_exception = False
    monkeypatch.setattr(views.organizations, "create_organization", fail)
    assert client.post("organizations/", BODY, key="k").status_code == 500
    assert not Organization.objects.exists()
    monkeypatch.undo()
    assert client.post("organizations/", BODY, key="k").status_code == 201


@pytest.mark.parametrize("key", ["x" * 256, "ключ", "a\tb"])
def test_keys_that_are_none(api, manager, key):
    response = api(manager).client.post(
        "/api/v1/organizations/", BODY, content_type="application/json", HTTP_IDEMPOTENCY_KEY=key
    )

    assert (response.status_code, response.json()["code"]) == (400, "api.invalid_idempotency_key")
    assert not Organization.objects.exists()


def test_what_is_kept_is_unreadable_at_rest(api, manager):
    api(manager).post("organizations/", BODY, key="secret-key")

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT to_jsonb(core_idempotentanswer)::text, encode(answer, 'escape') FROM core_idempotentanswer"
        )
        row = "".join(cursor.fetchone())
    assert "示例" not in row
    assert "secret-key" not in row
    assert IdempotentAnswer.objects.get().answer["body"]["name"] == BODY["name"]


def test_answers_are_kept_for_a_day_and_then_forgotten(api, manager):
    client = api(manager)
    client.post("organizations/", BODY, key="k")
    with time_machine.travel(timedelta(hours=25)):
        assert forget_answers() == 0
    with time_machine.travel(timedelta(hours=49)):
        assert forget_answers() == 1
    assert not IdempotentAnswer.objects.exists()


def test_an_answer_about_what_is_out_of_sight_now_is_not_given_again(api, agent, ticket_of_agent):
    """Bad input 59, by repetition."""
    ticket, revoke = ticket_of_agent
    client, address = api(agent), f"tickets/{ticket.number}/messages/"
    assert client.post(address, {"kind": "note", "text": "Hi"}, key="k").status_code == 201
    revoke()

    response = client.post(address, {"kind": "note", "text": "Hi"}, key="k")

    assert (response.status_code, response.json()["code"]) == (404, "core.not_found")


def test_nor_is_one_about_what_the_request_itself_made_or_named(api, agent, team, ticket_of_agent):
    """The address says nothing of these: what was opened, merged into, linked with."""
    ticket, revoke = ticket_of_agent
    hidden_soon = TicketFactory(queue=ticket.queue)
    kept = TicketFactory(assignee=agent, status="open")
    client = api(agent)
    posts = [
        ("tickets/", {"subject": "Call back", "queue": ticket.queue.key}, 201),
        (f"tickets/{kept.number}/links/", {"ticket": hidden_soon.number}, 201),
        (f"tickets/{kept.number}/messages/", {"kind": "note", "text": "Hi"}, 201),
    ]
    for number, (address, body, status) in enumerate(posts):
        assert client.post(address, body, key=f"k{number}").status_code == status
        assert client.post(address, body, key=f"k{number}")["Idempotent-Replayed"] == "true"
    revoke()
    count = Ticket.objects.count()

    answers = [client.post(address, body, key=f"k{number}") for number, (address, body, _) in enumerate(posts)]

    assert [answer.status_code for answer in answers] == [404, 404, 201]
    assert "Call back" not in answers[0].content.decode()
    assert Ticket.objects.count() == count


def test_an_answer_about_what_was_deleted_is_not_given_again(api, manager):
    customer = CustomerFactory()
    client, address = api(manager), f"customers/{customer.public_id}/notes/"
    note = client.post(address, {"body": "Prefers mail."}, key="k").json()
    assert client.delete(f"{address}{note['id']}/").status_code == 204

    assert client.post(address, {"body": "Prefers mail."}, key="k").status_code == 404
    assert not CustomerNote.objects.exists()


@pytest.fixture
def ticket_of_agent(team):
    from apps.tickets.models import QueueGroupObjectPermission
    from tests.factories.tickets import QueueFactory, TicketFactory, grant

    queue = QueueFactory()
    grant(team, queue)
    return TicketFactory(queue=queue), QueueGroupObjectPermission.objects.all().delete


@pytest.mark.django_db(transaction=True)
def test_many_at_once_have_one_effect(api, manager):
    """Stripe's rule, as in reliability: one effect, equal answers or a conflict, never a second effect."""
    client = api(manager)
    token, answers = client.token, []
    start = threading.Barrier(8)

    def send() -> None:
        try:
            own = type(client)(token)
            start.wait()
            answers.append(own.post("organizations/", BODY, key="same"))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=send) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert Organization.objects.count() == 1
    assert {answer.status_code for answer in answers} <= {201, 409}
    good = [answer.json() for answer in answers if answer.status_code == 201]
    assert good
    assert all(body == good[0] for body in good)
    for answer in answers:
        if answer.status_code == 409:
            assert answer.json()["code"] == "api.idempotency_conflict"
            assert answer["Retry-After"] == "1"
    assert client.post("organizations/", BODY, key="same").json() == good[0]

"""What people type who see a customer masked tells them nothing of that customer, however they guess."""

import pytest

from apps.core.actor import person
from apps.customers.models import CustomerNote, Organization
from apps.customers.services.customers import add_note
from apps.tickets.models import Message, Ticket
from apps.tickets.services.detecting import detect_again
from tests.factories.tickets import say

pytestmark = pytest.mark.integration

# Each with what is known of the customer in it, and one that is not; a detector sees neither.
GUESSES = [
    ("113800138000", "113800138001"),
    ("13,800,138,000", "13,800,138,001"),
    ("林小雨 ", "林小雪 "),
    ("wx 小雨 wx", "wx 小雪 wx"),
]


def alike(right: str, wrong: str, shown: str) -> bool:
    """Both stand there as they were typed, or neither does."""
    return (right in shown) == (wrong in shown)


@pytest.mark.parametrize(("right", "wrong"), GUESSES)
def test_a_note_of_guesses_tells_its_writer_nothing(api, cast, ticket, grants, right, wrong):
    client, address = api(cast["outsourcing_agent"]), f"tickets/{ticket.number}/messages/"

    answer = client.post(address, {"kind": "note", "text": f"guess {right} and {wrong}"})

    assert answer.status_code == 201
    assert alike(right.strip(), wrong.strip(), answer.json()["text"])
    row = client.get(address, kind="note").json()["results"][0]
    assert alike(right.strip(), wrong.strip(), row["text"])
    assert alike(right.strip(), wrong.strip(), row["html"])


@pytest.mark.parametrize(("right", "wrong"), GUESSES)
def test_a_reply_of_guesses_tells_its_writer_nothing_in_the_list(api, cast, ticket, grants, right, wrong):
    client = api(cast["outsourcing_agent"])
    assert (
        client.post(f"tickets/{ticket.number}/messages/", {"kind": "reply", "text": f"{right} {wrong}"}).status_code
        == 201
    )

    ticket.refresh_from_db()
    assert ticket.preview_is_blind
    (row,) = client.get("tickets/").json()["results"]
    assert alike(right.strip(), wrong.strip(), str(row))


def test_what_the_house_writes_stays_masked_by_all_that_is_known(api, cast, ticket, grants, agent):
    say(ticket, "林小雨 wrote from 113800138000", kind="note", author=agent)

    (row,) = api(cast["outsourcing_agent"]).get(f"tickets/{ticket.number}/messages/", kind="note").json()["results"]

    assert "小雨" not in row["text"]
    assert "13800138000" not in row["text"]


def test_what_was_typed_so_is_known_after_it_was_looked_through_anew(api, cast, ticket, grants):
    client = api(cast["outsourcing_agent"])
    client.post(f"tickets/{ticket.number}/messages/", {"kind": "note", "text": "guess 林小雨 or 林小雪"})
    note = Message.objects.get(kind="note")
    note.spans = {**note.spans, "v": 0}
    note.save(update_fields=["spans"])

    detect_again()

    assert Message.objects.get(kind="note").spans["blind"] is True


def test_a_note_about_a_minor_tells_who_may_not_see_them_nothing(cast, api, agent, ticket, grants, customer):
    customer.is_minor = True
    customer.save(update_fields=["is_minor"])
    note = add_note(customer=customer, body="113800138000 or 113800138001 or x林小雨x林小雪x", by=person(agent))

    assert CustomerNote.objects.get(pk=note.pk).is_blind
    (row,) = api(agent).get(f"customers/{customer.public_id}/notes/").json()["results"]
    assert alike("林小雨", "林小雪", row["body"])
    assert alike("113800138000", "113800138001", row["body"])


def test_a_company_called_after_a_minor_is_not_named_to_who_may_not_see_them(
    cast, api, agent, ticket, grants, customer
):
    customer.is_minor, customer.organization = True, Organization.objects.create(name="林小雨 林小雪 贸易")
    customer.save(update_fields=["is_minor", "organization"])

    row = api(agent).get(f"customers/{customer.public_id}/").json()

    assert alike("林小雨", "林小雪", str(row["organization"]))
    assert "林小雨" not in str(row["organization"])


def test_a_subject_typed_by_who_sees_the_customer_is_masked_as_ever(api, cast, agent, ticket, grants):
    assert api(agent).patch(f"tickets/{ticket.number}/", {"subject": "Of 林小雨"}).status_code == 200

    assert not Ticket.objects.get(pk=ticket.pk).subject_is_blind
    assert "小雨" not in api(cast["outsourcing_agent"]).get(f"tickets/{ticket.number}/").json()["subject"]

"""Minors on the desk: the mark and its dialog, files, answers typed to others, reveals, and what a minor wrote elsewhere."""

import pytest
from django.test import Client
from django.urls import reverse

from apps.core.actor import SYSTEM, person
from apps.core.storage import store_file
from apps.customers.models import Customer, Guardian
from apps.privacy.enums import RevealState
from apps.privacy.models import Reveal
from apps.privacy.services.reveals import reveal_field
from apps.tickets.errors import ForwardRefused
from apps.tickets.models import Attachment, Message
from apps.tickets.selectors.search import search
from apps.tickets.services import messages
from tests.factories.customers import CustomerFactory
from tests.factories.tickets import TicketFactory, say

pytestmark = [pytest.mark.integration, pytest.mark.django_db]

NAME, PHONE = "李小苗", "13800138000"


@pytest.fixture
def child() -> Customer:
    return CustomerFactory(name=NAME, phone=f"+86{PHONE}", is_minor=True)


@pytest.fixture
def desk(client: Client, supervisor) -> Client:
    client.force_login(supervisor)
    return client


def test_the_dialog_marks_and_keeps_what_is_left_empty(desk, child):
    Customer.objects.update(is_minor=False)
    path = f"/desk/customers/{child.public_id}/minor/"
    given = {"is_minor": "on", "guardian_name": "李建国", "guardian_handle": "13900139000"}
    assert desk.post(path, given).status_code == 302
    shown = desk.get(path).content.decode()
    assert "李建国" not in shown
    assert "It is noted." in shown
    desk.post(path, {"is_minor": "on", "guardian_consented_on": "2026-01-30"})
    row = Guardian.objects.get()
    assert (row.name, row.handle, str(row.consented_on)) == ("李建国", "+8613900139000", "2026-01-30")
    assert desk.get(path).content.decode().count(" disabled") >= 3
    desk.post(path, {**given, "guardian_name": "Mallory", "guardian_consented_on": "2026-02-01"})
    row.refresh_from_db()
    assert (row.name, row.handle, str(row.consented_on)) == ("李建国", "+8613900139000", "2026-01-30")


def test_mark_and_missing_consent_are_said_beside_the_ticket(desk, child):
    ticket = TicketFactory(customer=child)
    page = desk.get(f"/desk/tickets/{ticket.number}/").content.decode()
    assert page.count(">Minor<") >= 2 or page.count("Minor</span>") >= 2
    assert "nothing beyond being served is allowed" in page, page[page.find("panel-name") :][:3000]
    assert NAME not in page


def test_files_of_a_minor_open_to_who_may_see_minors_only(desk, manager, child):
    ticket = TicketFactory(customer=child)
    stored = store_file(b"hello", name="hello.txt", by=SYSTEM)
    row = Attachment.objects.create(ticket=ticket, message_id=say(ticket, "see the picture").pk, file=stored)

    path = reverse("tickets:attachment", args=[row.public_id])
    assert desk.get(path).status_code == 404
    desk.force_login(manager)
    assert desk.get(path).status_code == 200


def test_what_a_minor_wrote_is_not_forwarded_without_the_right(supervisor, child):
    ticket = TicketFactory(customer=CustomerFactory())
    said = say(ticket, "hello", customer=child)
    before = Message.objects.count()
    with pytest.raises(ForwardRefused):
        messages.forward(message=said, to=["friend@example.com"], html="<p>Look</p>", by=person(supervisor))
    assert Message.objects.count() == before


def test_each_reveal_of_a_minor_waits_for_approval(supervisor, child):
    supervisor.role.permissions = [*supervisor.role.permissions, "privacy.reveal"]
    supervisor.role.save()
    asked = reveal_field(
        by=person(supervisor), kind="customer", record_id=child.public_id, field="name", reason_kind="deliver",
        reason="The courier asks for it", is_proven=True,
    )  # fmt: skip
    assert asked.value is None
    assert Reveal.objects.get().state == RevealState.WAITING


def test_what_a_minor_wrote_into_another_ticket_is_masked_and_not_found(desk, supervisor, manager, child):
    ticket = TicketFactory(customer=CustomerFactory(name="王大明"))
    say(ticket, f"This is {NAME}, call {PHONE}", customer=child)
    page = desk.get(f"/desk/tickets/{ticket.number}/").content.decode()
    assert NAME not in page
    assert PHONE not in page
    assert not search(person(supervisor), PHONE).hits
    assert len(search(person(manager), PHONE).hits) == 1

"""Who asked that nothing be done with their data is not written to, not asked for ratings, not matched with others."""

import pytest
from django.test import Client

from apps.accounts.models import User
from apps.channels.enums import DeliveryState
from apps.channels.models import Delivery
from apps.core.actor import SYSTEM, Actor
from apps.core.clock import now
from apps.core.errors import PermissionRefused
from apps.core.models import AuditEntry, Event
from apps.customers.enums import SuggestionReason
from apps.customers.models import Customer, MergeSuggestion
from apps.customers.restrictions import is_restricted
from apps.customers.services.merging import merge_customers, unmerge_customers
from apps.customers.services.suggestions import suggest_merge
from apps.privacy.enums import CameBy, CheckedBy, Law, Purpose, RequestKind
from apps.privacy.errors import WrongStep
from apps.privacy.models import DataSubjectRequest
from apps.privacy.services import requests
from apps.privacy.services.consenting import allows
from apps.tickets.errors import CustomerRestricted
from apps.tickets.models import Message, Ticket
from apps.tickets.selectors.detail import ticket_page
from apps.tickets.services import messages
from tests.factories.customers import CustomerFactory
from tests.factories.tickets import TicketFactory
from tests.tickets.conftest import Acting

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("grants")]


@pytest.fixture
def alice(acting: Acting, agent: User) -> Actor:
    return acting(agent)


@pytest.fixture
def office(acting: Acting, manager: User) -> Actor:
    return acting(manager)


def restricted(customer: Customer, by: Actor, ticket: Ticket | None = None) -> DataSubjectRequest:
    row = requests.open_request(
        customer_id=customer.pk,
        kind=RequestKind.RESTRICTION,
        law=Law.GDPR,
        came_by=CameBy.TICKET,
        ticket_id=None if ticket is None else ticket.pk,
        by=by,
    )
    row = requests.check_identity(request=row, method=CheckedBy.KNOWN, by=by)
    assert not is_restricted(customer)
    return requests.begin_work(request=row, by=by)


def write(ticket: Ticket, by: Actor) -> Message:
    return messages.reply(ticket=ticket, by=by, html="<p>Please restart it.</p>")


def test_nothing_goes_out_to_them_or_about_them_until_it_is_lifted(
    ticket: Ticket, customer: Customer, alice: Actor, office: Actor
) -> None:
    row, said = restricted(customer, office), Message.objects.get(ticket=ticket)

    with pytest.raises(CustomerRestricted):
        write(ticket, alice)
    with pytest.raises(CustomerRestricted):
        messages.forward(message=said, to=["repair@partner.example"], html="<p>Please look.</p>", by=alice)

    assert not Delivery.objects.exists()
    assert list(Message.objects.filter(ticket=ticket)) == [said]
    requests.lift_restriction(request=row, reason="They were told on Monday.", by=office)
    assert write(ticket, alice).pk
    told = Event.objects.filter(kind="customer.restriction_changed").order_by("pk")
    assert [event.payload["is_restricted"] for event in told] == [True, False]
    assert AuditEntry.objects.filter(action="privacy.restriction_lifted", subject_id=row.pk).exists()


def test_what_failed_before_is_not_sent_again(ticket: Ticket, customer: Customer, alice: Actor, office: Actor) -> None:
    write(ticket, alice)
    Delivery.objects.update(state=DeliveryState.FAILED, settled_at=now())
    restricted(customer, office)

    with pytest.raises(CustomerRestricted):
        messages.retry_delivery(ticket=ticket, delivery_id=Delivery.objects.get().pk, by=alice)

    assert Delivery.objects.get().state == DeliveryState.FAILED


def test_the_ticket_of_their_request_is_answered_and_no_other(
    ticket: Ticket, customer: Customer, alice: Actor, office: Actor
) -> None:
    restricted(customer, office, TicketFactory(customer=customer))
    with pytest.raises(CustomerRestricted):
        write(ticket, alice)
    DataSubjectRequest.objects.update(ticket_id=ticket.pk)

    assert write(ticket, alice).pk


def test_the_desk_says_why_before_anybody_writes(
    ticket: Ticket, customer: Customer, alice: Actor, office: Actor, agent: User
) -> None:
    restricted(customer, office)
    client = Client(headers={"Accept-Language": "en"})
    client.force_login(agent)

    page = ticket_page(alice, ticket.number)

    assert page.customer is not None
    assert page.customer.is_restricted
    assert {route.refusal for route in page.composer.routes} == {str(CustomerRestricted.message)}
    assert "Restricted" in client.get(f"/desk/customers/{customer.public_id}/").content.decode()


def test_it_holds_for_all_records_of_a_person_and_for_nobody_else(customer: Customer, office: Actor) -> None:
    other = CustomerFactory(name="林小雨", phone="+8613912345678")
    restricted(other, office)
    assert not is_restricted(customer)

    merge_customers(survivor=customer, merged=other, by=office)

    assert is_restricted(Customer.objects.get(pk=customer.pk))
    unmerge_customers(merged=Customer.objects.get(pk=other.pk), by=office)
    assert is_restricted(Customer.objects.get(pk=other.pk))
    assert not is_restricted(Customer.objects.get(pk=customer.pk))


def test_they_are_neither_asked_for_ratings_nor_matched(customer: Customer, office: Actor) -> None:
    other = CustomerFactory(name="林小雨", phone="+8613912345678")
    restricted(customer, office)

    suggest_merge(
        one=customer,
        other=other,
        reason=SuggestionReason.CLAIM_AND_NAME,
        identity=other.identities.get(),
        by=SYSTEM,
    )

    assert not MergeSuggestion.objects.exists()
    assert not allows([customer.pk], Purpose.SURVEYS)
    assert allows([other.pk], Purpose.SURVEYS)


def test_refusing_the_request_ends_it_and_two_end_with_the_last(customer: Customer, office: Actor) -> None:
    first, second = restricted(customer, office), requests.open_request(
        customer_id=customer.pk, kind=RequestKind.RESTRICTION, law=Law.PIPL, came_by=CameBy.MAIL, by=office
    )  # fmt: skip
    requests.check_identity(request=second, method=CheckedBy.KNOWN, by=office)
    requests.begin_work(request=second, by=office)

    requests.refuse(request=second, words="It was asked for twice.", by=office)

    assert is_restricted(customer)
    requests.lift_restriction(request=first, reason="They were told.", by=office)
    assert not is_restricted(customer)
    with pytest.raises(WrongStep):
        requests.lift_restriction(request=first, reason="Again.", by=office)


def test_nobody_else_lifts_it(customer: Customer, office: Actor, alice: Actor) -> None:
    row = restricted(customer, office)

    with pytest.raises(PermissionRefused):
        requests.lift_restriction(request=row, reason="I want to write to them.", by=alice)

    assert is_restricted(customer)


def test_it_is_set_and_lifted_on_the_pages(ticket: Ticket, customer: Customer, manager: User) -> None:
    client = Client(headers={"Accept-Language": "en"})
    client.force_login(manager)
    said = {"kind": "restriction", "law": "gdpr", "came_by": "ticket"}
    new = f"/admin/privacy/requests/new/?customer={customer.pk}"
    assert "There is no such ticket." in client.post(new, {**said, "ticket": "999999"}).content.decode()
    client.post(new, {**said, "ticket": str(ticket.number)})
    page = f"/admin/privacy/requests/{DataSubjectRequest.objects.get().pk}/"
    client.post(f"{page}check/", {"check-method": "known", "check-note": ""})

    client.post(f"{page}work/")

    assert is_restricted(customer)
    assert not is_restricted(customer, ticket_id=ticket.pk)
    assert "Restricted since" in client.get(page).content.decode()
    client.post(f"{page}lift/", {"lift-words": "You were told on Monday."})
    assert not is_restricted(customer)
    assert "Was restricted from" in client.get(page).content.decode()

"""What customers have not allowed is not done, from the moment that they take it back."""

import pytest

from apps.accounts.models import User
from apps.channels.connectors.submission import Submission, pack
from apps.channels.contract import Agreement, IdentityClaim
from apps.channels.enums import Region, TransferBasis
from apps.channels.models import Channel, Delivery, InboundEvent
from apps.channels.services import inbox
from apps.core.actor import SYSTEM, Actor
from apps.customers.models import Customer
from apps.privacy.enums import Purpose, Shown
from apps.privacy.errors import UseNotAllowed
from apps.privacy.models import Consent, PrivacyNotice
from apps.privacy.services.consenting import allows, give_consent, withdraw_consent
from apps.tickets.models import Message, Queue, Ticket
from apps.tickets.selectors.detail import ticket_page
from apps.tickets.services import messages
from apps.tickets.services.agreeing import note_agreement
from apps.tickets.services.assignment import assign_ticket
from apps.tickets.services.lifecycle import open_ticket
from apps.tickets.services.messages.retrying import retry_delivery
from apps.tickets.services.transferring import Target, transfer_ticket
from tests.factories.tickets import IntakeRuleFactory
from tests.tickets.conftest import Acting

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("grants")]


@pytest.fixture
def alice(acting: Acting, agent: User) -> Actor:
    return acting(agent)


@pytest.fixture
def abroad(ticket: Ticket) -> Ticket:
    """The ticket's channel is one abroad, whose basis is what each customer agreed to."""
    channel = ticket.channel
    assert channel is not None
    channel.server_region, channel.transfer_basis = Region.US, TransferBasis.CONSENT
    channel.save()
    return ticket


def write(ticket: Ticket, by: Actor) -> Message:
    return messages.reply(ticket=ticket, by=by, html="<p>It is on its way.</p>")


def say(customer: Customer, purpose: Purpose, *, is_allowed: bool) -> None:
    tell = give_consent if is_allowed else withdraw_consent
    tell(customer_id=customer.pk, purpose=purpose, shown=Shown.AGENT, by=SYSTEM)


def test_nothing_goes_abroad_before_it_is_allowed_nor_after_it_is_taken_back(
    abroad: Ticket, customer: Customer, alice: Actor
) -> None:
    with pytest.raises(UseNotAllowed) as refused:
        write(abroad, alice)
    assert "sending data abroad" in refused.value.told()
    [route] = ticket_page(alice, abroad.number).composer.routes
    assert "sending data abroad" in route.refusal
    assert not Delivery.objects.exists()

    say(customer, Purpose.CROSS_BORDER, is_allowed=True)
    write(abroad, alice)
    delivery = Delivery.objects.get()
    say(customer, Purpose.CROSS_BORDER, is_allowed=False)

    with pytest.raises(UseNotAllowed):
        write(abroad, alice)
    Delivery.objects.update(state="failed")
    with pytest.raises(UseNotAllowed):
        retry_delivery(ticket=abroad, delivery_id=delivery.pk, by=alice)
    assert Delivery.objects.count() == 1


def test_a_vendor_gets_no_ticket_whose_customer_did_not_allow_it(
    ticket: Ticket, customer: Customer, acting: Acting, manager: User, outsourcing_agent: User
) -> None:
    office = acting(manager)
    PrivacyNotice.objects.create(brand=ticket.brand, version=1, text={"en": "Words"}, covers_vendors=False)

    with pytest.raises(UseNotAllowed):
        assign_ticket(ticket=ticket, to=outsourcing_agent, by=office)
    ticket.refresh_from_db()
    assert ticket.assignee is None
    kept = open_ticket(subject="Second", by=office, customer=customer, channel=ticket.channel, queue=ticket.queue)
    assert kept.is_kept_in_house

    say(customer, Purpose.THIRD_PARTY, is_allowed=True)
    assert assign_ticket(ticket=ticket, to=outsourcing_agent, by=office).assignee == outsourcing_agent
    later = open_ticket(subject="Third", by=office, customer=customer, channel=ticket.channel, queue=ticket.queue)
    assert not later.is_kept_in_house


def test_a_transfer_to_a_queue_keeps_it_in_house(
    ticket: Ticket, other_queue: Queue, acting: Acting, manager: User
) -> None:
    PrivacyNotice.objects.create(brand=ticket.brand, version=1, text={"en": "Words"}, covers_vendors=False)

    moved = transfer_ticket(ticket=ticket, to=Target(queue=other_queue), by=acting(manager))

    assert moved.queue == other_queue
    assert moved.is_kept_in_house


def test_the_box_in_a_form_becomes_a_consent_and_an_older_one_does_not_undo_taking_it_back(
    form: Channel, other_queue: Queue
) -> None:
    IntakeRuleFactory(channel=form, queue=other_queue)
    notice = PrivacyNotice.objects.create(brand=form.brand, version=3, text={"en": "Words"}, needs_consent=True)

    def send(number: int) -> None:
        agreement = Agreement(notice.version, Shown.FORM)
        said = Submission(IdentityClaim("email", "lin@example.com"), f"Line {number}", agreement=agreement)
        event = inbox.accept(channel=form, external_id=f"{number}", order_by="lin", payload=pack(said))
        assert event is not None
        inbox.process_due()

    send(1)
    given = Consent.objects.get()
    withdraw_consent(customer_id=given.customer_id, purpose=Purpose.SERVICE, shown=Shown.PAGE, by=SYSTEM)

    assert (given.purpose, given.notice, given.shown, given.channel_id) == ("service", notice, "form", form.pk)
    assert given.given_at == InboundEvent.objects.get().received
    assert not allows([given.customer_id], Purpose.SERVICE)
    late = InboundEvent.objects.get()
    note_agreement(Agreement(3, Shown.FORM), form, Customer.objects.get(), late, by=SYSTEM)
    assert not allows([given.customer_id], Purpose.SERVICE)
    send(2)
    assert allows([given.customer_id], Purpose.SERVICE)

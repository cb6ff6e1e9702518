"""What comes of a visit: customer, ticket, interaction, what was said, how it was."""

from collections.abc import Callable

import pytest
from django.db import connection

from apps.accounts.models import Team, User
from apps.core.actor import Actor
from apps.core.errors import InvalidInput
from apps.core.models import AuditEntry, Event
from apps.counter.enums import Proof, VisitState
from apps.counter.errors import NoWindow
from apps.counter.models import Branch, Visit
from apps.counter.services.calling import call_next, transfer
from apps.counter.services.seats import take_window
from apps.counter.services.serving import Claim, finish, record_proof, start_serving
from apps.customers.models import Customer
from apps.tickets.errors import EmptyMessage
from apps.tickets.models import Interaction, Message, Ticket
from apps.tickets.services.lifecycle import WrapUpInput
from tests.counter.conftest import Hall
from tests.factories.counter import draw
from tests.factories.customers import CustomerFactory
from tests.factories.tickets import TicketFactory, grant

pytestmark = pytest.mark.integration
Acting = Callable[..., Actor]


def called_at(hall: Hall, by: Actor) -> Visit:
    draw(hall.branch, hall.repair)
    visit = call_next(window=hall.one, by=by)
    assert visit is not None
    return visit


def test_serving_opens_a_ticket_with_the_agent(served: Visit, seated: Hall, agent: User) -> None:
    ticket, interaction = served.ticket, served.interaction
    assert ticket is not None
    assert interaction is not None
    assert (ticket.queue, ticket.assignee, ticket.channel) == (seated.queue, agent, seated.branch.channel)
    assert ticket.subject.endswith("维修")
    assert ticket.customer is not None
    assert ticket.customer.name == "Zhao Planted"
    assert (interaction.state, interaction.ticket) == ("open", ticket)
    assert served.proof == Proof.CLAIMED
    identity = ticket.customer.identities.get()
    assert (identity.value, identity.verified_at) == ("+8613800138000", None)


def test_a_known_number_is_a_known_customer(seated: Hall, agent: User, acting: Acting) -> None:
    known = CustomerFactory(phone="+8613800138000")
    visit = called_at(seated, acting(agent))

    visit = start_serving(visit=visit, by=acting(agent), claim=Claim("138 0013 8000"))

    assert visit.ticket is not None
    assert visit.ticket.customer == known


def test_nobody_needs_to_say_who_they_are(seated: Hall, agent: User, acting: Acting) -> None:
    visit = start_serving(visit=called_at(seated, acting(agent)), by=acting(agent))

    assert visit.ticket is not None
    assert (visit.ticket.customer, visit.proof) == (None, "")


def test_what_is_no_contact_starts_nothing(seated: Hall, agent: User, acting: Acting) -> None:
    visit = called_at(seated, acting(agent))
    with pytest.raises(InvalidInput):
        start_serving(visit=visit, by=acting(agent), claim=Claim("twelve"))

    visit.refresh_from_db()
    assert visit.state == VisitState.CALLED
    assert not Ticket.objects.exists()
    assert not Customer.objects.exists()


def test_a_visit_about_a_ticket_that_is_there_joins_it(seated: Hall, agent: User, acting: Acting) -> None:
    ticket = TicketFactory(queue=seated.queue, customer=CustomerFactory())
    visit = start_serving(visit=called_at(seated, acting(agent)), by=acting(agent), ticket=ticket)
    finish(visit=visit, by=acting(agent), summary="Brought the invoice.")

    assert Ticket.objects.get() == ticket
    assert Message.objects.get().ticket == ticket


def test_finishing_writes_what_was_said_and_resolves(served: Visit, agent: User, acting: Acting) -> None:
    done = finish(
        visit=served,
        by=acting(agent),
        summary="Battery changed.",
        satisfaction=5,
        wrap_up=WrapUpInput(summary="Battery", is_solved=True),
    )

    message, interaction = Message.objects.get(), Interaction.objects.get()
    ticket = Ticket.objects.get()
    assert (done.state, done.satisfaction) == (VisitState.DONE, 5)
    assert (message.text, message.interaction, message.notice) == ("Battery changed.", interaction, "recorded")
    assert message.envelope["contact"]["kind"] == "visit_in"
    assert (interaction.state, interaction.ended_at is not None) == ("closed", True)
    assert (ticket.status, ticket.waiting_since) == ("resolved", None)
    assert Event.objects.get(kind="counter.visit_finished").ticket_id == ticket.pk


def test_nothing_is_finished_without_words(served: Visit, agent: User, acting: Acting) -> None:
    with pytest.raises(EmptyMessage):
        finish(visit=served, by=acting(agent), summary=" ")
    with pytest.raises(InvalidInput):
        finish(visit=served, by=acting(agent), summary="Done", satisfaction=6)

    served.refresh_from_db()
    assert (served.state, served.satisfaction) == (VisitState.SERVING, None)
    assert not Message.objects.exists()


def test_of_a_document_only_the_last_four_are_kept(served: Visit, agent: User, acting: Acting) -> None:
    for tail in ("110101199003074477", "44 7", ""):
        with pytest.raises(InvalidInput):
            record_proof(visit=served, by=acting(agent), proof="document", document="id_card", tail=tail)
    served.refresh_from_db()
    assert (served.proof, served.document_tail) == (Proof.CLAIMED, "")

    record_proof(visit=served, by=acting(agent), proof="document", document="id_card", tail="447x")

    served.refresh_from_db()
    assert (served.proof, served.document, served.document_tail) == ("document", "id_card", "447X")
    with connection.cursor() as cursor:
        cursor.execute("SELECT document_tail FROM counter_visit")
        assert "447" not in str(cursor.fetchone()[0])
    entry = AuditEntry.objects.get(action="counter.visit.proved")
    assert entry.details == {"proof": "document", "document": "id_card"}


def test_a_transferred_visit_goes_on_with_its_ticket(
    served: Visit, seated: Hall, agent: User, teammate: User, acting: Acting
) -> None:
    transfer(visit=served, by=acting(agent), window=seated.two)
    called = call_next(window=seated.two, by=acting(teammate))
    assert called is not None

    again = start_serving(visit=called, by=acting(teammate))

    ticket = Ticket.objects.get()
    assert (again.ticket, again.interaction_id) == (ticket, served.interaction_id)
    assert ticket.assignee == teammate


def test_people_of_a_vendor_serve_what_the_contract_opens(
    hall: Hall, outsourcing_agent: User, vendor_team: Team, acting: Acting
) -> None:
    """The role, the branch's teams, the channel and the queue: each is needed."""
    role = outsourcing_agent.role
    assert role is not None
    draw(hall.branch, hall.repair)

    def sees() -> bool:
        return Visit.objects.visible_to(acting(outsourcing_agent)).exists()

    assert not sees()
    hall.branch.teams.add(vendor_team)
    assert not sees()
    role.permissions = [*role.permissions, "counter.serve"]
    role.save()
    assert not sees()
    grant(vendor_team, hall.branch.channel)
    assert not sees()
    assert Branch.objects.visible_to(acting(outsourcing_agent)).exists()
    grant(vendor_team, hall.queue)
    assert sees()

    take_window(window=hall.one, by=acting(outsourcing_agent))
    visit = call_next(window=hall.one, by=acting(outsourcing_agent))
    assert visit is not None
    visit = start_serving(visit=visit, by=acting(outsourcing_agent), claim=Claim("13800138000"))
    assert visit.ticket is not None
    assert visit.ticket.assignee == outsourcing_agent


def test_a_stranger_serves_nobody(served: Visit, stranger: User, acting: Acting) -> None:
    with pytest.raises(NoWindow):
        finish(visit=served, by=acting(stranger), summary="Mine")
    with pytest.raises(NoWindow):
        record_proof(visit=served, by=acting(stranger), proof="code")

    served.refresh_from_db()
    assert (served.state, served.proof) == (VisitState.SERVING, Proof.CLAIMED)
    assert not Message.objects.exists()

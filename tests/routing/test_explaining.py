"""Why a ticket was whose, on its page; and taking and giving work by hand."""

import pytest

from apps.core.errors import PermissionRefused
from apps.routing.models import RoutingQueue
from apps.routing.selectors.explaining import assignment_rows
from apps.routing.services.handing_out import look
from apps.routing.services.kept_floor import KeptFloor
from apps.routing.services.pulling import claim_next
from apps.routing.services.states import set_state
from apps.tickets.models import Assignment
from apps.tickets.services import assignment, offers
from tests.factories.accounts import RoleFactory

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("grants")]


def test_each_assignment_says_why_to_those_whom_it_concerns(
    client, ticket, queue, agent, teammate, supervisor, outsourcing_agent, acting
):
    RoutingQueue.objects.create(queue=queue, is_automatic=True)
    set_state(user=agent, state="available", by=acting(agent))
    look(KeptFloor())
    row = Assignment.objects.get()
    row.explanation = [["learned", {"percent": 80, "successes": 8, "trials": 10}], *row.explanation]
    row.save()
    offers.accept_offer(offer=row, by=acting(agent))
    assignment.assign_ticket(ticket=ticket, to=teammate, by=acting(supervisor))

    why = {
        who: [row.why for row in assignment_rows(acting(who), ticket)] for who in (agent, teammate, outsourcing_agent)
    }

    measured = "Success with this category: 80 % (8 of 10, smoothed)."
    by_hand = ("Given by Susan Supervisor.",)
    assert measured in why[agent][0]
    assert (measured in why[teammate][0], why[teammate][1]) == (False, by_hand)
    assert why[teammate][0][-1] == "Nobody else who could take it was free."
    assert why[outsourcing_agent][0] == ()
    client.force_login(teammate)
    page = client.get(f"/desk/tickets/{ticket.number}/history/", headers={"HX-Request": "true"}).content.decode()
    assert "Nobody else who could take it was free." in page
    assert measured not in page


def test_pulling_and_pushing_need_their_permissions(ticket, agent, teammate, supervisor, acting):
    agent.role = RoleFactory(permissions=["tickets.view", "tickets.assign"])
    agent.save()
    with pytest.raises(PermissionRefused):
        claim_next(by=acting(agent))
    with pytest.raises(PermissionRefused):
        offers.offer_ticket(ticket=ticket, to=teammate, seconds=30, by=acting(agent))
    assert not Assignment.objects.exists()

    pushed = offers.offer_ticket(ticket=ticket, to=teammate, seconds=30, by=acting(supervisor))
    assert claim_next(by=acting(teammate)) is None  # what somebody is being asked is not free
    offers.decline_offer(offer=pushed, by=acting(teammate))
    assert claim_next(by=acting(teammate)) == ticket
    said = [row.why for row in assignment_rows(acting(supervisor), ticket)]
    assert said == [("Offered by Susan Supervisor.",), ("Taken by themselves.",)]

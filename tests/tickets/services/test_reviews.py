"""What was decided without a person is looked at by one: asked for, left alone meanwhile, settled with a reason."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from apps.accounts.models import User
from apps.core.clock import now
from apps.core.errors import InvalidInput, NotVisible, PermissionRefused, TooMany
from apps.core.models import AuditEntry, Event
from apps.core.sweeps import run_sweeps
from apps.privacy.enums import CameBy, CheckedBy, Law, RequestKind
from apps.privacy.errors import WrongStep
from apps.privacy.models import DataSubjectRequest
from apps.privacy.people import Person, places
from apps.privacy.services import requests
from apps.routing.models import RoutingQueue
from apps.routing.services.handing_out import look
from apps.routing.services.kept_floor import KeptFloor
from apps.routing.services.states import set_state
from apps.sla.enums import TimerStep
from apps.sla.models import Escalation, Timer
from apps.sla.selectors import default_calendar
from apps.sla.selectors.explaining import escalation_sentences
from apps.sla.services.escalations import Fired, escalate
from apps.tickets.enums import DecisionKind, Priority
from apps.tickets.errors import ReviewReasonMissing, ReviewSettled, ReviewUnderWay
from apps.tickets.models import Assignment, DecisionReview, Mention, Queue, Ticket
from apps.tickets.selectors.history import ticket_history
from apps.tickets.selectors.reviews import is_left_alone, ticket_reviews, waiting_reviews
from apps.tickets.services import offers
from apps.tickets.services.erasing import _tell_reviews
from apps.tickets.services.reviews import ASKED_AT_MOST, ask_for_review, settle_review
from tests.factories.sla import PolicyFactory
from tests.tickets.conftest import Acting

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("grants")]


@pytest.fixture
def ask(ticket: Ticket, agent: User, acting: Acting) -> Any:
    def ask(kind: str = "all") -> DecisionReview:
        return ask_for_review(ticket=ticket, kind=kind, wish="林小雨 of 13800138000 objects", by=acting(agent))

    return ask


def test_asking_and_settling_is_told_kept_and_calls_whoever_asked(
    ask: Any, ticket: Ticket, agent: User, supervisor: User, acting: Acting
):
    review = ask("routing")
    with pytest.raises(ReviewUnderWay):
        ask("routing")
    assert [row.number for row in waiting_reviews(acting(supervisor))] == [ticket.number]

    settle_review(review=review, outcome="changed", reason="Given to Tom by hand", by=acting(supervisor))

    review.refresh_from_db()
    assert (review.state, review.reason, review.settled_by) == ("changed", "Given to Tom by hand", supervisor)
    assert waiting_reviews(acting(supervisor)) == []
    assert Mention.objects.get().user == agent
    told = Event.objects.filter(kind__startswith="ticket.review").order_by("ordinal")
    assert [(row.kind, row.payload.get("state")) for row in told] == [
        ("ticket.review_asked", None), ("ticket.review_settled", "changed"),
    ]  # fmt: skip
    kept = AuditEntry.objects.filter(action__startswith="tickets.review").order_by("pk").values_list("action", "reason")
    assert [action for action, _reason in kept] == ["tickets.review_asked", "tickets.review_settled"]
    assert [row.sentence for row in ticket_history(acting(agent), ticket)][-2:] == [
        "A person is asked to look at what was decided: who gets it",
        "A person looked at what was decided: Changed",
    ]
    with pytest.raises(ReviewSettled):
        settle_review(review=review, outcome="upheld", reason="Again", by=acting(supervisor))
    assert ask("routing").pk != review.pk


def test_refusals_change_nothing(
    ask: Any, ticket: Ticket, agent: User, stranger: User, supervisor: User, outsourcing_agent: User, acting: Acting
):
    with pytest.raises(NotVisible):
        ask_for_review(ticket=ticket, kind="all", wish="Why", by=acting(stranger))
    with pytest.raises(ReviewReasonMissing):
        ask_for_review(ticket=ticket, kind="all", wish=" \u200b", by=acting(agent))
    assert not DecisionReview.objects.exists()
    review = ask()
    lead = outsourcing_agent
    lead.role.permissions = [*lead.role.permissions, "tickets.review_decisions"]
    lead.role.save()
    for user, error in ((agent, PermissionRefused), (lead, PermissionRefused)):
        with pytest.raises(error):
            settle_review(review=review, outcome="upheld", reason="Because", by=acting(user))
    with pytest.raises(ReviewReasonMissing):
        settle_review(review=review, outcome="upheld", reason=" ", by=acting(supervisor))
    review.refresh_from_db()
    assert (review.state, review.settled_at) == ("open", None)
    assert not AuditEntry.objects.filter(action="tickets.review_settled").exists()


def test_routing_leaves_the_ticket_to_people_until_it_is_settled(
    ask: Any, ticket: Ticket, queue: Queue, agent: User, supervisor: User, acting: Acting
):
    RoutingQueue.objects.create(queue=queue, is_automatic=True)
    set_state(user=agent, state="available", by=acting(agent))
    offers.offer_ticket(ticket=ticket, to=agent, seconds=60)
    review = ask("routing")
    assert not Assignment.objects.filter(state="offered").exists()
    assert look(KeptFloor()) == 0
    assert offers.lock_free_tickets([ticket.pk]) == {}
    settle_review(review=review, outcome="upheld", reason="As it should be", by=acting(supervisor))
    assert look(KeptFloor()) == 1


def test_service_levels_leave_it_alone_and_say_what_they_did(
    ask: Any, ticket: Ticket, supervisor: User, acting: Acting
):
    policy = PolicyFactory.create(key="care", targets={"first_reply": 60})
    timer = Timer.objects.create(
        ticket=ticket, policy=policy, target="first_reply", calendar=default_calendar(), minutes=60, boundaries=[now()]
    )
    step = Escalation(policy=policy, share=100, action="raise_priority")
    review = ask("escalation")

    (line,) = escalate(Ticket.objects.get(), [Fired(timer, 100)], [step])
    line.save()
    assert (line.step, Ticket.objects.get().priority) == (TimerStep.REFUSED, Priority.NORMAL)
    settle_review(review=review, outcome="upheld", reason="Right", by=acting(supervisor))
    (line,) = escalate(Ticket.objects.get(), [Fired(timer, 100)], [step])
    line.save()
    assert (line.step, Ticket.objects.get().priority) == (TimerStep.ESCALATED, Priority.HIGH)
    assert [row.sentence for row in escalation_sentences(ticket)] == [
        "Raise the priority by one: because 100 % of the time for First reply had passed",
        "Raise the priority by one: not done, although 100 % of the time for First reply had passed",
    ]


def test_it_is_not_closed_by_itself_meanwhile(ask: Any, ticket: Ticket, supervisor: User, agent: User, acting: Acting):
    Ticket.objects.update(status="resolved", resolved_at=now() - timedelta(days=90))
    review = ask("closing")
    run_sweeps("tickets.close_resolved")
    assert Ticket.objects.get().status == "resolved"
    settle_review(review=review, outcome="upheld", reason="Nobody wrote", by=acting(supervisor))
    run_sweeps("tickets.close_resolved")
    assert Ticket.objects.get().status == "closed"
    said = [row.sentence for row in ticket_history(acting(agent), Ticket.objects.get())]
    assert any("by itself: nobody wrote" in sentence for sentence in said)


def test_a_vendors_people_see_their_own_asks_masked_and_not_what_the_house_says(
    ask: Any, ticket: Ticket, outsourcing_agent: User, supervisor: User, acting: Acting
):
    ask("routing")
    vendor = acting(outsourcing_agent)
    own = ask_for_review(ticket=ticket, kind="closing", wish="13800138000 objects", by=vendor)
    settle_review(review=own, outcome="upheld", reason="SecretGoodwill", by=acting(supervisor))
    (row,) = ticket_reviews(vendor, ticket)
    assert (row.state, row.reason, row.settled_by) == ("Left as it is", "", "")
    assert "13800138000" not in row.wish
    assert len(ticket_reviews(acting(supervisor), ticket)) == 2


def test_what_a_vendors_person_asks_for_stops_neither_routing_nor_service_levels(
    ask: Any, ticket: Ticket, outsourcing_agent: User, agent: User, supervisor: User, acting: Acting
):
    offers.offer_ticket(ticket=ticket, to=agent, seconds=60)
    theirs = ask_for_review(ticket=ticket, kind="all", wish="She objects", by=acting(outsourcing_agent))
    assert Assignment.objects.filter(state="offered").exists()
    kinds = (DecisionKind.ROUTING, DecisionKind.ESCALATION, DecisionKind.CLOSING)
    assert [is_left_alone(ticket.pk, kind) for kind in kinds] == [False, False, True]
    with pytest.raises(ReviewUnderWay):
        ask_for_review(ticket=ticket, kind="all", wish="Again", by=acting(outsourcing_agent))

    own = ask("all")
    assert [is_left_alone(ticket.pk, kind) for kind in kinds] == [True, True, True]
    assert not Assignment.objects.filter(state="offered").exists()
    with pytest.raises(ReviewUnderWay):
        ask("all")
    assert len(waiting_reviews(acting(supervisor))) == 2
    for review in (own, theirs):
        settle_review(review=review, outcome="upheld", reason="Right", by=acting(supervisor))
    assert [is_left_alone(ticket.pk, kind) for kind in kinds] == [False, False, False]


def test_a_request_holds_the_ticket_beside_what_a_vendor_asked_for(
    ticket: Ticket, outsourcing_agent: User, manager: User, acting: Acting
):
    ask_for_review(ticket=ticket, kind="all", wish="She objects", by=acting(outsourcing_agent))
    by = acting(manager)
    request = requests.open_request(
        customer_id=ticket.customer_id or 0, kind=RequestKind.AUTOMATED, law=Law.PIPL, came_by=CameBy.MAIL,
        wish="A person should look at it", ticket_id=ticket.pk, by=by,
    )  # fmt: skip
    requests.begin_work(request=requests.check_identity(request=request, method=CheckedBy.KNOWN, by=by), by=by)
    assert is_left_alone(ticket.pk, DecisionKind.ROUTING)
    assert [row.request_id for row in DecisionReview.objects.order_by("pk")] == [None, request.pk]


def test_one_person_asks_so_often_in_an_hour(ticket: Ticket, agent: User, supervisor: User, acting: Acting):
    for _time in range(ASKED_AT_MOST):
        review = ask_for_review(ticket=ticket, kind="closing", wish="Why", by=acting(agent))
        settle_review(review=review, outcome="upheld", reason="Right", by=acting(supervisor))
    with pytest.raises(TooMany):
        ask_for_review(ticket=ticket, kind="closing", wish="Why", by=acting(agent))
    assert DecisionReview.objects.count() == ASKED_AT_MOST
    ask_for_review(ticket=ticket, kind="closing", wish="Why", by=acting(supervisor))


def test_a_request_about_personal_data_puts_it_to_a_person_and_waits_for_them(
    ticket: Ticket, manager: User, supervisor: User, acting: Acting
):
    by = acting(manager)

    def taken_in(ticket_id: int | None) -> DataSubjectRequest:
        row = requests.open_request(
            customer_id=ticket.customer_id or 0, kind=RequestKind.AUTOMATED, law=Law.PIPL, came_by=CameBy.MAIL,
            wish="A person should look at it", ticket_id=ticket_id, by=by,
        )  # fmt: skip
        return requests.check_identity(request=row, method=CheckedBy.KNOWN, by=by)

    with pytest.raises(InvalidInput):
        requests.begin_work(request=taken_in(None), by=by)
    assert not DecisionReview.objects.exists()
    request = requests.begin_work(request=taken_in(ticket.pk), by=by)
    review = DecisionReview.objects.get()
    assert (review.kind, review.request_id, review.wish) == ("all", request.pk, "A person should look at it")
    with pytest.raises(WrongStep):
        requests.answer(request=request, words="Done", by=by)
    settle_review(review=review, outcome="upheld", reason="It was right", by=acting(supervisor))
    assert requests.answer(request=request, words="A person looked at it", by=by).state == "answered"


def test_the_person_is_told_and_an_erasure_takes_the_words(ask: Any, ticket: Ticket):
    ask()
    person = Person(ids=(ticket.customer_id or 0,))
    (told,) = _tell_reviews(person)
    assert (told["ticket"], told["about"], told["outcome"]) == (ticket.number, "all", "open")
    (place,) = (place for place in places() if place.key == "tickets.review")
    place.erase(person, list(place.rows(person)))
    assert (DecisionReview.objects.get().wish, DecisionReview.objects.get().state) == ("", "open")


def test_on_the_desk_it_is_asked_for_and_settled(ticket: Ticket, agent: User, supervisor: User, client: Client):
    client.force_login(agent)
    address = reverse("workbench:ticket-reviews", args=[ticket.number])
    assert "Ask for a review" in client.get(reverse("workbench:ticket-history", args=[ticket.number])).content.decode()
    assert client.post(address, {"kind": "all", "wish": ""}).status_code == 422
    client.post(address, {"kind": "all", "wish": "She objects"}, headers={"HX-Request": "true"})
    review = DecisionReview.objects.get()
    settle = reverse("workbench:review-settlement", args=[review.public_id])
    assert client.get(reverse("workbench:reviews")).status_code == 403
    assert client.post(settle, {"outcome": "upheld", "reason": "Fine"}).status_code == 403
    client.force_login(supervisor)
    assert "She objects" in client.get(reverse("workbench:reviews")).content.decode()
    client.post(settle, {"outcome": "upheld", "reason": "Fine"}, headers={"HX-Request": "true"})
    review.refresh_from_db()
    assert (review.state, review.reason) == ("upheld", "Fine")
    page = client.get(reverse("workbench:ticket-history", args=[ticket.number])).content.decode()
    assert "Left as it is" in page

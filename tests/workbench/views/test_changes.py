from collections.abc import Callable

import pytest

from apps.accounts.models import User
from apps.core.actor import Actor
from apps.tickets.enums import Priority, Status
from apps.tickets.models import Category, IntakeRule, Queue, Ticket, Watcher
from apps.tickets.services import lifecycle
from tests.factories.tickets import TicketFactory
from tests.workbench.conftest import HTMX, Desk, triggers

pytestmark = [pytest.mark.integration, pytest.mark.django_db, pytest.mark.usefixtures("grants")]
Acting = Callable[..., Actor]


def address(ticket: Ticket, path: str) -> str:
    return f"/desk/tickets/{ticket.number}/{path}"


def test_taking_a_ticket_tells_the_page_what_changed(desk: Desk, agent: User, ticket: Ticket) -> None:
    response = desk(agent).post(address(ticket, "assignment/"), {"claim": "1"}, **HTMX)
    ticket.refresh_from_db()
    assert ticket.assignee == agent
    assert triggers(response)["desk:changed"] == {"ticket": ticket.pk}
    assert triggers(response)["toast"]["level"] == "success"


def test_without_htmx_an_action_leads_to_the_ticket(desk: Desk, agent: User, ticket: Ticket) -> None:
    response = desk(agent).post(address(ticket, "assignment/"), {"claim": "1"})
    assert response["Location"] == address(ticket, "")


def test_a_taken_ticket_is_not_taken_twice(desk: Desk, agent: User, teammate: User, ticket: Ticket) -> None:
    desk(agent).post(address(ticket, "assignment/"), {"claim": "1"}, **HTMX)
    response = desk(teammate).post(address(ticket, "assignment/"), {"claim": "1"}, **HTMX)
    ticket.refresh_from_db()
    assert response.status_code == 409
    assert triggers(response)["toast"] == {"level": "error", "message": "Alice Agent has taken this ticket."}
    assert ticket.assignee == agent


def test_giving_a_ticket_can_be_undone(desk: Desk, supervisor: User, agent: User, ticket: Ticket) -> None:
    browser = desk(supervisor)
    response = browser.post(address(ticket, "assignment/"), {"to": str(agent.pk)}, **HTMX)
    ticket.refresh_from_db()
    assert ticket.assignee == agent
    browser.post(triggers(response)["toast"]["undo"], **HTMX)
    ticket.refresh_from_db()
    assert ticket.assignee is None


def test_changing_the_status_can_be_undone(desk: Desk, agent: User, ticket: Ticket) -> None:
    browser = desk(agent)
    browser.post(address(ticket, "status/"), {"status": "open"}, **HTMX)
    response = browser.post(address(ticket, "status/"), {"status": "on_hold"}, **HTMX)
    browser.post(triggers(response)["toast"]["undo"], **HTMX)
    ticket.refresh_from_db()
    assert ticket.status == Status.OPEN


def test_the_second_of_two_editors_is_told_what_the_first_did(
    desk: Desk, agent: User, teammate: User, ticket: Ticket, acting: Acting
) -> None:
    seen = ticket.version
    lifecycle.change_fields(ticket=ticket, by=acting(teammate), priority=Priority.HIGH)
    response = desk(agent).post(address(ticket, "fields/"), {"priority": "40", "version": str(seen)}, **HTMX)
    body = response.content.decode()
    ticket.refresh_from_db()
    assert ticket.priority == Priority.HIGH
    assert response["HX-Retarget"] == "#dialog"
    assert "Tom Teammate" in body
    assert '<input type="hidden" name="priority" value="40">' in body
    desk(agent).post(address(ticket, "fields/"), {"priority": "40"}, **HTMX)
    ticket.refresh_from_db()
    assert ticket.priority == Priority.URGENT


def test_queue_category_and_tags_change(
    desk: Desk, agent: User, ticket: Ticket, other_queue: Queue, category: Category
) -> None:
    browser = desk(agent)
    browser.post(address(ticket, "fields/"), {"category": str(category.pk)}, **HTMX)
    browser.post(address(ticket, "fields/"), {"queue": str(other_queue.pk)}, **HTMX)
    ticket.refresh_from_db()
    assert (ticket.category, ticket.queue) == (category, other_queue)


@pytest.mark.parametrize("value", ["x", "99999999999999999999", "-1", "0"])
def test_what_no_form_of_ours_sends_does_not_exist(desk: Desk, agent: User, ticket: Ticket, value: str) -> None:
    for data in ({"queue": value}, {"category": value}):
        assert desk(agent).post(address(ticket, "fields/"), data, **HTMX).status_code == 404
    assert desk(agent).post(address(ticket, "tags/"), {"tags": "x"}, **HTMX).status_code == 404
    assert desk(agent).post(address(ticket, "assignment/"), {"to": value}, **HTMX).status_code == 404


def test_resolving_asks_for_what_the_channel_requires(
    desk: Desk, agent: User, ticket: Ticket, rule: IntakeRule
) -> None:
    IntakeRule.objects.filter(pk=rule.pk).update(required_on_resolve=["summary"])
    browser = desk(agent)
    response = browser.post(address(ticket, "resolution/"), {"outcome": "yes", "summary": ""}, **HTMX)
    assert response.status_code == 422
    assert "aria-invalid" in response.content.decode()
    response = browser.post(address(ticket, "resolution/"), {"outcome": "yes", "summary": "New screen sent"}, **HTMX)
    ticket.refresh_from_db()
    assert ticket.status == Status.RESOLVED
    assert ticket.wrap_ups.get().summary == "New screen sent"
    assert {"dialog:close", "desk:changed", "toast"} <= set(triggers(response))
    browser.post(triggers(response)["toast"]["undo"], **HTMX)
    ticket.refresh_from_db()
    assert ticket.status == Status.OPEN


def test_spam_is_marked_and_taken_back(desk: Desk, agent: User, supervisor: User, ticket: Ticket) -> None:
    browser = desk(supervisor)
    response = browser.post(address(ticket, "spam/?block=1"), **HTMX)
    ticket.refresh_from_db()
    assert ticket.is_spam
    browser.post(triggers(response)["toast"]["undo"], **HTMX)
    ticket.refresh_from_db()
    assert not ticket.is_spam


def test_watching(desk: Desk, agent: User, ticket: Ticket) -> None:
    desk(agent).post(address(ticket, "watch/"), **HTMX)
    assert Watcher.objects.filter(ticket=ticket, user=agent).exists()
    desk(agent).post(address(ticket, "watch/?undo=1"), **HTMX)
    assert not Watcher.objects.filter(ticket=ticket, user=agent).exists()


def test_merging_names_what_is_missing_and_can_be_undone(
    desk: Desk, supervisor: User, ticket: Ticket, queue: Queue
) -> None:
    into = TicketFactory(queue=queue, channel=ticket.channel, customer=ticket.customer)
    browser = desk(supervisor)
    assert browser.post(address(ticket, "merge/"), {}, **HTMX).status_code == 422
    assert browser.post(address(ticket, "merge/"), {"into": "999999"}, **HTMX).status_code == 422
    response = browser.post(address(ticket, "merge/"), {"into": str(into.number)}, **HTMX)
    ticket.refresh_from_db()
    assert ticket.merged_into == into
    browser.post(triggers(response)["toast"]["undo"], **HTMX)
    ticket.refresh_from_db()
    assert ticket.merged_into is None


ACTIONS = {
    "assignment/": {"claim": "1"},
    "status/": {"status": "open"},
    "fields/": {"priority": "40"},
    "tags/": {},
    "resolution/": {"outcome": "yes"},
    "watch/": {},
    "spam/": {},
    "merge/": {"into": "1"},
    "replies/": {"html": "Hi"},
    "notes/": {"html": "Hi"},
    "draft/": {"kind": "note", "html": "Hi"},
    "uploads/": {},
}


@pytest.mark.parametrize("path", ACTIONS)
def test_nobody_changes_what_they_do_not_see(desk: Desk, stranger: User, ticket: Ticket, path: str) -> None:
    before = Ticket.objects.values_list("version", "updated", "message_count").get(pk=ticket.pk)
    response = desk(stranger).post(address(ticket, path), ACTIONS[path], **HTMX)
    assert response.status_code == 404
    assert Ticket.objects.values_list("version", "updated", "message_count").get(pk=ticket.pk) == before


@pytest.mark.parametrize("path", [path for path in ACTIONS if path not in {"assignment/", "resolution/", "merge/"}])
def test_changes_are_never_made_by_following_a_link(desk: Desk, agent: User, ticket: Ticket, path: str) -> None:
    assert desk(agent).get(address(ticket, path)).status_code == 405


@pytest.mark.parametrize(
    ("subject", "words"), [("", "Write a subject."), (" \n ", "Write a subject."), ("x" * 301, "at most 300")]
)
def test_a_subject_is_refused_rather_than_cut(
    desk: Desk, agent: User, ticket: Ticket, subject: str, words: str
) -> None:
    answer = desk(agent).post(
        address(ticket, "fields/"), {"subject": subject}, **HTMX, headers={"Accept-Language": "en"}
    )
    assert answer.status_code == 422
    assert words in answer.content.decode() + str(triggers(answer))
    before = ticket.subject
    ticket.refresh_from_db()
    assert ticket.subject == before


def test_a_new_ticket_keeps_a_subject_that_is_too_long(desk: Desk, agent: User, ticket: Ticket) -> None:
    subject = "x" * 301
    data = {"kind": "internal", "subject": subject, "text": "Look", "client_id": "one", "priority": 20}
    answer = desk(agent).post("/desk/tickets/new/", data, **HTMX)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert f'value="{subject}"' in page
    assert 'maxlength="300"' not in page
    assert "A subject has at most 300 characters." in page
    assert Ticket.objects.count() == 1

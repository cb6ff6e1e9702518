"""From a vendor to the house and back with one press; and what the vendor still sees of what it gave away."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from apps.accounts.models import User
from apps.channels.models import Channel
from apps.core.clock import now
from apps.core.errors import PermissionRefused
from apps.core.models import Event
from apps.tickets.errors import HandOverReasonMissing, InstructionMissing
from apps.tickets.models import Attachment, HandOverReason, Message, Queue, Ticket
from apps.tickets.rules import direction_of
from apps.tickets.selectors.detail import ticket_for, ticket_page
from apps.tickets.selectors.history import ticket_history
from apps.tickets.selectors.search import search
from apps.tickets.selectors.timeline import timeline
from apps.tickets.services import assignment
from apps.tickets.services.handing_over import hand_back, hand_to_house
from apps.tickets.services.messages.notes import add_note
from tests.factories.tickets import say
from tests.tickets.conftest import Acting

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("grants", "reasons")]
SECRET = "Kaltblutig goodwill limit"


@pytest.fixture
def reasons(db: None) -> None:
    for key, direction in (("complaint", "to_house"), ("go-on", "to_vendor")):
        HandOverReason.objects.update_or_create(
            key=key, defaults={"direction": direction, "name": {"en": f"Because of {key}"}, "is_active": True}
        )


@pytest.fixture
def handed(ticket: Ticket, acting: Acting, outsourcing_agent: User, agent: User) -> Callable[[], Ticket]:
    """By the vendor's agent to the house, where somebody took it and wrote a note that is the house's alone."""

    def hand() -> Ticket:
        vendor = acting(outsourcing_agent)
        assignment.claim_ticket(ticket=ticket, by=vendor)
        hand_to_house(ticket=ticket, by=vendor, cause="complaint", whisper="Was promised a call.")
        assignment.claim_ticket(ticket=ticket, by=acting(agent))
        add_note(ticket=ticket, by=acting(agent), html=f"<p>{SECRET}</p>", client_id="n1")
        row = Ticket.objects.get(pk=ticket.pk)
        say(row, "We have looked into it.")
        return Ticket.objects.get(pk=ticket.pk)

    return hand


def test_reason_stands_in_the_history_in_words(
    ticket: Ticket, acting: Acting, outsourcing_agent: User, supervisor: User
):
    assignment.claim_ticket(ticket=ticket, by=acting(outsourcing_agent))
    hand_to_house(ticket=ticket, by=acting(outsourcing_agent), cause="complaint", whisper="Was promised a call.")
    row = Ticket.objects.get(pk=ticket.pk)
    assert (row.assignee_id, row.is_kept_in_house) == (None, True)
    line = ticket_history(acting(supervisor), row)[-1]
    assert line.sentence == ("Handed by Oliver Outsourced to the house (Because of complaint): Was promised a call.")


@pytest.mark.parametrize("cause", ["", "go-on", "never-heard-of"])
def test_without_a_reason_of_that_direction_nothing_moves(
    ticket: Ticket, acting: Acting, outsourcing_agent: User, cause: str
):
    assignment.claim_ticket(ticket=ticket, by=acting(outsourcing_agent))
    before = (Event.objects.count(), Message.objects.count())
    with pytest.raises(HandOverReasonMissing):
        hand_to_house(ticket=ticket, by=acting(outsourcing_agent), cause=cause, whisper="Look")
    assert Ticket.objects.get(pk=ticket.pk).assignee == outsourcing_agent
    assert (Event.objects.count(), Message.objects.count()) == before


def test_what_is_said_in_house_afterwards_the_vendor_never_reads(
    handed: Callable[[], Ticket], acting: Acting, outsourcing_agent: User, agent: User
):
    row, vendor = handed(), acting(outsourcing_agent)
    shown = [entry.text for entry in timeline(vendor, row)]
    assert any("Was promised a call." in text for text in shown)
    assert any("We have looked into it." in text for text in shown)
    assert not any(SECRET in text for text in shown)
    assert any(SECRET in entry.text for entry in timeline(acting(agent), row))
    note = Message.objects.filter(ticket=row, kind="note").order_by("-sequence").first()
    assert note is not None
    assert not [entry for entry in timeline(vendor, row, after_sequence=note.sequence - 1) if SECRET in entry.text]
    assert not Message.objects.visible_to(vendor).filter(pk=note.pk).exists()
    Attachment.objects.filter(ticket=row).delete()
    assert not search(vendor, "Kaltblutig").hits
    assert search(acting(agent), "Kaltblutig").hits
    assert SECRET not in _page(outsourcing_agent, row)
    assert SECRET in _page(agent, row)


def _page(user: User, ticket: Ticket) -> str:
    client = Client(headers={"Accept-Language": "en"})
    client.force_login(user)
    return client.get(reverse("workbench:ticket", args=[ticket.number])).content.decode()


def test_the_vendor_only_reads_it_and_only_for_some_days(
    handed: Callable[[], Ticket], acting: Acting, outsourcing_agent: User, settings: Any
):
    row, vendor = handed(), acting(outsourcing_agent)
    may = ticket_page(vendor, row.number).may
    assert not any((may.reply, may.note, may.claim, may.edit, may.resolve, may.transfer, may.hand_over))
    before = Event.objects.count()
    with pytest.raises(PermissionRefused):
        assignment.claim_ticket(ticket=row, by=vendor)
    with pytest.raises(PermissionRefused):
        add_note(ticket=row, by=vendor, html="<p>Me too</p>", client_id="n2")
    assert Event.objects.count() == before
    long_ago = now() - timedelta(days=settings.TICKETS_HANDED_OVER_DAYS, seconds=1)
    Ticket.objects.filter(pk=row.pk).update(handed_over_at=long_ago)
    assert not Ticket.objects.visible_to(acting(outsourcing_agent)).filter(pk=row.pk).exists()


def test_handed_back_it_is_with_whom_it_was_and_all_of_it(
    handed: Callable[[], Ticket], acting: Acting, outsourcing_agent: User, agent: User
):
    row = handed()
    assert direction_of(acting(agent), row) == "to_vendor"
    with pytest.raises(InstructionMissing):
        hand_back(ticket=row, by=acting(agent), cause="go-on", whisper=" ")
    assert Ticket.objects.get(pk=row.pk).assignee == agent
    hand_back(ticket=row, by=acting(agent), cause="go-on", whisper="Tell them about Friday.")
    row = Ticket.objects.get(pk=row.pk)
    assert (row.assignee, row.is_kept_in_house, row.handed_over_at) == (outsourcing_agent, False, None)
    texts = [entry.text for entry in timeline(acting(outsourcing_agent), row)]
    assert any("Tell them about Friday." in text for text in texts)
    assert direction_of(acting(agent), row) == ""


def test_handed_back_to_somebody_who_is_gone_it_waits_for_all(
    handed: Callable[[], Ticket], acting: Acting, outsourcing_agent: User, agent: User
):
    row = handed()
    User.objects.filter(pk=outsourcing_agent.pk).update(is_active=False)
    hand_back(ticket=row, by=acting(agent), cause="go-on", whisper="Please go on.")
    row = Ticket.objects.get(pk=row.pk)
    assert (row.assignee_id, row.is_kept_in_house) == (None, False)


def test_press_and_choose_on_the_desk(
    ticket: Ticket, acting: Acting, outsourcing_agent: User, queue: Queue, channel: Channel
):
    assignment.claim_ticket(ticket=ticket, by=acting(outsourcing_agent))
    client = Client(headers={"Accept-Language": "en"})
    client.force_login(outsourcing_agent)
    address = reverse("workbench:ticket-hand-over", args=[ticket.number])
    assert "Because of complaint" in client.get(address).content.decode()
    assert client.post(address, {"whisper": "x"}).status_code == 422
    assert ticket_for(acting(outsourcing_agent), ticket.number).assignee == outsourcing_agent
    client.post(address, {"cause": "complaint"})
    assert Ticket.objects.get(pk=ticket.pk).is_kept_in_house
    assert client.get(address).status_code == 403

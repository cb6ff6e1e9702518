"""How a case stands, as the partner hears it."""

from __future__ import annotations

from typing import Any

import pytest

from apps.channels.models import Delivery
from apps.core.actor import SYSTEM
from apps.core.events import number_events, run_subscribers
from apps.tickets.enums import Status
from apps.tickets.models import Ticket
from apps.tickets.services import lifecycle, messages
from apps.tickets.services.lifecycle import WrapUpInput
from tests.channels.connectors.partner.conftest import Partner, send_all, take_in
from tests.factories.channels import ChannelFactory
from tests.factories.tickets import TicketFactory

pytestmark = pytest.mark.integration


@pytest.fixture
def ticket(partner: Partner) -> Ticket:
    run_subscribers("tickets.states")  # begins with what happens from now on
    partner.call()
    take_in()
    return Ticket.objects.get()


def told(partner: Partner) -> list[tuple[str, dict[str, Any]]]:
    """Type and what is special of each event, in the order in which they came."""
    number_events()
    while run_subscribers("tickets.states"):
        pass
    send_all()
    named = {"case_id", "external_ref", "version", "from"}
    return [
        (event["type"], {name: value for name, value in event["data"].items() if name not in named})
        for event in partner.heard()
    ]


def test_a_case_from_its_arrival_to_its_end(partner: Partner, ticket: Ticket) -> None:
    messages.reply(ticket=ticket, by=SYSTEM, html="<p>Done</p>")
    told(partner)
    lifecycle.change_status(ticket=ticket, status=Status.PENDING, by=SYSTEM)
    lifecycle.change_status(ticket=ticket, status=Status.RESOLVED, by=SYSTEM)
    lifecycle.close_ticket(ticket=ticket, by=SYSTEM)

    events = told(partner)

    assert sorted(kind for kind, _data in events[:3]) == ["case.accepted", "case.in_progress", "case.message"]
    assert events[3:] == [("case.resolved", {"summary": ""}), ("case.closed", {})]
    versions = [event["data"]["version"] for event in partner.heard()]
    assert versions == sorted(set(versions))
    assert {event["data"]["external_ref"] for event in partner.heard()} == {"P-77"}


@pytest.mark.parametrize(
    ("is_solved", "event"),
    [(True, ("case.resolved", {"summary": "Filter"})), (False, ("case.returned", {"reason": "Filter"}))],
)
def test_the_summary_goes_along_where_a_manager_says_so(
    partner: Partner, ticket: Ticket, is_solved: bool, event: tuple[str, dict[str, str]]
) -> None:
    partner.channel.settings["sends_summary"] = True
    partner.channel.save()
    lifecycle.resolve_ticket(ticket=ticket, by=SYSTEM, wrap_up=WrapUpInput(summary="Filter", is_solved=is_solved))

    assert told(partner)[-1] == event


def test_a_summary_is_not_even_queued_by_itself(partner: Partner, ticket: Ticket) -> None:
    lifecycle.resolve_ticket(ticket=ticket, by=SYSTEM, wrap_up=WrapUpInput(summary="very secret", is_solved=False))

    assert told(partner)[-1] == ("case.returned", {"reason": ""})
    assert "very secret" not in str([delivery.payload for delivery in Delivery.objects.all()])


def test_a_case_that_comes_back_is_in_progress_again(partner: Partner, ticket: Ticket) -> None:
    lifecycle.resolve_ticket(ticket=ticket, by=SYSTEM)
    lifecycle.reopen_ticket(ticket=ticket, by=SYSTEM)

    assert [kind for kind, _data in told(partner)] == ["case.accepted", "case.resolved", "case.in_progress"]


def test_events_that_come_again_are_told_once(partner: Partner, ticket: Ticket) -> None:
    assert told(partner) == told(partner)
    assert Delivery.objects.count() == 1


def test_nobody_else_hears_of_it(partner: Partner, ticket: Ticket) -> None:
    other = TicketFactory.create(channel=ChannelFactory.create(kind="form"))
    lifecycle.change_status(ticket=other, status=Status.OPEN, by=SYSTEM)
    spam = Ticket.objects.get(pk=ticket.pk)
    Ticket.objects.filter(pk=spam.pk).update(is_spam=True)

    assert told(partner) == []
    assert not Delivery.objects.exists()


def test_a_channel_that_is_switched_off_says_nothing(partner: Partner, ticket: Ticket) -> None:
    partner.channel.is_active = False
    partner.channel.save()

    assert told(partner) == []
    assert not Delivery.objects.exists()

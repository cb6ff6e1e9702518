"""Who could have seen what, by the audit trail."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from apps.accounts.models import User
from apps.compliance.selectors.breach import look_into, question_of
from apps.compliance.selectors.exposure import LIST, SENT, Question, exposure_of
from apps.core import audit
from apps.core.actor import Face, person
from apps.core.clock import now
from apps.core.models import AuditEntry
from apps.customers.services.merging import merge_customers
from apps.privacy.enums import FieldClass, Mode
from apps.privacy.models import LensPolicy
from tests.factories.compliance import IncidentFactory
from tests.factories.customers import CustomerFactory
from tests.factories.tickets import TicketFactory, grant, say

pytestmark = pytest.mark.integration
HOUR = timedelta(hours=1)
REACH = {FieldClass.NAME, FieldClass.PHONE, FieldClass.EMAIL, FieldClass.FREE_TEXT}


def asked(**more) -> Question:
    return Question(**{"since": now() - HOUR, "until": now() + HOUR, "counts_lists": False, **more})


def seen(user: User, subject, action: str = "ticket.view", ip: str = "192.0.2.7") -> AuditEntry:
    return audit.record(action, by=person(user, Face.DESK, ip), subject=subject)


def found(question: Question) -> dict[int, tuple[set, set, set]]:
    return {row.customer.pk: (row.ways, row.clear, row.masked) for row in exposure_of(question).persons}


@pytest.fixture
def neighbour(queue):
    return TicketFactory(queue=queue, customer=CustomerFactory(phone="+8613900001111"))


def test_a_page_that_was_opened_is_found_with_its_kinds_of_data(client, supervisor, ticket, neighbour):
    """By the desk's own entry, not by one that a test writes."""
    client.force_login(supervisor)
    assert client.get(f"/desk/tickets/{ticket.number}/").status_code == 200

    assert found(asked(user_ids=frozenset({supervisor.pk}))) == {ticket.customer_id: ({"ticket.view"}, REACH, set())}


def test_masked_is_told_from_clear(outsourcing_agent, ticket, neighbour):
    seen(outsourcing_agent, ticket)
    assert found(asked(user_ids=frozenset({outsourcing_agent.pk}))) == {
        ticket.customer_id: ({"ticket.view"}, set(), REACH)
    }

    LensPolicy.objects.create(role=outsourcing_agent.role, field_class="phone", mode=Mode.RAW)
    ((_ways, clear, masked),) = found(asked(user_ids=frozenset({outsourcing_agent.pk}))).values()
    assert (clear, masked) == ({FieldClass.PHONE}, REACH - {FieldClass.PHONE})


def test_an_account_that_was_shut_had_seen_what_it_had_seen(outsourcing_agent, ticket):
    seen(outsourcing_agent, ticket)
    User.objects.filter(pk=outsourcing_agent.pk).update(is_active=False)

    assert found(asked(user_ids=frozenset({outsourcing_agent.pk})))[ticket.customer_id][2] == REACH


def test_only_that_person_that_time_and_that_address_count(agent, teammate, ticket, neighbour):
    seen(agent, ticket)
    seen(teammate, neighbour)
    seen(agent, neighbour, ip="198.51.100.9")

    assert set(found(asked(user_ids=frozenset({agent.pk}), ip="192.0.2.7"))) == {ticket.customer_id}
    assert set(found(asked(ip="198.51.100.9"))) == {neighbour.customer_id}
    assert set(found(asked(ticket_ids=frozenset({neighbour.pk})))) == {neighbour.customer_id}
    assert found(asked(user_ids=frozenset({agent.pk}), since=now() - 9 * HOUR, until=now() - 8 * HOUR)) == {}


def test_an_entry_stands_for_ten_minutes(agent, ticket):
    entry = seen(agent, ticket)
    people = frozenset({agent.pk})

    later = asked(user_ids=people, since=entry.created + timedelta(minutes=9), until=entry.created + HOUR)
    assert set(found(later)) == {ticket.customer_id}
    too_late = asked(user_ids=people, since=entry.created + timedelta(minutes=11), until=entry.created + HOUR)
    assert found(too_late) == {}


def test_who_was_refused_saw_nothing(agent, ticket):
    audit.record("ticket.view", by=person(agent), subject=ticket, result="refused")
    assert found(asked(user_ids=frozenset({agent.pk}))) == {}


def test_whoever_wrote_into_a_ticket_was_seen_with_it(agent, ticket):
    third = CustomerFactory()
    say(ticket, customer=third)
    seen(agent, ticket)

    assert set(found(asked(user_ids=frozenset({agent.pk})))) == {ticket.customer_id, third.pk}


def test_what_was_written_counts_without_an_entry(agent, ticket):
    say(ticket, kind="agent", author=agent)
    assert found(asked(user_ids=frozenset({agent.pk})))[ticket.customer_id][0] == {SENT}


def test_lists_reach_as_far_as_the_grants(outsourcing_agent, vendor_team, ticket, neighbour, queue, channel):
    grant(vendor_team, queue, channel)
    ticket.channel = channel
    ticket.save(update_fields=["channel"])
    people = frozenset({outsourcing_agent.pk})

    within = found(asked(user_ids=people, counts_lists=True))

    assert within == {ticket.customer_id: ({LIST}, set(), {FieldClass.NAME, FieldClass.FREE_TEXT})}
    assert found(asked(user_ids=people)) == {}


def test_a_merged_record_counts_as_the_one_that_lives(agent, boss, ticket, customer):
    other = CustomerFactory()
    seen(agent, other, "customer.view")
    seen(agent, ticket)
    merge_customers(survivor=customer, merged=other, by=boss)

    assert set(found(asked(user_ids=frozenset({agent.pk})))) == {customer.pk}


def test_what_leads_to_nobody_is_counted(agent, ticket, vendor):
    seen(agent, vendor, "accounts.vendor.changed")
    exposure = exposure_of(asked(user_ids=frozenset({agent.pk})))
    assert (exposure.persons, dict(exposure.others)) == ([], {("accounts.vendor.changed", "accounts.vendor"): 1})


def test_a_change_of_the_lens_is_said(agent, teammate, boss, ticket):
    seen(agent, ticket)
    question = asked(user_ids=frozenset({agent.pk}))
    audit.record("user.changed", by=boss, subject=teammate)
    assert not exposure_of(question).is_lens_changed
    audit.record("user.changed", by=boss, subject=agent)
    assert exposure_of(question).is_lens_changed


def test_a_sign_in_narrows_to_its_session(agent, ticket, neighbour):
    entry = seen(agent, agent, "sign_in")
    seen(agent, ticket)
    seen(agent, agent, "sign_out")
    seen(agent, neighbour)

    incident = IncidentFactory(sign_in=entry.pk)
    question = question_of(incident)

    assert (question.user_ids, question.ip, question.since) == ({agent.pk}, "192.0.2.7", entry.created)
    assert [row.customer.pk for row in look_into(incident).persons] == [ticket.customer_id]


def test_without_anything_that_narrows_nothing_is_asked(agent, ticket):
    seen(agent, ticket)
    assert look_into(IncidentFactory()) is None


def test_hundreds_of_persons_cost_no_more_queries(agent, queue, django_assert_max_num_queries):
    for _ in range(12):
        seen(agent, TicketFactory(queue=queue, customer=CustomerFactory()))
    with django_assert_max_num_queries(20):
        assert len(exposure_of(asked(user_ids=frozenset({agent.pk}), counts_lists=True)).persons) == 12


def test_pages_are_for_auditors(cast, ticket):
    incident = IncidentFactory(people=[cast["agent"]])
    for who, status in (("manager", 200), ("supervisor", 403), ("outsourcing_agent", 403), ("agent", 403)):
        client = Client()
        client.force_login(cast[who])
        assert client.get(reverse("admin:incident", args=[incident.pk]), follow=True).status_code == status, who

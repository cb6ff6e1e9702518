"""Duties of a contract: required ones are enforced, the others are reminded of and written down when they are missed."""

from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import translation

from apps.accounts.clearance import bars_of
from apps.core.clock import now
from apps.customers.models import Tag
from apps.knowledge.enums import SnippetScope
from apps.knowledge.models import Snippet
from apps.outsourcing.enums import DutyRule
from apps.outsourcing.models import Contract, DutyMiss
from apps.routing.services.pulling import claim_next
from apps.tickets.enums import Status
from apps.tickets.errors import DutyLeft, HeldBack
from apps.tickets.models import Message
from apps.tickets.services.assignment import assign_ticket
from apps.tickets.services.duties import Moment, duties_left
from apps.tickets.services.lifecycle import change_fields, change_status, resolve_ticket
from apps.tickets.services.messages.replying import reply
from tests.factories.sla import CalendarFactory

pytestmark = [pytest.mark.integration, pytest.mark.django_db]
GREETING = "<p>Hello {{customer.name}}, this is {{agent.name}} of Brightline.</p><p>I am on it.</p>"
BEGUN = "<p>Hello {{customer.name}}, this is  Oliver of brightline.</p><p>Your parcel left today.</p>"


@pytest.fixture
def tag(contract: Contract) -> Tag:
    row = Tag.objects.create(key="refund", name={"en": "Refund", "zh-hans": "退款"})
    contract.tags.add(row)
    return row


@pytest.fixture
def snippet(contract: Contract, manager) -> Snippet:
    row = Snippet.objects.create(
        shortcut="hello",
        title={"en": "Greeting"},
        body={"en": GREETING, "zh-hans": "<p>您好，这里是明线。</p>"},
        scope=SnippetScope.ALL,
        owner=manager,
    )
    contract.snippets.add(row)
    return row


@pytest.fixture
def held(contract, ticket, outsourcing_agent, boss):
    return assign_ticket(ticket=ticket, to=outsourcing_agent, by=boss)


def required(**rules: str) -> None:
    Contract.objects.update(**rules)


WAYS = {
    "resolve": lambda ticket, by: resolve_ticket(ticket=ticket, by=by),
    "status": lambda ticket, by: change_status(ticket=ticket, status=Status.RESOLVED, by=by),
    "reply": lambda ticket, by: reply(ticket=ticket, by=by, html="<p>Done.</p>", then_status=Status.RESOLVED),
}


@pytest.mark.parametrize("way", WAYS)
def test_without_a_required_tag_nothing_is_resolved_and_nothing_sent(tag, held, outsourcing_agent, acting, way) -> None:
    required(tags_rule=DutyRule.REQUIRED)
    before = Message.objects.count()
    with pytest.raises(DutyLeft) as refusal:
        WAYS[way](held, acting(outsourcing_agent))
    assert refusal.value.fields == {"tags": ["Your contract asks for one of these tags: Refund."]}
    with translation.override("zh-hans"), pytest.raises(DutyLeft) as refusal:
        WAYS[way](held, acting(outsourcing_agent))
    assert "退款" in refusal.value.told()
    held.refresh_from_db()
    assert held.status != Status.RESOLVED
    assert not DutyMiss.objects.exists()
    if way != "reply":
        assert Message.objects.count() == before
    change_fields(ticket=held, by=acting(outsourcing_agent), tags=[tag])
    WAYS[way](held, acting(outsourcing_agent))
    held.refresh_from_db()
    assert held.status == Status.RESOLVED


def test_a_tag_that_is_reminded_of_is_let_pass_and_written_down(tag, held, outsourcing_agent, acting) -> None:
    assert [one.is_required for one in duties_left(Moment.RESOLVING, held, acting(outsourcing_agent))] == [False]
    resolve_ticket(ticket=held, by=acting(outsourcing_agent))
    miss = DutyMiss.objects.get()
    assert (miss.user, miss.ticket_id, miss.duty) == (outsourcing_agent, held.pk, "tags")


def test_the_dialog_says_what_is_owed(tag, held, outsourcing_agent) -> None:
    client = Client()
    client.force_login(outsourcing_agent)
    page = client.get(reverse("workbench:ticket-resolution", args=[held.number]))
    assert "Your contract asks for one of these tags: Refund." in page.content.decode()


def test_the_house_owes_nothing(tag, snippet, held, boss, supervisor, acting) -> None:
    required(tags_rule=DutyRule.REQUIRED, snippets_rule=DutyRule.REQUIRED)
    reply(ticket=held, by=acting(supervisor), html="<p>Whatever.</p>")
    held.refresh_from_db()
    resolve_ticket(ticket=held, by=boss)
    assert not DutyMiss.objects.exists()


def test_the_first_answer_begins_with_a_snippet_where_it_has_to(snippet, held, outsourcing_agent, acting) -> None:
    required(snippets_rule=DutyRule.REQUIRED)
    by = acting(outsourcing_agent)
    for text in ("<p>Hi.</p>", "<p>Well. Hello Ann, this is Oliver of Brightline.</p>", f"<p>Hello {'x' * 300}</p>"):
        with pytest.raises(DutyLeft) as refusal:
            reply(ticket=held, by=by, html=text)
        assert "/hello" in refusal.value.told()
    assert not Message.objects.filter(ticket=held, kind="agent").exists()
    reply(ticket=held, by=by, html=BEGUN)
    held.refresh_from_db()
    reply(ticket=held, by=acting(outsourcing_agent), html="<p>And one thing more.</p>")
    assert Message.objects.filter(ticket=held, kind="agent").count() == 2
    assert not DutyMiss.objects.exists()


def test_an_answer_in_the_other_language_of_the_snippet_will_do(snippet, held, outsourcing_agent, acting) -> None:
    required(snippets_rule=DutyRule.REQUIRED)
    reply(ticket=held, by=acting(outsourcing_agent), html="<p>您好，这里是明线。您的包裹已发出。</p>")
    assert Message.objects.filter(ticket=held, kind="agent").count() == 1


def test_a_snippet_that_is_reminded_of_is_let_pass_and_written_down(snippet, held, outsourcing_agent, acting) -> None:
    reply(ticket=held, by=acting(outsourcing_agent), html="<p>Hi.</p>")
    assert DutyMiss.objects.get().duty == "snippets"


def test_outside_of_the_hours_nothing_is_offered_and_what_is_given_by_hand_stays(
    contract, ticket, outsourcing_agent, boss, acting
) -> None:
    calendar = CalendarFactory(week=["09:00-17:00"] * 7, time_zone="UTC")
    Contract.objects.update(calendar=calendar, hours_only=True)
    noon = (now() + timedelta(days=1)).replace(hour=12, minute=0, second=0, microsecond=0)
    with time_machine.travel(noon, tick=False):
        assert bars_of([outsourcing_agent]) == {}
    evening = noon.replace(hour=20)
    with time_machine.travel(evening, tick=False):
        bar = bars_of([outsourcing_agent])[outsourcing_agent.pk]
        opens = evening.replace(hour=9) + timedelta(days=1)
        assert bar.words() == f"Outside of the hours of the contract, until {opens:%Y-%m-%d %H:%M}."
        with pytest.raises(HeldBack):
            claim_next(by=acting(outsourcing_agent))
        ticket.refresh_from_db()
        assert ticket.assignee is None
        assign_ticket(ticket=ticket, to=outsourcing_agent, by=boss)
    Contract.objects.update(hours_only=False)
    with time_machine.travel(evening, tick=False):
        assert bars_of([outsourcing_agent]) == {}

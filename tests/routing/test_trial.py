"""Trying rules out: the answer in words, a draft beside the rules in force, and nothing changed by it."""

import pytest
from django.urls import reverse

from apps.core.models import AuditEntry, Event
from apps.routing.models import RoutingQueue, RoutingRule
from apps.tickets.models import Assignment, Ticket
from tests.factories.tickets import TicketFactory, say

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("grants")]
TRIAL = "routing_routingrule_try_out"


@pytest.fixture
def routing(queue) -> RoutingQueue:
    return RoutingQueue.objects.create(queue=queue, is_automatic=True)


@pytest.fixture
def office(client, manager):
    client.force_login(manager)
    return client


@pytest.fixture
def unchanged():
    """Compares all that a trial could have touched."""

    def state():
        rules = list(RoutingRule.objects.order_by("pk").values())
        queues = list(RoutingQueue.objects.order_by("pk").values())
        rows = [model.objects.count() for model in (Assignment, Event, Ticket)]
        return rules, queues, rows, AuditEntry.objects.filter(action__startswith="routing.").count()

    before = state()
    yield
    assert state() == before


def rule_of(routing, name, **given) -> RoutingRule:
    return RoutingRule.objects.create(routing=routing, name={"en": name}, position=RoutingRule.objects.count(), **given)


def trial(office, **asked):
    return office.get(reverse("admin:routing-trial"), {f"trial-{name}": value for name, value in asked.items()})


@pytest.fixture
def rules(routing) -> list[RoutingRule]:
    return [
        rule_of(routing, "words", keywords=["refund"], goes_to="in_house"),
        rule_of(routing, "theirs", goes_to="vendors", is_active=False),
    ]


@pytest.fixture
def refund(queue, channel, customer) -> Ticket:
    ticket = TicketFactory(queue=queue, channel=channel, customer=customer, subject="A refund")
    say(ticket, "Mail lin@example.com", channel=channel)
    return ticket


@pytest.fixture
def furnished(rules, refund, queue, channel, agent, outsourcing_agent) -> None:
    TicketFactory(queue=queue, channel=channel, assignee=agent)


def test_a_ticket_is_followed_step_by_step(furnished, unchanged, office, refund, outsourcing_agent):
    answer = trial(office, ticket=refund.number)

    (verdict,) = answer.context["verdicts"]
    assert [(step.name, step.holds) for step in verdict.steps] == [("words", True)]
    assert verdict.who == "Alice Agent"
    assert verdict.why == ("The rule “words” applied.", "Nobody else who could take it was free.")
    assert [(group.reason, group.names) for group in verdict.left_out if "Oliver Outsourced" in group.names] == [
        ("It is for people in-house.", ("Oliver Outsourced",))
    ]
    page = answer.content.decode()
    assert "refund" in page
    assert "lin@example.com" not in page
    assert "林小雨" not in page


def test_an_example_needs_no_ticket_and_says_which_rule_does_not_hold(furnished, unchanged, office, queue):
    answer = trial(office, queue=queue.pk, text="Where is my parcel?")

    (verdict,) = answer.context["verdicts"]
    assert [(step.name, step.holds, step.unmet) for step in verdict.steps] == [("words", False, "none of its words")]
    assert verdict.agent is not None


def test_an_example_is_tried_with_promised_time_used_up(furnished, office, queue, rules):
    RoutingRule.objects.filter(pk=rules[0].pk).update(keywords=[], time_used_from=80)
    early, late = (trial(office, queue=queue.pk, time_used=used).context["verdicts"][0] for used in (79, 80))
    assert [(step.holds, step.unmet) for step in early.steps] == [(False, "no promise is in danger enough")]
    assert [step.holds for step in late.steps] == [True]


def test_saved_drafts_are_compared_with_the_rules_in_force(furnished, unchanged, office, rules, refund):
    answer = trial(office, ticket=refund.number, draft=rules[1].pk, latest=10)

    live, draft = answer.context["verdicts"]
    assert (live.who, draft.who) == ("Alice Agent", "Oliver Outsourced")
    assert answer.context["compared"] == 2
    assert {row.number: (row.live, row.draft) for row in answer.context["elsewhere"]}[refund.number] == (
        "Alice Agent",
        "Oliver Outsourced",
    )


def test_what_is_being_typed_is_tried_without_being_saved(furnished, unchanged, office, routing, rules, refund):
    address = reverse("admin:routing_routingrule_change", args=[rules[0].pk])
    typed = {
        "routing": routing.pk, "name_en": "words", "name_zh_hans": "", "keywords": "refund", "goes_to": "vendors",
        "add_priority": "0", "level": "1", TRIAL: "1",
    }  # fmt: skip

    first = office.post(address, typed)
    then = office.post(address, {**typed, "trial-ticket": refund.number, "trial-latest": "0"})
    wrong = office.post(address, {**typed, "goes_to": ""})

    assert [row.number for row in first.context["elsewhere"]] == [refund.number]
    assert ("goes_to", "vendors") in first.context["carried"]
    assert [verdict.who for verdict in then.context["verdicts"]] == ["Alice Agent", "Oliver Outsourced"]
    assert "compared" not in then.context
    assert list(wrong.context["adminform"].form.errors) == ["goes_to"]


@pytest.mark.parametrize(
    "asked", [{"ticket": 10**9}, {"ticket": "x"}, {"queue": 10**9}, {"latest": 201}, {"waited": -1}, {"draft": "x"}]
)
def test_what_cannot_be_tried_is_told_beside_the_field(furnished, unchanged, office, asked):
    answer = trial(office, **asked)

    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == list(asked)
    assert "verdicts" not in answer.context

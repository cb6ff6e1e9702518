"""Managers write rules, read them as sentences and order them; work goes accordingly."""

from datetime import time, timedelta

import pytest
import time_machine
from django.urls import reverse

from apps.core.actor import SYSTEM
from apps.core.clock import now
from apps.core.events import number_events, run_subscribers
from apps.core.models import AuditEntry
from apps.routing.models import AgentState, OverflowRow, QueueShare, RoutingQueue, RoutingRule
from apps.routing.selectors.keywords import keywords_of
from apps.routing.selectors.sentences import condition_words, outcome_words, queue_sentences
from apps.routing.services.handing_out import look
from apps.routing.services.kept_floor import KeptFloor
from apps.routing.services.states import set_state
from apps.sla.services.watching import tell_due
from apps.tickets.models import Assignment
from apps.tickets.services import lifecycle
from tests.factories.customers import CustomerFactory
from tests.factories.sla import CalendarFactory, PolicyFactory
from tests.factories.tickets import CategoryFactory, TicketFactory, say

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("grants")]


@pytest.fixture
def routing(queue, team) -> RoutingQueue:
    return RoutingQueue.objects.create(queue=queue, is_automatic=True, senior_team=team)


@pytest.fixture
def office(client, manager):
    client.force_login(manager)
    return client


def rule_of(routing, name="Refunds", **given) -> RoutingRule:
    position = RoutingRule.objects.count()
    return RoutingRule.objects.create(routing=routing, name={"en": name}, position=position, **given)


def posted(routing, **changes):
    return {
        "routing": routing.pk,
        "name_en": "Dear refunds",
        "name_zh_hans": "",
        "is_active": "on",
        "keywords": "refund，退款",
        "priorities": ["30", "40"],
        "time_used_from": "80",
        "customer_level": "gold",
        "goes_to": "seniors",
        "widens_after": "60",
        "add_priority": "10",
        "level": "1",
        **changes,
    }


def order() -> list[str]:
    return [str(rule) for rule in RoutingRule.objects.order_by("position")]


def test_a_manager_writes_a_rule_and_reads_it_as_a_sentence(office, manager, routing, category):
    rule_of(routing, "First")
    answer = office.post(reverse("admin:routing_routingrule_add"), posted(routing, categories=[category.pk]))

    page = reverse("admin:routing-rules", args=[routing.pk])
    assert (answer.status_code, answer.headers["Location"]) == (302, page)
    rule = RoutingRule.objects.get(name__en="Dear refunds")
    assert (rule.position, rule.keywords, rule.priorities) == (1, ["refund", "退款"], [30, 40])
    assert condition_words(rule) == (
        "the category is Category repair and it speaks of refund or 退款 and the priority is High or Urgent "
        "and the customer is Gold or above and 80 % of a promised time is used up"
    )
    assert outcome_words(rule) == (
        "to senior people in-house, after 60 s to anybody in-house as well; one step more urgent"
    )
    assert "after 60 s to anybody in-house as well" in office.get(page).content.decode()
    assert AuditEntry.objects.filter(action="routing.routingrule.created", subject_id=rule.pk).exists()


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"goes_to": "team"}, "team"),
        ({"goes_to": "vendors"}, "widens_after"),
        ({"goes_to": "", "widens_after": "", "add_priority": "0"}, "goes_to"),
        ({"from_time": "09:00"}, "to_time"),
        ({"languages": "German!"}, "languages"),
        ({"keywords": "x" * 41}, "keywords"),
    ],
    ids=["no team", "nothing to widen", "says nothing", "no end", "no language", "long word"],
)
def test_what_makes_no_sense_is_told_beside_its_field(office, routing, changes, field):
    answer = office.post(reverse("admin:routing_routingrule_add"), posted(routing, **changes))

    assert answer.status_code == 200
    assert list(answer.context["adminform"].form.errors) == [field]
    assert not RoutingRule.objects.exists()


def test_seniors_and_overflow_must_be_named(office, routing):
    routing.senior_team = None
    routing.save()
    answer = office.post(reverse("admin:routing_routingrule_add"), posted(routing))
    assert list(answer.context["adminform"].form.errors) == ["goes_to"]

    change = {
        "misses_in_a_row": "2",
        **{name: str(getattr(routing, name)) for name in ("offer_seconds", "growth_per_minute", "value_weight")},
        "queue": routing.queue_id,
        "strategy": "percentage_split",
        "failed_attempts": "3",
        "senior_from": "50",
        **{f"{part}-{count}_FORMS": "0" for part in ("skills", "shares") for count in ("TOTAL", "INITIAL")},
        "overflow-TOTAL_FORMS": "1",
        "overflow-INITIAL_FORMS": "0",
        "overflow-0-after": "30",
        "overflow-0-change": "add_team",
    }
    answer = office.post(reverse("admin:routing_routingqueue_change", args=[routing.pk]), change)

    assert list(answer.context["adminform"].form.errors) == ["senior_team"]
    said = [formset.formset for formset in answer.context["inline_admin_formsets"]]
    assert [list(form.errors) for formset in said for form in formset.forms] == [["team"]]
    assert [bool(formset.non_form_errors()) for formset in said] == [False, False, True]
    assert not OverflowRow.objects.exists()


def test_rules_are_dragged_moved_by_buttons_and_switched(office, routing):
    one, two, three = (rule_of(routing, name, goes_to="in_house") for name in ("one", "two", "three"))
    address = reverse("admin:routing-rules-order", args=[routing.pk])

    office.post(address, {"rule": [three.pk, one.pk, two.pk, "x"]})
    assert order() == ["three", "one", "two"]
    office.post(address, {"rule": [three.pk, one.pk, two.pk], "later": three.pk})
    assert order() == ["one", "three", "two"]
    office.post(address, {"rule": [two.pk], "earlier": two.pk})  # of a page from before there were others
    assert order() == ["two", "one", "three"]
    office.post(reverse("admin:routing-rule-switch", args=[two.pk]), {"to": "off"})
    two.refresh_from_db()
    assert not two.is_active
    assert AuditEntry.objects.filter(action="routing.routingrule.ordered").count() == 3
    assert AuditEntry.objects.get(action="routing.routingrule.changed").details == {"is_active": [True, False]}


def test_nobody_else_reads_orders_or_switches_rules(client, routing, supervisor):
    one, two = rule_of(routing, "one"), rule_of(routing, "two")
    client.force_login(supervisor)

    assert client.get(reverse("admin:routing-rules", args=[routing.pk])).status_code in {302, 403}
    assert client.get(reverse("admin:routing-trial")).status_code in {302, 403}
    address = reverse("admin:routing-rules-order", args=[routing.pk])
    assert client.post(address, {"rule": [two.pk, one.pk]}).status_code in {302, 403}
    switch = reverse("admin:routing-rule-switch", args=[one.pk])
    assert client.post(switch, {"to": "off"}).status_code in {302, 403}
    assert order() == ["one", "two"]
    assert RoutingRule.objects.filter(is_active=True).count() == 2
    assert not AuditEntry.objects.filter(action__startswith="routing.").exists()


def test_the_first_rule_that_holds_decides_who_is_asked(
    routing, queue, channel, vendor, agent, outsourcing_agent, acting
):
    parent = CategoryFactory()
    below = CategoryFactory(parent=parent)
    rule_of(routing, "off", is_active=False, goes_to="in_house")
    rule_of(routing, "words", keywords=["退款"], goes_to="vendor", vendor=vendor).channels.set([channel])
    rule_of(routing, "category", goes_to="in_house").categories.set([parent])
    for minutes, user in enumerate((outsourcing_agent, agent)):
        set_state(user=user, state="available", by=acting(user))
        AgentState.objects.filter(user=user).update(since=now() - timedelta(minutes=5 - minutes))
    refund = TicketFactory(queue=queue, channel=channel, category=below, subject="Order")
    say(refund, "我要退款，谢谢", channel=channel)
    other = TicketFactory(queue=queue, channel=channel, category=below)

    assert look(KeptFloor()) == 2

    offers = {row.ticket_id: row for row in Assignment.objects.select_related("user")}
    assert {pk: row.user.username for pk, row in offers.items()} == {refund.pk: "oliver", other.pk: "alice"}
    assert offers[refund.pk].explanation[0][0] == "rule"


def test_a_warning_of_a_promise_has_what_waits_judged_anew(
    routing, queue, channel, vendor, agent, outsourcing_agent, acting
):
    """A kept floor reads only what events tell."""
    rule_of(routing, "rescue", goes_to="in_house", time_used_from=80)
    rule_of(routing, "usual", goes_to="vendor", vendor=vendor)
    _follow_promises()
    calendar = CalendarFactory(week=["00:00-24:00"] * 7)
    PolicyFactory(calendar=calendar, targets={"resolution": 100}, warn_at=[50, 80])
    set_state(user=agent, state="available", by=acting(agent))
    kept = KeptFloor()
    with time_machine.travel(now(), tick=False) as clock:
        ticket = lifecycle.open_ticket(subject="Broken", by=SYSTEM, queue=queue, channel=channel)
        _follow_promises()
        assert look(kept) == 0
        for minutes, offered in ((51, 0), (30, 1)):
            clock.shift(timedelta(minutes=minutes))
            assert tell_due() == 1
            assert look(kept) == offered
    assert Assignment.objects.get(ticket=ticket).user == agent


def _follow_promises() -> None:
    number_events()
    run_subscribers("sla.timers")


def test_words_are_looked_for_whole_and_never_in_personal_data(queue, channel):
    customer = CustomerFactory(name="Pay Pal", phone="+8613800138000")
    ticket = TicketFactory(queue=queue, channel=channel, customer=customer, subject="Payload of Pay")
    say(ticket, "My number is 13800138000, call Pay. Ｒｅｆｕｎｄ!", channel=channel)
    words = frozenset(["pay", "payload", "load", "13800138000", "8000", "refund"])

    assert keywords_of([ticket], {queue.pk: words})[ticket.pk] == {"payload", "refund"}
    assert keywords_of([ticket], {}) == {}


def test_a_queue_is_told_in_sentences(routing, vendor):
    RoutingQueue.objects.update(strategy="percentage_split", is_hybrid=True, overload_wait=120)
    QueueShare.objects.create(routing=routing, vendor=vendor, percent=30)
    OverflowRow.objects.create(routing=routing, after=60, change="drop_language")
    rule = rule_of(routing, weekdays=[5, 6], from_time=time(22), to_time=time(6), goes_to="vendor", vendor=vendor)

    said = queue_sentences(RoutingQueue.objects.whole().get())

    assert said[0] == "Who gets it: by shares. An offer stands for 20 s."
    assert f"Shares: {vendor}: 30 %." in said
    assert "After 60 s: the language is not asked for." in said
    assert "The house helps with what waited for 2 minutes." in said
    assert condition_words(rule) == "it comes on Saturday or Sunday and it comes between 22:00 and 06:00"

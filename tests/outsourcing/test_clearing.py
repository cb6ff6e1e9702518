"""Work is given to those of a vendor who are certified and through with on-boarding, by whatever way it is given."""

from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from apps.accounts.models import AgentSkill, Skill, User
from apps.core.actor import SYSTEM
from apps.core.clock import now
from apps.core.errors import InvalidInput, NotVisible, PermissionRefused
from apps.core.models import AuditEntry, Event
from apps.core.sweeps import run_sweep
from apps.outsourcing.errors import NotYoursToCertify
from apps.outsourcing.models import Contract, ContractSkill, OnboardingStep, OnboardingTick
from apps.outsourcing.selectors.clearance import standing_of
from apps.outsourcing.services.clearing import certify_agent, tick_step, untick_step
from apps.routing.engine import types
from apps.routing.engine.eligibility import likeness, mismatch
from apps.routing.engine.placement import Profile, limits_of
from apps.routing.enums import Presence
from apps.routing.selectors.crew import available_agents
from apps.routing.services.pulling import claim_next
from apps.routing.services.states import set_state
from apps.routing.words import say
from apps.tickets.errors import HeldBack
from apps.tickets.selectors.choices import assignable_users
from apps.tickets.services.assignment import assign_ticket, claim_ticket
from apps.tickets.services.offers import accept_offer, offer_ticket
from apps.tickets.services.transferring import Target, transfer_ticket
from tests.factories.accounts import TeamFactory, UserFactory, VendorFactory
from tests.factories.outsourcing import day

pytestmark = [pytest.mark.integration, pytest.mark.django_db]
WEEK = timedelta(days=7)


@pytest.fixture
def refunds() -> Skill:
    return Skill.objects.create(key="refunds", name={"en": "Refunds", "zh-hans": "退款"})


@pytest.fixture
def term(contract: Contract, refunds: Skill) -> ContractSkill:
    return ContractSkill.objects.create(contract=contract, skill=refunds, least_level=2)


@pytest.fixture
def step(contract: Contract) -> OnboardingStep:
    return OnboardingStep.objects.create(contract=contract, name={"en": "Confidentiality", "zh-hans": "保密协议"})


def why_not(user: User) -> str:
    return standing_of(User.objects.get(pk=user.pk)).bar


def test_every_way_of_giving_work_is_shut_to_who_is_not_certified(
    term, boss, outsourcing_agent, supervisor, vendor, vendor_team, ticket, acting
) -> None:
    colleague = UserFactory(username="carl", role="vendor_agent", vendor=vendor, teams=[vendor_team])
    AgentSkill.objects.create(user=colleague, skill=term.skill, level=2, certified_until=day(WEEK))
    mine = acting(outsourcing_agent)
    gives = (
        lambda: assign_ticket(ticket=ticket, to=outsourcing_agent, by=boss),
        lambda: transfer_ticket(ticket=ticket, to=Target(user=outsourcing_agent), by=acting(colleague)),
        lambda: offer_ticket(ticket=ticket, to=outsourcing_agent, seconds=20, by=SYSTEM),
        lambda: claim_ticket(ticket=ticket, by=mine),
        lambda: claim_next(by=mine),
    )
    for give in gives:
        with pytest.raises(HeldBack) as refusal:
            give()
        assert "level 2" in refusal.value.told()
    ticket.refresh_from_db()
    assert ticket.assignee is None
    assert outsourcing_agent.pk not in {choice.id for choice in assignable_users(acting(supervisor), ticket)}
    assert claim_next(by=acting(colleague)) == ticket


def test_an_offer_is_not_accepted_after_the_certificate_was_taken(term, outsourcing_agent, ticket, acting) -> None:
    AgentSkill.objects.create(user=outsourcing_agent, skill=term.skill, level=2, certified_until=day(WEEK))
    offer = offer_ticket(ticket=ticket, to=outsourcing_agent, seconds=3600, by=SYSTEM)
    AgentSkill.objects.all().delete()
    with pytest.raises(HeldBack):
        accept_offer(offer=offer, by=acting(outsourcing_agent))
    ticket.refresh_from_db()
    assert ticket.assignee is None


def test_what_is_held_stays_when_a_certificate_runs_out_at_midnight_of_the_contract(
    term, contract, boss, outsourcing_agent, ticket, acting
) -> None:
    Contract.objects.filter(pk=contract.pk).update(time_zone="Asia/Shanghai")
    contract.refresh_from_db()
    last = contract.day(now())
    AgentSkill.objects.create(user=outsourcing_agent, skill=term.skill, level=3, certified_until=last)
    assign_ticket(ticket=ticket, to=outsourcing_agent, by=boss)
    midnight = contract._midnight(last + timedelta(days=1))
    with time_machine.travel(midnight - timedelta(seconds=1), tick=False):
        assert why_not(outsourcing_agent) == ""
    with time_machine.travel(midnight, tick=False):
        assert "ran out" in why_not(outsourcing_agent)
        claim_ticket(ticket=ticket, by=acting(outsourcing_agent))  # it is theirs already
    ticket.refresh_from_db()
    assert ticket.assignee == outsourcing_agent


def test_the_engine_says_why_somebody_was_passed_over(term, step, boss, outsourcing_agent, acting) -> None:
    set_state(user=outsourcing_agent, state=Presence.AVAILABLE, reason=None, by=acting(outsourcing_agent))

    def held_back() -> str:
        agent = available_agents([])[outsourcing_agent.pk]
        return "" if agent.held_back is None else say(agent.held_back, lambda kind, key: f"{kind} {key}")

    assert held_back() == "On-boarding is not finished; steps left: 1."
    tick_step(step=step, user=outsourcing_agent, by=boss)
    assert held_back() == "The contract asks for skill refunds of level 2; has 0."
    certify_agent(user=outsourcing_agent, skill=term.skill, level=2, until=day(WEEK), by=boss)
    assert held_back() == ""


def test_who_is_held_back_matches_nothing_and_stands_apart(term, outsourcing_agent, acting) -> None:
    set_state(user=outsourcing_agent, state=Presence.AVAILABLE, reason=None, by=acting(outsourcing_agent))
    agent = available_agents([])[outsourcing_agent.pk]
    free = replace(agent, held_back=None)
    assert likeness(agent) != likeness(free)
    assert agent.held_back is not None
    assert (mismatch(agent, _profile(agent)), mismatch(free, _profile(agent))) == (agent.held_back, None)


def _profile(agent: types.Agent) -> Profile:
    """Of work that is within all the limits of the agent."""
    return Profile(
        queue=min(agent.queues),
        kind=types.WorkKind.MAIL,
        queues=agent.queues,
        teams=frozenset(),
        language="",
        needs=frozenset(),
        limits=frozenset({limits_of(agent)}),
    )


@pytest.mark.parametrize(
    ("level", "until", "needs", "is_fit"),
    [
        (2, None, True, False),
        (2, None, False, True),
        (1, WEEK, True, False),
        (5, WEEK, True, True),
        (5, -WEEK, True, False),
        (5, -WEEK, False, True),
    ],
)
def test_level_and_certificate_decide(term, outsourcing_agent, level, until, needs, is_fit) -> None:
    ContractSkill.objects.update(needs_certificate=needs)
    ends = None if until is None else day(until)
    AgentSkill.objects.create(user=outsourcing_agent, skill=term.skill, level=level, certified_until=ends)
    assert (why_not(outsourcing_agent) == "") is is_fit


def test_people_in_house_and_of_other_vendors_are_asked_for_nothing(term, step, agent) -> None:
    other = UserFactory(role="vendor_agent", vendor=VendorFactory(key="northstar"))
    assert (why_not(agent), why_not(other)) == ("", "")


def test_a_manager_of_the_vendor_certifies_where_the_contract_says_so(term, head, outsourcing_agent, acting) -> None:
    values = {"skill": term.skill, "level": 3, "until": day(WEEK)}
    with pytest.raises(NotYoursToCertify):
        certify_agent(user=outsourcing_agent, **values, by=acting(head))
    assert not AgentSkill.objects.exists()
    Contract.objects.update(vendor_certifies=True)
    certify_agent(user=outsourcing_agent, **values, by=acting(head))
    assert why_not(outsourcing_agent) == ""
    entry = AuditEntry.objects.get(action="user.certified")
    assert (entry.actor_user_id, entry.subject_id) == (head.pk, outsourcing_agent.pk)


def test_nobody_certifies_themselves_others_or_what_is_not_asked_for(
    term, step, head, outsourcing_agent, agent, boss, acting
) -> None:
    Contract.objects.update(vendor_certifies=True)
    rival = UserFactory(role="vendor_agent", vendor=VendorFactory(key="northstar"))
    tea = Skill.objects.create(key="tea", name={"en": "Tea"})
    refused = (
        (head, term.skill, acting(head), PermissionRefused),
        (agent, term.skill, acting(head), NotVisible),
        (rival, term.skill, acting(head), NotVisible),
        (agent, term.skill, boss, NotVisible),
        (outsourcing_agent, tea, acting(head), NotVisible),
        (outsourcing_agent, term.skill, acting(agent), PermissionRefused),
        (head, term.skill, acting(outsourcing_agent), PermissionRefused),
    )
    for user, skill, by, error in refused:
        with pytest.raises(error):
            certify_agent(user=user, skill=skill, by=by, level=3, until=day(WEEK))
    with pytest.raises(InvalidInput):
        certify_agent(user=outsourcing_agent, skill=term.skill, level=3, until=day(-WEEK), by=acting(head))
    for user, by in ((head, acting(head)), (rival, acting(head)), (outsourcing_agent, acting(agent))):
        with pytest.raises((PermissionRefused, NotVisible)):
            tick_step(step=step, user=user, by=by)
    assert not AgentSkill.objects.exists()
    assert not OnboardingTick.objects.exists()


def test_steps_of_the_house_are_ticked_in_house(step, head, outsourcing_agent, boss, acting) -> None:
    OnboardingStep.objects.update(is_for_house=True)
    with pytest.raises(PermissionRefused):
        tick_step(step=step, user=outsourcing_agent, by=acting(head))
    tick_step(step=step, user=outsourcing_agent, by=boss)
    tick_step(step=step, user=outsourcing_agent, by=boss)
    assert OnboardingTick.objects.get().ticked_by_id == boss.user_id
    with pytest.raises(PermissionRefused):
        untick_step(step=step, user=outsourcing_agent, by=acting(head))
    untick_step(step=step, user=outsourcing_agent, by=boss)
    assert not OnboardingTick.objects.exists()


def test_an_end_is_told_once_for_each_certificate(term, outsourcing_agent) -> None:
    row = AgentSkill.objects.create(user=outsourcing_agent, skill=term.skill, level=2, certified_until=day(WEEK))

    def told() -> int:
        run_sweep("outsourcing.remind")
        return Event.objects.filter(kind="vendor.certificate_ends").count()

    assert (told(), told()) == (1, 1)
    for ends, count in ((WEEK + timedelta(days=1), 2), (60 * WEEK, 2)):
        row.certified_until = day(ends)
        row.save()
        assert told() == count


def test_the_page_ticks_certifies_and_shows_what_is_missing(term, step, head, outsourcing_agent) -> None:
    Contract.objects.update(vendor_certifies=True)
    client = Client()
    client.force_login(head)
    address = reverse("outsourcing:person", args=[outsourcing_agent.username])
    assert "On-boarding is not finished" in client.get(address).content.decode()
    assert "On-boarding is not finished" in client.get(reverse("outsourcing:people")).content.decode()
    client.post(reverse("outsourcing:person-step", args=[outsourcing_agent.username, step.pk]), {"to": "done"})
    certificate = reverse("outsourcing:person-certificate", args=[outsourcing_agent.username, term.skill.key])
    client.post(certificate, {"level": "9", "until": "soon"})
    assert not AgentSkill.objects.exists()
    client.post(certificate, {"level": "2", "until": day(WEEK).isoformat()})
    assert "days left" in client.get(address).content.decode()
    assert why_not(outsourcing_agent) == ""


def test_the_house_ticks_and_certifies_in_the_administration(term, step, manager, agent, outsourcing_agent) -> None:
    client = Client()
    client.force_login(manager)
    page = reverse("admin:vendor-person", args=[outsourcing_agent.pk])
    assert "Confidentiality" in client.get(page).content.decode()
    client.post(reverse("admin:vendor-person-step", args=[outsourcing_agent.pk, step.pk]), {"to": "done"})
    client.post(
        reverse("admin:vendor-person-certificate", args=[outsourcing_agent.pk, term.skill.key]),
        {"level": "2", "until": day(WEEK).isoformat()},
    )
    assert why_not(outsourcing_agent) == ""
    assert client.get(reverse("admin:vendor-person", args=[agent.pk])).status_code == 404


def test_steps_of_another_vendors_contract_are_not_there(contract, step) -> None:
    other = VendorFactory(key="northstar")
    theirs = UserFactory(role="vendor_manager", vendor=other, teams=[TeamFactory(vendor=other)])
    client = Client()
    client.force_login(theirs)
    posted = client.post(reverse("outsourcing:person-step", args=[theirs.username, step.pk]), {"to": "done"})
    assert posted.status_code == 404
    assert not OnboardingTick.objects.exists()

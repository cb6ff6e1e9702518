"""What may be decided about a contract, by whom, and how it reads on pages and over the API."""

from datetime import timedelta

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import translation
from django.utils.formats import date_format

from apps.accounts.models import User, Vendor
from apps.core.clock import now
from apps.core.errors import InvalidInput, PermissionRefused
from apps.core.models import AuditEntry
from apps.outsourcing.enums import ContractState
from apps.outsourcing.errors import ContractsOverlap, NotInThisState, ReasonMissing
from apps.outsourcing.models import Contract, SlaTerm
from apps.outsourcing.selectors.contracts import words_for_vendors_people
from apps.outsourcing.services.contracts import activate_contract, end_contract, resume_contract, suspend_contract
from apps.outsourcing.services.granting import settle
from apps.tickets.models import QueueGroupObjectPermission
from apps.tickets.services.assignment import assign_ticket
from tests.factories.accounts import UserFactory
from tests.factories.outsourcing import ContractFactory, day
from tests.support.api import Api, token_of

pytestmark = [pytest.mark.integration, pytest.mark.django_db]


@pytest.fixture
def office(manager: User) -> Client:
    client = Client()
    client.force_login(manager)
    return client


def test_an_incomplete_draft_says_all_that_is_wrong(boss) -> None:
    draft = ContractFactory(purpose=" ", data_categories=[], covers_all_categories=False)
    draft.starts_on, draft.ends_on = day(-timedelta(days=9)), day(-timedelta(days=2))
    draft.save()
    with pytest.raises(InvalidInput) as refusal:
        activate_contract(contract=draft, by=boss)
    assert set(refusal.value.fields) == {"queues", "channels", "categories", "purpose", "data_categories", "ends_on"}
    draft.refresh_from_db()
    assert draft.state == ContractState.DRAFT


def test_two_cannot_be_live_on_one_day(contract, boss, queue, channel) -> None:
    other = ContractFactory(vendor=contract.vendor, starts_on=contract.ends_on, ends_on=contract.ends_on)
    other.queues.set([queue])
    other.channels.set([channel])
    with pytest.raises(ContractsOverlap):
        activate_contract(contract=other, by=boss)
    with pytest.raises(IntegrityError), transaction.atomic():
        Contract.objects.filter(pk=other.pk).update(state=ContractState.ACTIVE)
    other.refresh_from_db()
    assert other.state == ContractState.DRAFT


@pytest.mark.parametrize("who", ["agent", "supervisor", "outsourcing_agent"])
def test_only_who_manages_people_decides(who, cast, acting, contract, draft) -> None:
    by = acting(cast[who])
    assert not Contract.objects.visible_to(by).exists()
    assert not SlaTerm.objects.visible_to(by).exists()
    with pytest.raises(PermissionRefused):
        end_contract(contract=contract, by=by, reason="for fun")
    contract.refresh_from_db()
    assert contract.state == ContractState.ACTIVE
    assert QueueGroupObjectPermission.objects.exists()


def test_moves_ask_for_their_state_and_a_reason(draft, boss) -> None:
    for move in (suspend_contract, resume_contract, end_contract):
        with pytest.raises(NotInThisState):
            move(contract=draft, by=boss, reason="x")
    contract = activate_contract(contract=draft, by=boss)
    with pytest.raises(NotInThisState):
        activate_contract(contract=contract, by=boss)
    with pytest.raises(ReasonMissing):
        suspend_contract(contract=contract, by=boss, reason="  ")
    contract.refresh_from_db()
    assert contract.state == ContractState.ACTIVE


PARTS = ("terms", "skills", "steps", "deductions")


def posted(contract: Contract, **changes: object) -> dict[str, object]:
    """What the page's form would send."""
    found = {
        "number": contract.number,
        "name_zh_hans": "合同",
        "name_en": "Contract",
        "vendor": contract.vendor_id,
        "starts_on": contract.starts_on.isoformat(),
        "ends_on": contract.ends_on.isoformat(),
        "time_zone": contract.time_zone,
        "queues": [row.pk for row in contract.queues.all()],
        "channels": [row.pk for row in contract.channels.all()],
        "covers_all_categories": "on",
        "currency": "CNY",
        "priced_by": "contact",
        "purpose": contract.purpose,
        "data_categories": contract.data_categories,
        "afterwards": "delete",
        "remind_days": "14",
        "least_ratings": "10",
        "tags_rule": "reminded",
        "snippets_rule": "reminded",
        **{f"{part}-{count}_FORMS": "0" for part in PARTS for count in ("TOTAL", "INITIAL")},
    }
    return {**found, **changes}


def test_decisions_ask_once_more_who_one_is(office, contract) -> None:
    pages = [("admin:contract-move", contract.pk, "end"), ("admin:outsourcing_contract_change", contract.pk)]
    with time_machine.travel(now() + timedelta(minutes=31)):
        for name, *args in pages:
            assert "/proof/" in office.post(reverse(name, args=args), {"reason": "other"})["Location"]
    contract.refresh_from_db()
    assert contract.state == ContractState.ACTIVE


def test_saving_the_page_changes_what_is_granted(office, contract, vendor_team, other_queue) -> None:
    page = reverse("admin:outsourcing_contract_change", args=[contract.pk])
    term = {
        "terms-TOTAL_FORMS": "1",
        "terms-0-measure": "service_level",
        "terms-0-bound": "at_least",
        "terms-0-threshold": "101",
        "terms-0-contract": contract.pk,
    }
    changes = posted(contract, queues=[other_queue.pk])
    refused = office.post(page, {**changes, **term})
    assert refused.status_code == 200
    assert not SlaTerm.objects.exists()
    assert contract.queues.get() != other_queue

    answer = office.post(page, {**changes, **term, "terms-0-threshold": "90"})
    assert answer.status_code == 302, answer.context and answer.context["errors"]
    granted = QueueGroupObjectPermission.objects.get(group=vendor_team.group)
    assert granted.content_object == other_queue
    assert SlaTerm.objects.get().threshold == 90
    trail = AuditEntry.objects.filter(subject_type="outsourcing.contract", subject_id=contract.pk)
    assert trail.get(action="outsourcing.contract.changed").details["queues"][1] == [other_queue.pk]
    assert trail.filter(action="outsourcing.contract.terms_changed").exists()


@pytest.mark.parametrize(
    "wrong", [{"ends_on": "2000-01-01"}, {"queues": []}, {"time_zone": "Mars/Base"}, {"currency": "yuan"}]
)
def test_what_is_in_force_stays_whole(wrong, office, contract, queue) -> None:
    page = reverse("admin:outsourcing_contract_change", args=[contract.pk])
    answer = office.post(page, posted(contract, **wrong))
    assert list(answer.context["adminform"].form.errors) == list(wrong)
    assert contract.queues.get() == queue
    assert QueueGroupObjectPermission.objects.get().content_object == queue


def test_the_page_of_its_state_shows_both_and_decides(office, draft, vendor, vendor_team, queue) -> None:
    page = reverse("admin:contract", args=[draft.pk])
    assert str(queue.name) in office.get(page).content.decode()
    office.post(reverse("admin:contract-move", args=[draft.pk, "activation"]))
    assert str(vendor_team.name) in office.get(page).content.decode()
    office.post(reverse("admin:contract-move", args=[draft.pk, "suspension"]), {"reason": ""})
    assert Vendor.objects.get(pk=vendor.pk).is_active
    office.post(reverse("admin:contract-move", args=[draft.pk, "suspension"]), {"reason": "incident"})
    draft.refresh_from_db()
    assert (draft.state, Vendor.objects.get(pk=vendor.pk).is_active) == (ContractState.SUSPENDED, False)
    assert office.post(reverse("admin:contract-move", args=[draft.pk, "nothing"])).status_code == 404


def test_the_table_of_grants_leaves_vendors_under_contract_alone(office, contract, vendor_team, queue) -> None:
    page = reverse("admin:access")
    assert "disabled" in office.get(page).content.decode()
    assert office.post(page, {}).status_code == 302  # browsers do not send what is disabled
    assert QueueGroupObjectPermission.objects.filter(group=vendor_team.group).exists()


def test_the_api_tells_contracts_to_who_manages_people(contract, manager, supervisor, queue, channel) -> None:
    SlaTerm.objects.create(contract=contract, measure="service_level", threshold=90)
    told = Api(token_of(manager)).get(f"contracts/{contract.number}/").json()
    assert (told["state"], told["is_in_force"], told["queues"]) == ("active", True, [queue.key])
    assert told["terms"] == [{"measure": "service_level", "channel": None, "bound": "at_least", "threshold": 90.0}]
    assert [row["number"] for row in Api(token_of(manager)).get("contracts/", state="active").json()["results"]]
    assert Api(token_of(supervisor)).get("contracts/").status_code == 403


def test_the_list_says_its_state_once_and_a_duty_names_its_figure(office, contract) -> None:
    page = office.get(reverse("admin:outsourcing_contract_changelist")).content.decode()
    assert page.count("column-state") + page.count("column-decide") == 1
    term = SlaTerm.objects.create(contract=contract, measure="answer_rate", bound="at_least", threshold=90)
    assert str(term).startswith("Answer rate ")


def test_the_end_is_asked_once_more_with_what_it_will_do(
    office, contract, boss, vendor, vendor_team, outsourcing_agent, ticket
) -> None:
    UserFactory(role="vendor_agent", vendor=vendor, teams=[vendor_team])
    UserFactory(role="vendor_agent", vendor=vendor, teams=[vendor_team], is_active=False)
    assign_ticket(ticket=ticket, to=outsourcing_agent, by=boss)
    inside = Client(headers={"Accept-Language": "en"})
    inside.force_login(outsourcing_agent)
    address = reverse("admin:contract-move", args=[contract.pk, "end"])
    page = office.get(address, headers={"Accept-Language": "en"}).content.decode()
    for words in (
        "2 people of the vendor cannot sign in any more.",
        "1 is signed in now and sees nothing from this moment on.",
        "1 ticket that they hold waits again for others.",
        f"{ticket.queue}: 1",
    ):
        assert words in page
    contract.refresh_from_db()
    assert contract.state == ContractState.ACTIVE
    for name in ("admin:contract", "admin:outsourcing_contract_change"):
        assert address in office.get(reverse(name, args=[contract.pk])).content.decode()
    other = office.get(reverse("admin:contract-move", args=[contract.pk, "suspension"]))
    assert (other.status_code, other["Location"]) == (302, reverse("admin:contract", args=[contract.pk]))

    office.post(address, {"reason": "they sold our secrets"})
    contract.refresh_from_db()
    assert contract.state == ContractState.ENDED
    assert address not in office.get(reverse("admin:outsourcing_contract_change", args=[contract.pk])).content.decode()
    told = inside.get("/desk/", follow=True).content.decode()
    day = date_format(contract.day(now()))
    assert f"The contract with your company was ended on {day}." in told
    assert "secrets" not in told


def test_whose_contract_is_suspended_or_over_reads_that(contract, boss, outsourcing_agent) -> None:
    browser = Client(headers={"Accept-Language": "zh-hans"})
    browser.force_login(outsourcing_agent)
    suspend_contract(contract=contract, by=boss, reason="x")
    assert "已暂停" in browser.get("/desk/", follow=True).content.decode()
    with time_machine.travel(now() + timedelta(days=60)):
        settle(contract.vendor_id)
        with translation.override("en"):
            assert words_for_vendors_people(outsourcing_agent).endswith(
                f"was over on {date_format(contract.ends_on)}, as agreed."
            )

"""What has to be shown of processing by a vendor: assessed before, recorded while, confirmed after."""

from datetime import timedelta

import pytest
from django.urls import reverse

from apps.core.actor import person
from apps.core.errors import InvalidInput, PermissionRefused
from apps.core.models import AuditEntry
from apps.outsourcing.enums import AssessmentState, ContractState, Step
from apps.outsourcing.errors import NotEndedYet, NotInThisState
from apps.outsourcing.models import EndTask, ImpactAssessment
from apps.outsourcing.selectors.processing import endings_of, kinds_of
from apps.outsourcing.services.contracts import activate_contract, end_contract
from apps.outsourcing.services.processing import approve_assessment, confirm_end, refuse_assessment
from apps.privacy.models import LensPolicy
from tests.factories.outsourcing import AssessmentFactory, day

pytestmark = pytest.mark.integration


@pytest.fixture
def bare(draft):
    """As `draft`, but nobody has assessed it."""
    ImpactAssessment.objects.all().delete()
    return draft


def test_a_contract_waits_for_an_assessment_that_was_approved(bare, boss) -> None:
    with pytest.raises(InvalidInput) as refusal:
        activate_contract(contract=bare, by=boss)
    assert set(refusal.value.fields) == {"assessments"}
    assessment = AssessmentFactory(contract=bare, state=AssessmentState.DRAFT)
    with pytest.raises(InvalidInput):
        activate_contract(contract=bare, by=boss)
    bare.refresh_from_db()
    assert bare.state == ContractState.DRAFT

    approve_assessment(assessment=assessment, by=boss)

    assert activate_contract(contract=bare, by=boss).state == ContractState.ACTIVE


@pytest.mark.parametrize(
    "wrong",
    [{"valid_until": day(-timedelta(days=2))}, {"data_categories": ["name"]}, {"state": AssessmentState.REFUSED}],
    ids=["expired", "of fewer kinds", "refused"],
)
def test_another_assessment_opens_nothing(bare, boss, wrong) -> None:
    AssessmentFactory(contract=bare, **wrong)
    with pytest.raises(InvalidInput):
        activate_contract(contract=bare, by=boss)


def test_what_was_decided_stays(bare, boss, office_of_boss) -> None:
    assessment = approve_assessment(assessment=AssessmentFactory(contract=bare, state="draft"), by=boss)
    with pytest.raises(NotInThisState):
        refuse_assessment(assessment=assessment, by=boss)
    page = reverse("admin:outsourcing_impactassessment_change", args=[assessment.pk])
    assert office_of_boss.post(page, {"risks": "none"}).status_code == 403
    delete = reverse("admin:outsourcing_impactassessment_delete", args=[assessment.pk])
    assert office_of_boss.post(delete, {"post": "yes"}).status_code == 403
    assessment.refresh_from_db()
    assert (assessment.state, assessment.risks) == ("approved", "Little.")


@pytest.mark.parametrize("who", ["agent", "supervisor", "outsourcing_agent"])
def test_others_decide_nothing(cast, contract, bare, who) -> None:
    assessment = AssessmentFactory(contract=bare, state="draft")
    with pytest.raises(PermissionRefused):
        approve_assessment(assessment=assessment, by=person(cast[who]))
    with pytest.raises(PermissionRefused):
        confirm_end(contract=contract, step="files", declared_by="x", by=person(cast[who]))
    assessment.refresh_from_db()
    assert assessment.state == "draft"
    assert not EndTask.objects.exists()


@pytest.fixture
def office_of_boss(client, manager):
    client.force_login(manager)
    return client


def test_the_record_tells_what_the_lens_shows_now(contract, outsourcing_agent, office_of_boss) -> None:
    def kind(name):
        return next(row for row in kinds_of(contract) if row.name == name)

    role = outsourcing_agent.role
    assert (kind("phone number").is_agreed, kind("phone number").shown) == (True, ((str(role), "masked"),))
    LensPolicy.objects.create(role=role, field_class="bank_card", mode="raw")
    assert (kind("bank card").is_agreed, kind("bank card").is_beyond) == (False, True)

    page = office_of_boss.get(reverse("admin:contract-processing", args=[contract.pk])).content.decode()
    assert "Answering questions about orders." in page
    assert "more than agreed" in page or "超出约定" in page


def test_the_end_is_confirmed_step_by_step_and_once(contract, boss, office_of_boss) -> None:
    with pytest.raises(NotEndedYet):
        confirm_end(contract=contract, step="files", declared_by="Ms Su", by=boss)
    end_contract(contract=contract, by=boss, reason="over")
    address = reverse("admin:contract-ending", args=[contract.pk, "files"])
    office_of_boss.post(address, {"declared_by": " "})
    assert not EndTask.objects.exists()

    for step in Step:
        office_of_boss.post(reverse("admin:contract-ending", args=[contract.pk, step]), {"declared_by": "Ms Su"})
    office_of_boss.post(address, {"declared_by": "Somebody else"})

    assert [ending.done.declared_by for ending in endings_of(contract)] == ["Ms Su"] * len(Step)
    assert AuditEntry.objects.filter(action="contract.end_confirmed").count() == len(Step)

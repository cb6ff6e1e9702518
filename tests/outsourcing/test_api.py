"""Vendors' people, duties and statements over the API: each side reads its own, and writes end in the same services."""

from datetime import timedelta

import pytest

from apps.accounts.models import AgentSkill, Skill, User, Vendor
from apps.core.ids import public_id_for
from apps.core.models import AuditEntry
from apps.outsourcing.models import Contract, ContractSkill, DutyMiss, OnboardingStep, OnboardingTick, Statement
from tests.factories.accounts import UserFactory, VendorFactory
from tests.factories.outsourcing import ContractFactory, StatementFactory, day
from tests.support.api import Api, token_of

pytestmark = [pytest.mark.integration, pytest.mark.django_db]


@pytest.fixture
def step(contract: Contract) -> OnboardingStep:
    return OnboardingStep.objects.create(contract=contract, name={"en": "Training"}, is_for_house=True)


@pytest.fixture
def refunds(contract: Contract) -> Skill:
    skill = Skill.objects.create(key="refunds", name={"en": "Refunds"})
    ContractSkill.objects.create(contract=contract, skill=skill, least_level=2)
    return skill


@pytest.fixture
def rival() -> User:
    found = UserFactory(username="rita", role="vendor_manager", vendor=VendorFactory(key="northstar"))
    ContractFactory(number="NS-1", vendor=found.vendor, state="active")
    return found


def names(api: Api) -> list[str]:
    return [row["username"] for row in api.get("vendor-people/").json()["results"]]


def test_each_side_reads_its_own_people(contract, manager, supervisor, head, outsourcing_agent, rival) -> None:
    house, theirs, others = (Api(token_of(user)) for user in (manager, head, rival))
    assert names(house) == sorted([head.username, outsourcing_agent.username, rival.username])
    assert names(theirs) == sorted([head.username, outsourcing_agent.username])
    assert names(others) == ["rita"]
    assert [row["username"] for row in house.get("vendor-people/", vendor="northstar").json()["results"]] == ["rita"]
    address = f"vendor-people/{outsourcing_agent.username}/"
    assert (house.get(address).status_code, others.get(address).status_code) == (200, 404)
    assert house.get(f"vendor-people/{manager.username}/").status_code == 404
    for user in (supervisor, outsourcing_agent):
        assert Api(token_of(user)).get("vendor-people/").status_code == 403
    narrow = Api(token_of(manager, ["api.use", "tickets.view"]))
    assert narrow.get("vendor-people/").status_code == 403


def test_what_clears_somebody_for_work(contract, step, refunds, manager, head, outsourcing_agent, rival) -> None:
    house, theirs = Api(token_of(manager)), Api(token_of(head))
    address = f"vendor-people/{outsourcing_agent.username}"
    told = theirs.get(f"{address}/").json()
    assert (told["contract"], told["bar"]) == ("BL-1", "On-boarding is not finished; steps left: 1.")
    assert told["certificates"][0]["bar"] == "The contract asks for Refunds of level 2; has 0."
    tick, certify = f"{address}/steps/{told['steps'][0]['id']}/", f"{address}/certificates/refunds/"
    body = {"level": 3, "certified_until": day(timedelta(days=90)).isoformat()}
    assert theirs.put(tick).status_code == theirs.put(certify, body).status_code == 403
    assert Api(token_of(rival)).put(certify, body).status_code == 404
    assert house.put(certify, {**body, "level": 99}).status_code == 400
    assert not OnboardingTick.objects.exists()
    assert not AgentSkill.objects.exists()

    assert house.put(tick).status_code == house.put(tick).status_code == 200
    done = house.put(certify, body).json()
    assert (done["bar"], done["steps"][0]["ticked_by"]) == ("", manager.username)
    assert done["certificates"][0]["certified_until"] == body["certified_until"]
    assert house.delete(tick).json()["steps"][0]["is_done"] is False
    assert house.put(f"{address}/steps/{public_id_for(Contract, step.pk)}/").status_code == 404


def test_either_side_shuts_its_people_out_with_a_reason(contract, manager, head, outsourcing_agent, rival) -> None:
    house, theirs = Api(token_of(manager)), Api(token_of(head))
    address = f"vendor-people/{outsourcing_agent.username}/suspension/"
    assert Api(token_of(rival)).put(address, {"reason": "x"}).status_code == 404
    assert theirs.put(f"vendor-people/{head.username}/suspension/", {"reason": "x"}).status_code == 403
    assert house.put(address, {"reason": ""}).status_code == 400
    assert User.objects.get(pk=outsourcing_agent.pk).is_active
    for api in (house, theirs):
        assert api.put(address, {"reason": "shared account"}).json()["is_active"] is False
        assert api.delete(address).json()["is_active"] is True
    trail = AuditEntry.objects.filter(action="user.deactivated")
    assert {(row.reason, row.actor_user_id) for row in trail} == {
        ("shared account", manager.pk),
        ("shared account", head.pk),
    }


def test_duties_and_who_let_them_pass(contract, step, refunds, ticket, manager, head, outsourcing_agent, rival) -> None:
    DutyMiss.objects.create(ticket=ticket, user=outsourcing_agent, duty="tags", contract=contract)
    for user in (manager, head):
        told = Api(token_of(user)).get("contracts/BL-1/duties/").json()
        assert told["missed"] == [{"username": outsourcing_agent.username, "count": 1}]
        assert (told["skills"][0]["skill"], told["steps"][0]["is_for_house"]) == ("refunds", True)
    for user in (rival, outsourcing_agent):
        assert Api(token_of(user)).get("contracts/BL-1/duties/").status_code == 404


def test_statements_go_between_the_sides(contract, vendor: Vendor, manager, supervisor, head, rival) -> None:
    row = StatementFactory(contract=contract, volumes=[{"key": "a", "label": "A", "contacts": 2, "resolved": 1}])
    house, theirs = Api(token_of(manager)), Api(token_of(head))
    address = f"statements/{row.public_id}/"
    moves = f"{address}moves/"
    assert theirs.get(address).status_code == 404
    assert theirs.get("statements/").json()["results"] == []
    assert theirs.post(moves, {"move": "agree"}).status_code == 404
    sent = house.post(moves, {"move": "send"})
    assert (sent.status_code, sent.json()["state"], sent.json()["volumes"][0]["contacts"]) == (200, "sent", 2)
    assert [each["id"] for each in theirs.get("statements/", state="sent").json()["results"]] == [row.public_id]
    assert house.post(moves, {"move": "agree"}).status_code == 403
    assert theirs.post(moves, {"move": "dispute"}).status_code == 422
    assert Api(token_of(rival)).get(address).status_code == 404
    assert Api(token_of(supervisor)).get("statements/").status_code == 403
    assert Statement.objects.get().state == "sent"
    said = theirs.post(moves, {"move": "dispute", "text": "Two are missing."}).json()
    assert (said["state"], said["comments"][0]["by"], said["comments"][0]["text"]) == (
        "disputed", head.username, "Two are missing.",
    )  # fmt: skip
    assert theirs.post(moves, {"move": "agree"}).json()["state"] == "agreed"
    assert house.post(moves, {"move": "close"}).json()["state"] == "closed"

"""A vendor's manager looks after their own company's people, and nobody else."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from apps.accounts.models import Role, Team, User
from apps.accounts.services.entry_links import choose_password, make_entry_link
from apps.core.errors import AppError, InvalidInput, NotVisible, PermissionRefused
from apps.core.models import AuditEntry
from apps.outsourcing.errors import NoContractInForce, StandsAbove, TooManyPeople
from apps.outsourcing.models import Contract
from apps.outsourcing.services import people
from tests.factories.accounts import PASSWORD, RoleFactory, TeamFactory, UserFactory, VendorFactory

pytestmark = [pytest.mark.integration, pytest.mark.django_db]
NEW_PASSWORD = "a brand new passphrase"


def asked(role: str = "vendor_agent", **changes: Any) -> dict[str, Any]:
    return {
        "username": "nina",
        "display_name": "Nina New",
        "email": "nina@vendor.example",
        "language": "en",
        "role": RoleFactory(key=role),
        "teams": [],
        **changes,
    }


def everybody() -> list[Any]:
    rows = User.objects.order_by("pk").values_list(
        "pk", "display_name", "is_active", "role", "password", "session_epoch"
    )
    return [*rows, *User.groups.through.objects.order_by("pk").values_list("user", "group")]


@pytest.fixture
def stranger_of_another_vendor() -> User:
    other = VendorFactory(key="northstar")
    team = TeamFactory(key="northstar-day", vendor=other)
    return UserFactory(username="rita", display_name="Rita Rival", role="vendor_agent", vendor=other, teams=[team])


@pytest.fixture
def browser(head: User) -> Client:
    client = Client()
    client.force_login(head)
    return client


def test_an_invited_agent_chooses_a_password_once_and_signs_in(contract, head, vendor_team, acting) -> None:
    invited = people.invite_agent(**asked(teams=[vendor_team]), by=acting(head))
    user = User.objects.get(username="nina")
    assert (user.vendor, user.role.key, user.has_usable_password()) == (head.vendor, "vendor_agent", False)
    assert list(user.groups.values_list("team__key", flat=True)) == [vendor_team.key]
    trail = AuditEntry.objects.filter(subject_id=user.pk, actor_user_id=head.pk).order_by("pk")
    assert list(trail.values_list("action", flat=True)) == ["user.created", "team.joined", "user.entry_link_made"]

    client = Client()
    assert client.get(invited.link).status_code == 200
    weak = client.post(invited.link, {"password": "short", "again": "short"})
    assert weak.status_code == 422
    assert not User.objects.get(pk=user.pk).has_usable_password()
    done = client.post(invited.link, {"password": NEW_PASSWORD, "again": NEW_PASSWORD})
    assert (done.status_code, done["location"]) == (302, reverse("accounts:sign-in"))
    assert User.objects.get(pk=user.pk).check_password(NEW_PASSWORD)
    for answer in (client.get(invited.link), client.post(invited.link, {"password": PASSWORD, "again": PASSWORD})):
        assert answer.status_code == 404
    assert User.objects.get(pk=user.pk).check_password(NEW_PASSWORD)


def test_a_link_ends_with_the_next_one_with_the_account_and_with_time(
    contract, head, outsourcing_agent, acting, settings
) -> None:
    def opens(link: str) -> bool:
        return Client().get(link).status_code == 200

    first = people.renew_link(user=outsourcing_agent, by=acting(head)).link
    second = people.renew_link(user=outsourcing_agent, by=acting(head)).link
    assert (opens(first), opens(second)) == (False, True)
    forged = second[:-2] + ("a/" if second[-2] != "a" else "b/")
    assert not opens(forged)
    settings.PASSWORD_RESET_TIMEOUT = -1
    assert not opens(second)
    settings.PASSWORD_RESET_TIMEOUT = 3600
    people.switch_agent_off(user=outsourcing_agent, by=acting(head))
    assert not opens(second)
    uid, token = second.strip("/").split("/")[-2:]
    with pytest.raises(AppError):
        choose_password(uid=uid, token=token, password=NEW_PASSWORD)
    assert not User.objects.get(pk=outsourcing_agent.pk).has_usable_password()


def test_a_new_link_signs_out_and_ends_the_old_password(contract, head, outsourcing_agent, acting) -> None:
    client = Client()
    client.force_login(outsourcing_agent)
    people.renew_link(user=outsourcing_agent, by=acting(head))
    assert client.get("/desk/").status_code == 302
    assert not User.objects.get(pk=outsourcing_agent.pk).check_password(PASSWORD)


@pytest.mark.parametrize("role", ["agent", "manager", "mighty", "support"])
def test_a_role_that_the_house_did_not_open_or_that_may_more_is_not_theirs_to_give(
    contract, head, outsourcing_agent, acting, role
) -> None:
    RoleFactory(key="mighty", is_outsourced=True, permissions=["tickets.view", "tickets.merge"])
    before = everybody()
    with pytest.raises(InvalidInput):
        people.invite_agent(**asked(role), by=acting(head))
    with pytest.raises(InvalidInput):
        people.change_agent(user=outsourcing_agent, by=acting(head), role=RoleFactory(key=role))
    assert everybody() == before


def test_nobody_is_put_into_a_team_of_others(
    contract, head, outsourcing_agent, team, stranger_of_another_vendor, acting
) -> None:
    before = everybody()
    for foreign in (team, Team.objects.get(key="northstar-day")):
        with pytest.raises(InvalidInput):
            people.change_agent(user=outsourcing_agent, by=acting(head), teams=[foreign])
        with pytest.raises(InvalidInput):
            people.invite_agent(**asked(teams=[foreign]), by=acting(head))
    assert everybody() == before


def test_people_at_most_counts_who_is_switched_on(contract, head, outsourcing_agent, acting) -> None:
    Contract.objects.filter(pk=contract.pk).update(most_people=2)
    with pytest.raises(TooManyPeople):
        people.invite_agent(**asked(), by=acting(head))
    people.switch_agent_off(user=outsourcing_agent, by=acting(head))
    people.invite_agent(**asked(), by=acting(head))
    with pytest.raises(TooManyPeople):
        people.switch_agent_on(user=outsourcing_agent, by=acting(head))
    assert not User.objects.get(pk=outsourcing_agent.pk).is_active


def test_without_a_contract_in_force_nobody_is_added(draft, head, acting) -> None:
    with pytest.raises(NoContractInForce):
        people.invite_agent(**asked(), by=acting(head))
    assert not User.objects.filter(username="nina").exists()


MOVES = {
    "change": lambda user, by: people.change_agent(user=user, by=by, display_name="Taken over", teams=[]),
    "off": lambda user, by: people.switch_agent_off(user=user, by=by),
    "on": lambda user, by: people.switch_agent_on(user=user, by=by),
    "link": lambda user, by: people.renew_link(user=user, by=by),
    "factor": lambda user, by: people.reset_factor(user=user, by=by),
    "sign out": lambda user, by: people.sign_agent_out(user=user, by=by),
}


@pytest.mark.parametrize("move", MOVES)
def test_others_are_not_there_and_who_may_more_is_out_of_reach(
    contract, head, agent, vendor, outsourcing_agent, stranger_of_another_vendor, acting, move
) -> None:
    mighty = RoleFactory(key="mighty", is_outsourced=True, permissions=["tickets.view", "tickets.merge"])
    above = UserFactory(username="boss", role=mighty, vendor=vendor)
    before, entries = everybody(), AuditEntry.objects.count()
    for user in (agent, stranger_of_another_vendor):
        with pytest.raises(NotVisible):
            MOVES[move](user, acting(head))
    with pytest.raises(StandsAbove):
        MOVES[move](above, acting(head))
    with pytest.raises(PermissionRefused):
        MOVES[move](outsourcing_agent, acting(outsourcing_agent))
    if move != "change":
        with pytest.raises(PermissionRefused):
            MOVES[move](head, acting(head))
    assert everybody() == before
    assert AuditEntry.objects.count() == entries


def test_one_changes_ones_own_name_and_not_ones_own_role(contract, head, acting) -> None:
    people.change_agent(user=head, by=acting(head), display_name="Vera V.")
    with pytest.raises(PermissionRefused):
        people.change_agent(user=head, by=acting(head), role=RoleFactory(key="vendor_agent"))
    row = User.objects.get(pk=head.pk)
    assert (row.display_name, row.role.key) == ("Vera V.", "vendor_manager")


def test_the_pages_show_the_own_company_and_nobody_else(
    contract, browser, outsourcing_agent, agent, stranger_of_another_vendor
) -> None:
    page = browser.get(reverse("outsourcing:people")).content.decode()
    assert outsourcing_agent.display_name in page
    assert agent.display_name not in page
    assert stranger_of_another_vendor.display_name not in page
    assert browser.get(reverse("outsourcing:person", args=[outsourcing_agent.username])).status_code == 200
    before = everybody()
    for other in (agent, stranger_of_another_vendor, User(username="nobody")):
        for name in ("person", "person-suspension", "person-link", "person-second-factor", "person-sign-out"):
            posted = browser.post(reverse(f"outsourcing:{name}", args=[other.username]), {"display_name": "Mine"})
            assert posted.status_code == 404, (name, other.username)
        assert browser.get(reverse("outsourcing:person", args=[other.username])).status_code == 404
    assert everybody() == before


def test_an_invitation_by_the_page_shows_the_link_this_once(contract, browser, vendor_team) -> None:
    form = {**asked(teams=[vendor_team.key]), "role": "vendor_agent"}
    answer = browser.post(reverse("outsourcing:person-new"), form)
    assert answer.status_code == 200
    assert "/accounts/entry/" in answer.content.decode()
    assert "no-store" in answer["cache-control"]
    again = browser.post(reverse("outsourcing:person-new"), form)
    assert again.status_code == 422
    assert User.objects.filter(display_name="Nina New").count() == 1


def test_presses_switch_off_and_on(contract, browser, outsourcing_agent) -> None:
    for name, is_active in (("suspension", False), ("reinstatement", True)):
        address = reverse(f"outsourcing:person-{name}", args=[outsourcing_agent.username])
        assert browser.get(address).status_code == 405
        assert browser.post(address).status_code == 302
        assert User.objects.get(pk=outsourcing_agent.pk).is_active is is_active


def test_more_people_cost_no_more_queries(
    contract, browser, vendor, vendor_team, django_assert_max_num_queries
) -> None:
    address = reverse("outsourcing:people")
    browser.get(address)
    with django_assert_max_num_queries(60) as first:
        browser.get(address)
    for number in range(3):
        UserFactory(username=f"more-{number}", role="vendor_agent", vendor=vendor, teams=[vendor_team])
    with django_assert_max_num_queries(len(first.captured_queries)):
        browser.get(address)


def test_the_permission_means_nothing_in_house(manager, acting) -> None:
    Role.objects.filter(key="manager").update(permissions=[*manager.role.permissions, "outsourcing.manage_own_agents"])
    assert "outsourcing.manage_own_agents" not in acting(manager).permissions


def test_who_manages_accounts_makes_links_too_and_others_do_not(manager, agent, acting) -> None:
    with pytest.raises(PermissionRefused):
        make_entry_link(user=manager, by=acting(agent))
    assert Client().get(make_entry_link(user=agent, by=acting(manager))).status_code == 200

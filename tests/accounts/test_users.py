import pytest
from django.test import Client
from django.urls import reverse

from apps.accounts.models import Role, Team, User, Vendor
from apps.accounts.roles import DEFAULT_ROLES, ensure_roles
from apps.accounts.rules import HOUSE_ONLY, VENDOR_ONLY
from apps.accounts.services.teams import join_team, leave_team
from apps.accounts.services.users import (
    create_user,
    deactivate_user,
    set_password,
    set_preferences,
    update_user,
)
from apps.core.actor import SYSTEM, Actor, ActorKind, Face, person
from apps.core.errors import InvalidInput, PermissionRefused
from apps.core.models import AuditEntry
from apps.core.permissions import all_permissions
from tests.factories.accounts import PASSWORD, RoleFactory, TeamFactory, VendorFactory

pytestmark = [pytest.mark.integration, pytest.mark.django_db]


def test_new_user_signs_in_with_the_password_given(manager: User, acting) -> None:
    user = create_user(
        username="new", display_name="New One", role=RoleFactory(key="agent"), password=PASSWORD, by=acting(manager)
    )
    assert User.objects.get(pk=user.pk).check_password(PASSWORD)
    assert AuditEntry.objects.get(action="user.created").subject_id == user.pk


def test_user_without_a_password_cannot_sign_in(manager: User, acting) -> None:
    user = create_user(username="new", display_name="New", role=RoleFactory(key="agent"), by=acting(manager))
    assert not user.has_usable_password()


@pytest.mark.parametrize(
    "wrong",
    [
        {"username": "alice"},
        {"username": ""},
        {"username": "a b"},
        {"display_name": ""},
        {"password": "short"},
        {"password": "password1234"},
        {"language": "xx"},
        {"email": "no address"},
        {"role": "vendor_agent"},
    ],
)
def test_wrong_accounts_are_refused_and_nothing_is_made(
    agent: User, manager: User, acting, wrong: dict[str, str]
) -> None:
    values = {"username": "new", "display_name": "New", "role": "agent", "password": PASSWORD} | wrong
    values["role"] = RoleFactory(key=values["role"])
    with pytest.raises(InvalidInput):
        create_user(by=acting(manager), **values)
    assert not User.objects.filter(display_name="New").exists()
    assert not AuditEntry.objects.exists()


@pytest.mark.parametrize("who", ["agent", "teammate", "supervisor", "outsourcing_agent", "stranger"])
def test_only_managers_manage_accounts(cast: dict[str, User], who: str, acting) -> None:
    by, victim, role = acting(cast[who]), cast["agent"], cast["manager"].role
    before = User.objects.filter(pk=victim.pk).values().get()
    attempts = [
        lambda: create_user(username="x", display_name="X", role=role, by=by),
        lambda: update_user(user=victim, by=by, role=role),
        lambda: update_user(user=cast[who], by=by, role=role),
        lambda: deactivate_user(user=victim, by=by),
        lambda: join_team(user=cast[who], team=TeamFactory(), by=by),
    ]
    if who != "agent":
        attempts.append(lambda: set_password(user=victim, password=PASSWORD + "!", by=by))
        attempts.append(lambda: set_preferences(user=victim, by=by, values={"language": "zh-hans"}))
    for attempt in attempts:
        with pytest.raises(PermissionRefused):
            attempt()
    assert User.objects.filter(pk=victim.pk).values().get() == before
    assert not AuditEntry.objects.exists()


def test_nobody_shuts_themselves_out(manager: User, acting) -> None:
    with pytest.raises(PermissionRefused):
        deactivate_user(user=manager, by=acting(manager))


@pytest.mark.parametrize(
    "values",
    [
        {"role": "manager"},
        {"is_staff": "true"},
        {"vendor": ""},
        {"groups": "1"},
        {"password": "x"},
        {"session_epoch": "9"},
        {"language": "xx"},
        {"time_zone": "Mars/Olympus"},
        {"time_zone": "../../etc/passwd"},
        {"signature": "x" * 5000},
        {"language": "zh-hans", "is_superuser": "1"},
    ],
)
def test_preferences_take_only_what_is_listed(agent: User, acting, values: dict[str, str]) -> None:
    before = User.objects.filter(pk=agent.pk).values().get()
    with pytest.raises(InvalidInput):
        set_preferences(user=agent, by=acting(agent), values=values)
    assert User.objects.filter(pk=agent.pk).values().get() == before


def test_preferences_are_kept(agent: User, acting) -> None:
    values = {"language": "zh-hans", "time_zone": "Europe/London", "signature": "Yours, Alice"}
    set_preferences(user=agent, by=acting(agent), values=values)
    assert User.objects.filter(pk=agent.pk).values(*values).get() == values


def test_team_gives_and_takes_its_group(agent: User, manager: User, acting) -> None:
    team = TeamFactory()
    join_team(user=agent, team=team, by=acting(manager))
    join_team(user=agent, team=team, by=acting(manager))
    assert agent.groups.filter(pk=team.group_id).exists()
    leave_team(user=agent, team=team, by=acting(manager))
    assert not agent.groups.filter(pk=team.group_id).exists()
    assert list(AuditEntry.objects.order_by("pk").values_list("action", flat=True)) == ["team.joined", "team.left"]


def test_teams_grants_do_not_reach_into_another_company(
    agent: User, outsourcing_agent: User, manager: User, team: Team, vendor_team: Team, acting
) -> None:
    rival = TeamFactory(vendor=VendorFactory())
    for user, wrong_team in ((outsourcing_agent, team), (agent, vendor_team), (outsourcing_agent, rival)):
        with pytest.raises(InvalidInput):
            join_team(user=user, team=wrong_team, by=acting(manager))
        assert not user.groups.filter(pk=wrong_team.group_id).exists()


# Roles


def test_default_roles_name_permissions_that_exist() -> None:
    known = set(all_permissions())
    for key, fields in DEFAULT_ROLES.items():
        unknown = set(fields["permissions"]) - known
        assert not unknown, (key, unknown)


def test_manager_may_everything_that_means_something_in_house() -> None:
    hidden_from_nobody = {"privacy.reveal"}  # no lens masks anything for a manager
    assert set(DEFAULT_ROLES["manager"]["permissions"]) == set(all_permissions()) - VENDOR_ONLY - hidden_from_nobody


def test_roles_are_made_once_and_never_made_again() -> None:
    Role.objects.all().delete()
    ensure_roles()
    assert set(Role.objects.values_list("key", flat=True)) == set(DEFAULT_ROLES)
    Role.objects.filter(key="agent").delete()
    Role.objects.filter(key="manager").update(permissions=[])
    ensure_roles()
    assert not Role.objects.filter(key="agent").exists()
    assert Role.objects.get(key="manager").permissions == []


def test_permissions_come_from_the_role_of_somebody_active(
    agent: User, vendor: Vendor, outsourcing_agent: User, acting
) -> None:
    assert acting(agent).permissions == frozenset(agent.role.permissions)
    assert Actor(kind=ActorKind.PERSON, face=Face.DESK).permissions == frozenset()
    assert SYSTEM.permissions == frozenset(all_permissions())
    agent.is_active = False
    agent.save()
    assert acting(agent).permissions == frozenset()
    vendor.is_active = False
    vendor.save()
    assert acting(outsourcing_agent).permissions == frozenset()


def test_no_role_gives_the_houses_own_pages_to_people_of_vendors(outsourcing_agent: User, client: Client) -> None:
    """Whatever a manager ticked: they would see the whole company there."""
    Role.objects.filter(pk=outsourcing_agent.role_id).update(permissions=sorted(all_permissions()))
    user = User.objects.select_related("role", "vendor").get(pk=outsourcing_agent.pk)
    assert set(all_permissions()) - person(user).permissions == HOUSE_ONLY
    client.force_login(user)
    for page in ("core_auditentry_changelist", "accounts_user_changelist", "accounts_apitoken_changelist"):
        assert client.get(reverse(f"admin:{page}")).status_code != 200

import re

import pytest
from django.test import Client
from django.urls import reverse

from apps.accounts.models import ApiToken, Role, Team, User
from apps.core.models import AuditEntry
from apps.tickets.models import QueueGroupObjectPermission
from tests.factories.accounts import RoleFactory, TeamFactory
from tests.factories.tickets import QueueFactory, TicketFactory, grant

pytestmark = pytest.mark.integration


def user_form(**changes):
    return {
        "username": "nora",
        "display_name": "Nora New",
        "email": "nora@example.com",
        "language": "en",
        "role": Role.objects.get(key="agent").pk,
        "vendor": "",
        "is_active": "on",
        "new_password": "a long enough secret",
        **changes,
    }


def test_add_a_person(office, team):
    response = office.post(reverse("admin:accounts_user_add"), user_form(teams=[team.pk]))

    assert response.status_code == 302
    user = User.objects.get(username="nora")
    assert user.check_password("a long enough secret")
    assert user.groups.get() == team.group
    assert set(AuditEntry.objects.filter(subject_id=user.pk).values_list("action", "face")) == {
        ("user.created", "admin"),
        ("team.joined", "admin"),
    }
    assert Client().login(username="nora", password="a long enough secret")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"new_password": "12345"}, "new_password"),
        ({"role": ""}, "role"),
        ({"username": "mary"}, "username"),
        ({"display_name": ""}, "display_name"),
    ],
)
def test_wrong_input_is_shown_at_its_field(office, changes, field):
    response = office.post(reverse("admin:accounts_user_add"), user_form(**changes))

    assert response.status_code == 200
    assert field in response.context["adminform"].form.errors
    assert not User.objects.filter(username="nora").exists()


def test_a_vendors_role_needs_a_vendor_and_its_teams(office, team, vendor, vendor_team):
    RoleFactory(key="vendor_agent")
    role = Role.objects.get(key="vendor_agent").pk

    missing = office.post(reverse("admin:accounts_user_add"), user_form(role=role))
    assert "vendor" in missing.context["adminform"].form.errors
    foreign = office.post(reverse("admin:accounts_user_add"), user_form(role=role, vendor=vendor.pk, teams=[team.pk]))
    assert "teams" in foreign.context["adminform"].form.errors
    fine = office.post(
        reverse("admin:accounts_user_add"), user_form(role=role, vendor=vendor.pk, teams=[vendor_team.pk])
    )
    assert fine.status_code == 302


def test_change_a_person(office, agent, team, other_team):
    form = {**user_form(new_password=""), "username": "ignored", "display_name": "Alice B", "teams": [other_team.pk]}

    assert office.post(reverse("admin:accounts_user_change", args=[agent.pk]), form).status_code == 302

    agent.refresh_from_db()
    assert (agent.username, agent.display_name) == ("alice", "Alice B")
    assert agent.groups.get() == other_team.group


def test_switching_a_person_off_ends_their_session(office, agent):
    theirs = Client()
    theirs.force_login(agent)
    form = user_form(new_password="")
    del form["is_active"]

    office.post(reverse("admin:accounts_user_change", args=[agent.pk]), form)

    agent.refresh_from_db()
    assert not agent.is_active
    assert theirs.get("/desk/").status_code == 302
    assert AuditEntry.objects.filter(action="user.deactivated", subject_id=agent.pk).exists()


def test_sign_out_everywhere_is_an_action_by_post(office, agent):
    theirs = Client()
    theirs.force_login(agent)
    body = {"action": "sign_out_everywhere", "_selected_action": [agent.pk]}

    office.post(reverse("admin:accounts_user_changelist"), body)

    assert theirs.get("/desk/").status_code == 302


def test_passwords_are_nowhere_shown(office, manager):
    manager.set_password("correct horse battery")
    manager.save()
    office.force_login(manager)

    page = office.get(reverse("admin:accounts_user_change", args=[manager.pk])).content.decode()

    assert manager.password not in page


def test_a_token_is_shown_once(office, manager):
    form = {
        "name": "CRM",
        "user": manager.pk,
        "scopes": ["tickets.view"],
        "expires_0": "2099-01-01",
        "expires_1": "00:00:00",
    }
    refused = office.post(reverse("admin:accounts_apitoken_add"), form)
    assert "expires" in refused.context["adminform"].form.errors

    from datetime import timedelta

    from apps.core.clock import now

    form["expires_0"] = (now() + timedelta(days=30)).date().isoformat()
    response = office.post(reverse("admin:accounts_apitoken_add"), form)

    token = re.search(r"<code[^>]*data-token>(cct_[\w-]+)</code>", response.content.decode())[1]
    assert "no-store" in response["Cache-Control"]
    row = ApiToken.objects.get()
    assert row.scopes == ["api.use", "tickets.view"]
    asked = Client().get("/api/v1/me/", headers={"Authorization": f"Bearer {token}"})
    assert asked.json()["permissions"] == ["api.use", "tickets.view"]
    pages = [reverse("admin:accounts_apitoken_changelist"), reverse("admin:accounts_apitoken_change", args=[row.pk])]
    for page in pages:
        assert token not in office.get(page).content.decode()
    assert token not in str(dict(office.session))
    assert token not in str(office.cookies)

    office.post(pages[0], {"action": "revoke", "_selected_action": [row.pk]})
    assert Client().get("/api/v1/me/", headers={"Authorization": f"Bearer {token}"}).status_code == 401


def test_who_sees_what(office, agent, team, other_team, queue):
    other = QueueFactory(key="sales")
    grant(team, other)
    ticket = TicketFactory(queue=queue)
    theirs = Client()
    theirs.force_login(agent)
    page = office.get(reverse("admin:access")).content.decode()
    assert re.search(rf'name="queue:{team.pk}:{other.pk}"[^>]*checked', page)
    assert not re.search(rf'name="queue:{team.pk}:{queue.pk}"[^>]*checked', page)

    response = office.post(reverse("admin:access"), {f"queue:{team.pk}:{queue.pk}": "on"})

    assert response.status_code == 302
    pairs = set(QueueGroupObjectPermission.objects.values_list("group__team__key", "content_object__key"))
    assert pairs == {("care", "care")}
    entry = AuditEntry.objects.get(action="team.grants_changed")
    assert entry.details == {"what": "work_queue", "added": [queue.pk], "removed": [other.pk]}
    assert theirs.get(f"/desk/tickets/{ticket.number}/").status_code == 200


def test_grants_of_teams_that_are_switched_off_stay(office, team, queue):
    sleeping = TeamFactory(is_active=False)
    grant(sleeping, queue)

    office.post(reverse("admin:access"), {})

    assert QueueGroupObjectPermission.objects.filter(group=sleeping.group).exists()


def test_a_new_team_has_a_group_of_its_own(office):
    form = {"key": "night", "name_zh_hans": "夜班", "name_en": "Night", "vendor": "", "is_active": "on"}

    assert office.post(reverse("admin:accounts_team_add"), form).status_code == 302

    team = Team.objects.get(key="night")
    assert team.name == {"zh-hans": "夜班", "en": "Night"}
    assert team.group.name == "team:night"


def test_changes_are_in_the_audit_trail_with_old_and_new(office):
    role = Role.objects.get(key="agent") if Role.objects.filter(key="agent").exists() else RoleFactory(key="agent")
    form = {
        "key": "agent",
        "name_zh_hans": "客服",
        "name_en": "Agent",
        "second_factor": "needed",
        "permissions": ["tickets.view"],
    }

    assert office.post(reverse("admin:accounts_role_change", args=[role.pk]), form).status_code == 302

    entry = AuditEntry.objects.get(action="accounts.role.changed")
    old, new = entry.details["permissions"]
    assert "tickets.reply" in old
    assert new == ["tickets.view"]

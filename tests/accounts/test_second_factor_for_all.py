"""A second factor for everybody: how a new installation begins, and how managers find who has none yet."""

import pytest
from django.test import Client
from django.urls import reverse

from apps.accounts.models import Role, User
from apps.accounts.roles import DEFAULT_ROLES, ensure_roles
from apps.core.models import AuditEntry
from tests.accounts.test_second_factor import set_up

pytestmark = [pytest.mark.integration, pytest.mark.django_db]


@pytest.mark.parametrize(("is_asked", "rule"), [(True, "needed"), (False, "by_role")])
def test_roles_of_a_new_installation(settings, is_asked: bool, rule: str) -> None:
    settings.NEW_ROLES_NEED_SECOND_FACTOR = is_asked
    Role.objects.all().delete()
    ensure_roles()
    found = dict(Role.objects.values_list("key", "second_factor"))
    assert found == {key: fields.get("second_factor", rule) for key, fields in DEFAULT_ROLES.items()}


def test_managers_see_who_has_none_and_ask_roles_for_one(
    manager: User, agent: User, teammate: User, supervisor: User, acting
) -> None:
    set_up(agent, acting)
    Role.objects.filter(pk=supervisor.role_id).update(second_factor="key")
    office = Client(headers={"Accept-Language": "en"})
    office.force_login(manager)
    people = reverse("admin:accounts_user_changelist")
    answer = office.get(people, {"factor": "none"})
    assert answer.status_code == 200, answer.get("Location")
    found = answer.content.decode()
    assert (teammate.username in found, f">{agent.username}<" in found) == (True, False)
    roles = reverse("admin:accounts_role_changelist")
    link = f"{people}?role__id__exact={agent.role_id}&amp;is_active__exact=1&amp;factor=none"
    page = office.get(roles).content.decode()
    assert f'<a href="{link}">1</a>' in page.replace("&factor", "&amp;factor").replace("&is_active", "&amp;is_active")

    chosen = [agent.role_id, supervisor.role_id]
    office.post(roles, {"action": "ask_for_second_factor", "_selected_action": chosen})
    assert Role.objects.get(pk=agent.role_id).second_factor == "needed"
    assert Role.objects.get(pk=supervisor.role_id).second_factor == "key"
    changed = AuditEntry.objects.get(action="accounts.role.changed")
    assert changed.details == {"second_factor": ["by_role", "needed"]}
    assert manager.username not in office.get(people, {"factor": "set"}).content.decode().split("results")[-1]

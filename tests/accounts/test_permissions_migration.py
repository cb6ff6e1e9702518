"""Roles of an older installation learn what is new; what somebody took away stays away."""

from collections.abc import Callable
from datetime import timedelta
from importlib import import_module
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.db import connection

from apps.accounts.models import Role
from apps.core.clock import now

pytestmark = [pytest.mark.integration, pytest.mark.django_db]

migration = import_module("apps.accounts.migrations.0003_counter_and_webhook_permissions")
Migrate = Callable[[timedelta], dict[str, set[str]]]
COUNTER, WEBHOOKS = "counter.serve", "automation.manage_webhooks"


@pytest.fixture
def roles() -> None:
    """As an installation had them before either permission."""
    for key, codes in migration.BEGAN_WITH.items():
        Role.objects.update_or_create(key=key, defaults={"permissions": sorted(codes), "name": {"en": key}})


@pytest.fixture
def migrate(monkeypatch: pytest.MonkeyPatch) -> Migrate:
    """On an installation that began so long before it got counters; webhooks come with this very run."""

    def run(age: timedelta) -> dict[str, set[str]]:
        applied = {("accounts", "0001_staff"): now() - age, ("counter", "0001_counter"): now()}
        if age < migration.ONE_RUN:
            applied["automation", "0001_webhooks"] = now()
        monkeypatch.setattr(migration, "_applied", lambda alias: applied)
        migration.add(apps, SimpleNamespace(connection=connection))
        return {role.key: {COUNTER, WEBHOOKS} & set(role.permissions) for role in Role.objects.all()}

    return run


@pytest.mark.usefixtures("roles")
def test_an_older_installation_gets_what_became_part_of_its_roles(migrate: Migrate) -> None:
    agent = Role.objects.get(key="agent")
    agent.permissions = [*agent.permissions, "tickets.export"]
    agent.save()

    found = migrate(timedelta(days=30))

    assert {key: found[key] for key in ("agent", "supervisor", "manager")} == {
        "agent": {COUNTER},
        "supervisor": {COUNTER},
        "manager": {COUNTER, WEBHOOKS},
    }
    assert found["vendor_agent"] == set()
    assert "tickets.export" in Role.objects.get(key="agent").permissions
    assert migrate(timedelta(days=30)) == found


@pytest.mark.usefixtures("roles")
def test_a_role_from_which_something_was_taken_is_left_alone(migrate: Migrate) -> None:
    agent = Role.objects.get(key="agent")
    agent.permissions = [code for code in agent.permissions if code != "tickets.spam"]
    agent.save()

    assert migrate(timedelta(days=30))["agent"] == set()


@pytest.mark.usefixtures("roles")
def test_an_installation_that_began_with_them_knows_what_it_took_away(migrate: Migrate) -> None:
    assert all(not codes for codes in migrate(timedelta(minutes=5)).values())

"""What people of a vendor may at most, whatever role somebody gives them."""

import pytest
from django.test import Client
from django.urls import reverse

from apps.accounts.models import Role
from apps.accounts.rules import HOUSE_ONLY
from apps.compliance.models import Export
from apps.compliance.services.exports import ask_export
from apps.core import audit
from apps.core.actor import person
from apps.core.errors import PermissionRefused
from apps.core.permissions import all_permissions, may
from apps.core.sealed_zip import unzipped
from apps.core.sweeps import run_sweep

pytestmark = pytest.mark.integration

OPEN_TO_VENDORS = {
    # Work on what the contract opens; the rules of tickets narrow each further.
    "tickets.view", "tickets.create", "tickets.reply", "tickets.note", "tickets.assign", "tickets.assign_others",
    "tickets.transfer", "tickets.edit", "tickets.resolve", "customers.view", "customers.edit", "counter.serve",
    # Mean nothing in their hands: access and rules refuse them (tests/tickets/services/test_lifecycle.py).
    "tickets.view_all", "tickets.merge", "tickets.spam", "tickets.watch",
    # Of their own company.
    "tickets.share_views", "knowledge.share_snippets", "routing.serve", "routing.supervise", "outsourcing.manage_own_agents",
    # Narrowed to their scopes and to all of the above.
    "api.use",
    # One value, for a reason, limited, in the trail.
    "privacy.reveal",
}  # fmt: skip


def test_each_permission_was_decided_upon():
    """A new one is the house's alone, or stands here with the reason why not."""
    assert set(all_permissions()) - HOUSE_ONLY == OPEN_TO_VENDORS
    assert not OPEN_TO_VENDORS & HOUSE_ONLY
    assert set(all_permissions()) >= HOUSE_ONLY


def test_nothing_deletes():
    """Neither a permission that says so, nor one of the house's hidden behind another word."""
    assert not [code for code in all_permissions() if "delete" in code]


@pytest.fixture
def mighty(outsourcing_agent):
    """The vendor's agent in a role that somebody gave everything."""
    Role.objects.filter(pk=outsourcing_agent.role_id).update(permissions=sorted(all_permissions()))
    outsourcing_agent.refresh_from_db()
    return outsourcing_agent


def test_what_is_the_house_s_reaches_nobody_of_a_vendor(mighty, ticket):
    actor = person(mighty)
    assert [code for code in sorted(HOUSE_ONLY) if may(actor, code)] == []
    for kind in ("audit_pack", "incident", "audit_entries"):
        with pytest.raises(PermissionRefused):
            ask_export(kind=kind, question={}, by=actor)
    client = Client()
    client.force_login(mighty)
    for name in ("index", "audit-pack", "compliance_export_changelist", "core_auditentry_changelist"):
        assert client.get(reverse(f"admin:{name}"), follow=True).status_code == 403, name
    assert not Export.objects.exists()


def test_many_entries_of_the_trail_wait_for_a_second_person(client, manager, settings):
    settings.EXPORT_ROWS_ALONE = 2
    rows = [audit.record("role.changed", by=person(manager), reason="why") for _ in range(3)]
    client.force_login(manager)
    chosen = {"action": "export_csv", "_selected_action": [row.pk for row in rows[:2]]}
    assert client.post(reverse("admin:core_auditentry_changelist"), chosen)["Content-Type"].startswith("text/csv")

    chosen["_selected_action"] = [row.pk for row in rows]
    answer = client.post(reverse("admin:core_auditentry_changelist"), chosen)
    run_sweep("compliance.exports")

    row = Export.objects.get()
    assert (row.kind, row.state, row.rows) == ("audit_entries", "waiting", 3)
    assert b"role.changed" not in answer.content
    from apps.core.storage import open_file

    assert b"role.changed" in unzipped(open_file(row.file), password=answer.context["password"])["audit.csv"]

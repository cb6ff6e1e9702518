"""Gives built-in roles the permissions that became part of them with counters and outgoing webhooks. Before deploy.

Only where a manager left the role at least what it began with, and only where the installation is older than the
permission: in a newer one the role had it from the start, and whoever took it away meant to.
"""

from datetime import timedelta

from django.db import migrations
from django.db.migrations.recorder import MigrationRecorder

AGENT = {
    "tickets.view",
    "tickets.create",
    "tickets.reply",
    "tickets.note",
    "tickets.assign",
    "tickets.assign_others",
    "tickets.edit",
    "tickets.resolve",
    "tickets.merge",
    "tickets.spam",
    "tickets.watch",
    "customers.view",
    "customers.edit",
}
SUPERVISOR = AGENT | {
    "tickets.view_all",
    "tickets.export",
    "customers.merge",
    "channels.view_health",
    "channels.repair",
    "knowledge.share_snippets",
}
MANAGER = SUPERVISOR | {"channels.configure", "accounts.manage", "audit.view", "api.use"}
BEGAN_WITH = {"agent": AGENT, "supervisor": SUPERVISOR, "manager": MANAGER}

ADDED = (
    ("counter.serve", ("counter", "0001_counter"), ("agent", "supervisor", "manager")),
    ("automation.manage_webhooks", ("automation", "0001_webhooks"), ("manager",)),
)
ONE_RUN = timedelta(hours=1)
"""The first `migrate` of an installation brings all its tables within this time."""


def add(apps, schema_editor):
    Role = apps.get_model("accounts", "Role")
    alias = schema_editor.connection.alias
    applied = _applied(alias)
    for code, brought_by, keys in ADDED:
        if _had_it_from_the_start(applied, brought_by):
            continue
        for role in Role.objects.using(alias).filter(key__in=keys):
            if code not in role.permissions and BEGAN_WITH[role.key] <= set(role.permissions):
                role.permissions = [*role.permissions, code]
                role.save(update_fields=["permissions"])


def _applied(alias):
    rows = MigrationRecorder.Migration.objects.using(alias).all()
    return {(row.app, row.name): row.applied for row in rows}


def _had_it_from_the_start(applied, brought_by):
    began, brought = applied.get(("accounts", "0001_staff")), applied.get(brought_by)
    return began is not None and brought is not None and brought - began < ONE_RUN


class Migration(migrations.Migration):
    dependencies = [("accounts", "0002_skills")]

    operations = [migrations.RunPython(add, migrations.RunPython.noop)]

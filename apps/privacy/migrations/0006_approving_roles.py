"""Lets the supervisors and managers of an older installation approve reveals. Before deploy."""

from django.db import migrations

CODE = "privacy.approve_reveals"
STILL = {"tickets.view_all", "routing.supervise"}
"""Where a manager left the built-in role this much of what it began with."""


def add(apps, schema_editor):
    roles = apps.get_model("accounts", "Role").objects.using(schema_editor.connection.alias)
    for role in roles.filter(key__in=("supervisor", "manager"), is_outsourced=False):
        if CODE not in role.permissions and set(role.permissions) >= STILL:
            role.permissions = [*role.permissions, CODE]
            role.save(update_fields=["permissions"])


class Migration(migrations.Migration):
    dependencies = [("privacy", "0005_reveals_and_screens"), ("accounts", "0005_sessions_and_networks")]

    operations = [migrations.RunPython(add, migrations.RunPython.noop)]

"""Gives the built-in manager role the permissions that came with requests, erasures and holds. Before deploy.

Only where the role still has what managing takes; a new installation has no roles yet and gets them complete.
"""

from django.db import migrations

NEEDED = {"accounts.manage", "audit.view"}
ADDED = ("privacy.manage_requests", "privacy.approve_erasure", "privacy.manage_holds")


def add(apps, schema_editor):
    roles = apps.get_model("accounts", "Role").objects.using(schema_editor.connection.alias)
    for role in roles.filter(key="manager"):
        if set(role.permissions) >= NEEDED:
            role.permissions = list(dict.fromkeys([*role.permissions, *ADDED]))
            role.save(update_fields=["permissions"])


class Migration(migrations.Migration):
    dependencies = [("privacy", "0002_requests_erasures_holds"), ("accounts", "0005_sessions_and_networks")]

    operations = [migrations.RunPython(add, migrations.RunPython.noop)]

"""Gives the built-in manager role the permission to see minors' data as those of everybody else. Before deploy.

Only where the role still has what managing takes; a new installation has no roles yet and gets them complete.
"""

from django.db import migrations

NEEDED = {"accounts.manage", "audit.view"}
ADDED = "privacy.see_minors"


def add(apps, schema_editor):
    roles = apps.get_model("accounts", "Role").objects.using(schema_editor.connection.alias)
    for role in roles.filter(key="manager"):
        if set(role.permissions) >= NEEDED and ADDED not in role.permissions:
            role.permissions = [*role.permissions, ADDED]
            role.save(update_fields=["permissions"])


class Migration(migrations.Migration):
    dependencies = [("privacy", "0012_identity_proofs"), ("accounts", "0005_sessions_and_networks")]

    operations = [migrations.RunPython(add, migrations.RunPython.noop)]

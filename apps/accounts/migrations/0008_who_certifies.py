"""Roles that manage people also certify those of vendors, as they would in a new installation. Before deploy."""

from django.db import migrations

CODE = "outsourcing.certify"


def add(apps, schema_editor):
    roles = apps.get_model("accounts", "Role").objects.using(schema_editor.connection.alias)
    for role in roles.filter(is_outsourced=False, permissions__contains=["accounts.manage"]):
        if CODE not in role.permissions:
            role.permissions = [*role.permissions, CODE]
            role.save(update_fields=["permissions"])


class Migration(migrations.Migration):
    dependencies = [("accounts", "0007_security_keys")]

    operations = [migrations.RunPython(add, migrations.RunPython.noop)]

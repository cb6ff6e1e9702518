"""Roles that manage people may see the desk as others do, as they would in a new installation. Before deploy."""

from django.db import migrations

CODE = "accounts.act_as"


def add(apps, schema_editor):
    roles = apps.get_model("accounts", "Role").objects.using(schema_editor.connection.alias)
    for role in roles.filter(is_outsourced=False, permissions__contains=["accounts.manage"]):
        if CODE not in role.permissions:
            role.permissions = [*role.permissions, CODE]
            role.save(update_fields=["permissions"])


class Migration(migrations.Migration):
    dependencies = [("accounts", "0010_looks")]

    operations = [migrations.RunPython(add, migrations.RunPython.noop)]

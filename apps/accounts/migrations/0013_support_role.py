"""The role of people who help the house, for installations that have roles already. Before deploy."""

from django.db import migrations

PERMISSIONS = ("tickets.view", "tickets.reply", "tickets.note", "tickets.edit", "customers.view")


def add(apps, schema_editor):
    """A new installation gets it with the others; one of the same key that somebody made stays as it is."""
    roles = apps.get_model("accounts", "Role").objects.using(schema_editor.connection.alias)
    if roles.exists() and not roles.filter(key="support").exists():
        roles.create(
            key="support",
            name={"zh-hans": "技术支持", "en": "Support"},
            permissions=list(PERMISSIONS),
            is_outsourced=True,
            second_factor="needed",
        )


class Migration(migrations.Migration):
    dependencies = [("accounts", "0012_support_vendors")]

    operations = [migrations.RunPython(add, migrations.RunPython.noop)]

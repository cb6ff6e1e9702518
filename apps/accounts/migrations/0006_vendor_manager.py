"""The role of vendors' managers, for installations that have roles already. Before deploy."""

from django.db import migrations

PERMISSIONS = (
    "tickets.view",
    "tickets.reply",
    "tickets.note",
    "tickets.assign",
    "tickets.transfer",
    "tickets.edit",
    "tickets.resolve",
    "customers.view",
    "routing.serve",
    "tickets.assign_others",
    "routing.supervise",
    "outsourcing.manage_own_agents",
)


def add(apps, schema_editor):
    """A new installation gets it with the others; one of the same key that somebody made stays as it is."""
    roles = apps.get_model("accounts", "Role").objects.using(schema_editor.connection.alias)
    if roles.exists() and not roles.filter(key="vendor_manager").exists():
        roles.create(
            key="vendor_manager",
            name={"zh-hans": "外包经理", "en": "Vendor manager"},
            permissions=list(PERMISSIONS),
            is_outsourced=True,
        )


class Migration(migrations.Migration):
    dependencies = [("accounts", "0005_sessions_and_networks")]

    operations = [migrations.RunPython(add, migrations.RunPython.noop)]

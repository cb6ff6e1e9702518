"""Who may take tickets and put them back may hand them on as well. Before deploy."""

from typing import Any

from django.db import migrations


def permit(apps: Any, schema_editor: Any) -> None:
    for role in apps.get_model("accounts", "Role").objects.all():
        if "tickets.assign" in role.permissions and "tickets.transfer" not in role.permissions:
            role.permissions = [*role.permissions, "tickets.transfer"]
            role.save(update_fields=["permissions"])


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0002_skills"),
        ("tickets", "0012_helpers_and_house"),
    ]

    operations = [
        migrations.RunPython(permit, migrations.RunPython.noop),
    ]

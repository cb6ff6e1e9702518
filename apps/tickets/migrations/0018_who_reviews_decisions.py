"""Who sees all tickets and gives them to others looks at automatic decisions as well. Before deploy."""

from typing import Any

from django.db import migrations

FROM = {"tickets.view_all", "tickets.assign_others"}
CODE = "tickets.review_decisions"


def permit(apps: Any, schema_editor: Any) -> None:
    for role in apps.get_model("accounts", "Role").objects.all():
        if set(role.permissions) >= FROM and CODE not in role.permissions:
            role.permissions = [*role.permissions, CODE]
            role.save(update_fields=["permissions"])


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0009_sign_in_providers"),
        ("tickets", "0017_decision_reviews"),
    ]

    operations = [
        migrations.RunPython(permit, migrations.RunPython.noop),
    ]

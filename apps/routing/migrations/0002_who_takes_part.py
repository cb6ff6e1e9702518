"""Roles that serve customers take part in routing, those that oversee them supervise; three reasons for a break.

What managers did to roles decides, not the roles' names. Before deploy.
"""

from typing import Any

from django.db import migrations

REASONS = (
    ("short", {"zh-hans": "小休", "en": "Short break"}),
    ("meal", {"zh-hans": "用餐", "en": "Meal"}),
    ("meeting", {"zh-hans": "会议", "en": "Meeting"}),
)


def permit(apps: Any, schema_editor: Any) -> None:
    for role in apps.get_model("accounts", "Role").objects.all():
        codes = set(role.permissions)
        if {"tickets.reply", "tickets.assign"} <= codes:
            codes.add("routing.serve")
        if {"tickets.view_all", "tickets.assign_others"} <= codes:
            codes.add("routing.supervise")
        added = sorted(codes - set(role.permissions))
        if added:
            role.permissions = [*role.permissions, *added]
            role.save(update_fields=["permissions"])


def name_reasons(apps: Any, schema_editor: Any) -> None:
    model = apps.get_model("routing", "BreakReason")
    model.objects.bulk_create(
        model(key=key, name=name, position=position) for position, (key, name) in enumerate(REASONS)
    )


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0002_skills"),
        ("routing", "0001_presence"),
    ]

    operations = [
        migrations.RunPython(permit, migrations.RunPython.noop),
        migrations.RunPython(name_reasons, migrations.RunPython.noop),
    ]

"""The reasons for handing over that an installation starts with. Before deploy."""

from typing import Any

from django.db import migrations

REASONS = (
    ("beyond-instructions", "to_house", "超出外包处理范围", "Beyond what we may decide"),
    ("needs-access", "to_house", "缺少所需系统权限", "Needs a system we have no access to"),
    ("wants-the-house", "to_house", "客户要求由贵司处理", "The customer asks for the company itself"),
    ("complaint", "to_house", "投诉或情绪升级", "A complaint, or about to become one"),
    ("goes-on-with-vendor", "to_vendor", "已答复，请继续跟进", "Answered; please go on"),
    ("within-instructions", "to_vendor", "属外包处理范围", "Within what you may decide"),
)


def write(apps: Any, schema_editor: Any) -> None:
    reasons = apps.get_model("tickets", "HandOverReason").objects
    for position, (key, direction, chinese, english) in enumerate(REASONS, start=1):
        name = {"zh-hans": chinese, "en": english}
        reasons.get_or_create(key=key, defaults={"direction": direction, "name": name, "position": position * 10})


class Migration(migrations.Migration):
    dependencies = [
        ("tickets", "0015_hand_over_reasons"),
    ]

    operations = [
        migrations.RunPython(write, migrations.RunPython.noop),
    ]

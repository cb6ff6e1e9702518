"""The calendar that holds where none is named: an ordinary office week in the installation's time zone. Before deploy."""

from django.conf import settings
from django.db import migrations


def create(apps, schema_editor):
    Calendar = apps.get_model("sla", "Calendar")
    Calendar.objects.create(
        key="standard",
        name={"zh-hans": "标准工作时间", "en": "Office hours"},
        time_zone=settings.TIME_ZONE,
        week=["09:00-18:00"] * 5 + ["", ""],
        is_default=True,
    )


class Migration(migrations.Migration):
    dependencies = [("sla", "0001_calendars")]

    operations = [migrations.RunPython(create, migrations.RunPython.noop)]

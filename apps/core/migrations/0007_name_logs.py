"""Names of the two logs, for people. Changes no table. Before or after deploy."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("core", "0006_leases_throttles_answers")]

    operations = [
        migrations.AlterModelOptions(
            name="auditentry", options={"verbose_name": "audit entry", "verbose_name_plural": "audit entries"}
        ),
        migrations.AlterModelOptions(name="event", options={"verbose_name": "event", "verbose_name_plural": "events"}),
    ]

"""The owner's function with which the application makes next months' partitions. Before deploy."""

from django.db import migrations

from apps.core.partitions import CREATE_FUNCTION, DROP_FUNCTION


class Migration(migrations.Migration):
    dependencies = [("core", "0001_data_keys")]

    operations = [migrations.RunSQL(CREATE_FUNCTION, DROP_FUNCTION)]

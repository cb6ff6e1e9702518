"""Requests may object to automatic decisions. Before deploy; a choice only, nothing changes in the database."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("privacy", "0013_managers_see_minors"),
    ]

    operations = [
        migrations.AlterField(
            model_name="datasubjectrequest",
            name="kind",
            field=models.CharField(
                choices=[
                    ("access", "access and copy"),
                    ("correction", "correction"),
                    ("erasure", "erasure"),
                    ("restriction", "restriction"),
                    ("objection", "objection or withdrawal"),
                    ("automated", "objection to an automatic decision"),
                ],
                max_length=12,
                verbose_name="kind",
            ),
        ),
    ]

"""The keys that values are encrypted with. Before deploy."""

from django.db import migrations, models

import apps.core.fields.sequenced


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="DataKey",
            fields=[
                ("id", apps.core.fields.sequenced.SequencedAutoField(primary_key=True, serialize=False)),
                ("created", models.DateTimeField()),
                ("master_key", models.CharField(max_length=64)),
                ("wrapped", models.BinaryField()),
                ("retired", models.DateTimeField(blank=True, null=True)),
            ],
            options={"abstract": False},
        ),
    ]

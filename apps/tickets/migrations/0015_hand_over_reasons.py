"""Why work goes from a vendor to the house, or back. Before deploy; a new table."""

from django.db import migrations, models

import apps.core.fields


class Migration(migrations.Migration):
    dependencies = [
        ("tickets", "0014_handed_over_at"),
    ]

    operations = [
        migrations.CreateModel(
            name="HandOverReason",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.SlugField(unique=True, verbose_name="key")),
                ("name", apps.core.fields.TranslatedTextField(verbose_name="name")),
                (
                    "direction",
                    models.CharField(
                        choices=[
                            ("to_house", "From a vendor to the house"),
                            ("to_vendor", "Back to the vendor"),
                        ],
                        default="to_house",
                        max_length=10,
                        verbose_name="direction",
                    ),
                ),
                ("position", models.PositiveSmallIntegerField(default=0, verbose_name="position")),
                ("is_active", models.BooleanField(default=True, verbose_name="active")),
            ],
            options={
                "verbose_name": "reason for handing over",
                "verbose_name_plural": "reasons for handing over",
                "ordering": ["direction", "position", "key"],
            },
        ),
    ]

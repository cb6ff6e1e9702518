"""How roles see personal data. Before deploy."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounts", "0001_staff"),
    ]

    operations = [
        migrations.CreateModel(
            name="LensPolicy",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "field_class",
                    models.CharField(
                        choices=[
                            ("name", "name"),
                            ("phone", "phone number"),
                            ("email", "e-mail address"),
                            ("handle", "platform id"),
                            ("id_number", "identity document"),
                            ("bank_card", "bank card"),
                            ("address", "postal address"),
                            ("free_text", "free text"),
                            ("file", "file"),
                        ],
                        max_length=20,
                        verbose_name="field class",
                    ),
                ),
                (
                    "mode",
                    models.CharField(
                        choices=[("raw", "as it is"), ("masked", "masked"), ("hidden", "hidden")],
                        max_length=10,
                        verbose_name="mode",
                    ),
                ),
                (
                    "role",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="lens_policies",
                        to="accounts.role",
                        verbose_name="role",
                    ),
                ),
            ],
            options={
                "verbose_name": "lens policy",
                "verbose_name_plural": "lens policies",
                "constraints": [models.UniqueConstraint(fields=("role", "field_class"), name="one_policy_per_class")],
            },
        ),
    ]

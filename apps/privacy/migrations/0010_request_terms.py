"""How long the house takes to answer requests, by law. Before deploy."""

import django.core.validators
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("privacy", "0009_notices_and_vendors")]

    operations = [
        migrations.CreateModel(
            name="RequestTerm",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("created", models.DateTimeField(auto_now_add=True, verbose_name="created")),
                ("updated", models.DateTimeField(auto_now=True, verbose_name="updated")),
                (
                    "law",
                    models.CharField(
                        choices=[("pipl", "PIPL (China)"), ("gdpr", "GDPR (European Union)")],
                        max_length=10,
                        unique=True,
                        verbose_name="law",
                    ),
                ),
                (
                    "days",
                    models.PositiveSmallIntegerField(
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(90),
                        ],
                        verbose_name="days",
                    ),
                ),
                (
                    "more_days",
                    models.PositiveSmallIntegerField(
                        help_text="Once, with a reason that the person is told. 0: the time is never extended.",
                        validators=[django.core.validators.MaxValueValidator(90)],
                        verbose_name="days that may be added",
                    ),
                ),
                ("is_working", models.BooleanField(default=False, verbose_name="working days only")),
            ],
            options={
                "verbose_name": "time for requests",
                "verbose_name_plural": "times for requests",
                "ordering": ["law"],
            },
        ),
    ]

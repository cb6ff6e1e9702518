"""Warnings of quality below the contract, and from how many ratings on. Before deploy."""

import django.core.validators
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("outsourcing", "0005_assessments_and_endings"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="contract",
            name="least_ratings",
            field=models.PositiveSmallIntegerField(
                default=10,
                help_text="With fewer ratings nobody is warned about.",
                validators=[django.core.validators.MinValueValidator(1)],
                verbose_name="from so many ratings on",
            ),
        ),
        migrations.AlterField(
            model_name="contract",
            name="quality_floor",
            field=models.PositiveSmallIntegerField(
                blank=True,
                help_text="Satisfied customers among those who rated in the last thirty days, out of 100.",
                null=True,
                validators=[django.core.validators.MaxValueValidator(100)],
                verbose_name="quality at least",
            ),
        ),
        migrations.CreateModel(
            name="QualityWarning",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("figure", models.FloatField(verbose_name="figure")),
                ("ratings", models.PositiveIntegerField(verbose_name="ratings")),
                ("began", models.DateTimeField(auto_now_add=True, verbose_name="began")),
                ("ended", models.DateTimeField(null=True, verbose_name="ended")),
                (
                    "contract",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="warnings",
                        to="outsourcing.contract",
                        verbose_name="contract",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        help_text="Empty: the vendor as a whole.",
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="person",
                    ),
                ),
            ],
            options={
                "verbose_name": "warning of quality",
                "verbose_name_plural": "warnings of quality",
                "ordering": ["-began", "-pk"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("ended__isnull", True)),
                        fields=("contract", "user"),
                        name="one_open_warning_of_quality",
                        nulls_distinct=False,
                    )
                ],
            },
        ),
    ]

"""Rules of how long what is kept, and their runs. Before deploy."""

import django.core.validators
import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("privacy", "0003_managers_answer_requests"),
    ]

    operations = [
        migrations.CreateModel(
            name="RetentionRule",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("data_class", models.CharField(max_length=60, verbose_name="data")),
                ("clock", models.CharField(max_length=30, verbose_name="counted from")),
                (
                    "days",
                    models.PositiveIntegerField(
                        validators=[django.core.validators.MinValueValidator(1)], verbose_name="days"
                    ),
                ),
                ("channel_id", models.BigIntegerField(blank=True, null=True, verbose_name="channel")),
                ("brand_id", models.BigIntegerField(blank=True, null=True, verbose_name="brand")),
                ("category_id", models.BigIntegerField(blank=True, null=True, verbose_name="category")),
                (
                    "is_active",
                    models.BooleanField(
                        default=False,
                        help_text="Look first at what it would dispose of. Nothing brings it back.",
                        verbose_name="active",
                    ),
                ),
                (
                    "created",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name="created"
                    ),
                ),
            ],
            options={
                "verbose_name": "retention rule",
                "verbose_name_plural": "retention rules",
                "ordering": ["data_class", "id"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("data_class", "clock", "channel_id", "brand_id", "category_id"),
                        name="one_retention_rule_for_each",
                        nulls_distinct=False,
                        violation_error_message="There is a rule for this already.",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="RetentionRun",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("data_class", models.CharField(max_length=60, verbose_name="data")),
                ("days", models.PositiveIntegerField(verbose_name="days")),
                ("started", models.DateTimeField(verbose_name="started")),
                ("before", models.DateTimeField(verbose_name="older than")),
                ("finished", models.DateTimeField(null=True, verbose_name="finished")),
                ("disposed", models.PositiveBigIntegerField(default=0, verbose_name="disposed of")),
                ("held", models.PositiveBigIntegerField(default=0, verbose_name="kept by a hold")),
                ("failed", models.PositiveBigIntegerField(default=0, verbose_name="failed")),
                ("last_error", models.CharField(blank=True, default="", max_length=200, verbose_name="last error")),
                ("after", models.BigIntegerField(default=0)),
                (
                    "rule",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="runs",
                        to="privacy.retentionrule",
                        verbose_name="rule",
                    ),
                ),
            ],
            options={
                "verbose_name": "retention run",
                "verbose_name_plural": "retention runs",
                "ordering": ["-id"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("finished", None)), fields=("rule",), name="one_open_retention_run_per_rule"
                    )
                ],
            },
        ),
    ]

"""How each month looks for each term, while it runs. Before deploy; a new table."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("outsourcing", "0007_statements"),
    ]

    operations = [
        migrations.CreateModel(
            name="TermOutlook",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("month", models.DateField(help_text="Its first day.", verbose_name="month")),
                (
                    "state",
                    models.CharField(
                        choices=[("ok", "in reach"), ("at_risk", "at risk"), ("missed", "out of reach")],
                        default="ok",
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                ("figure", models.FloatField(null=True, verbose_name="figure")),
                ("week_figure", models.FloatField(null=True, verbose_name="in the last 7 days")),
                ("needed", models.FloatField(null=True, verbose_name="needed in the rest of the month")),
                ("threshold", models.FloatField(verbose_name="agreed")),
                ("looked_at", models.DateTimeField(verbose_name="looked at")),
                (
                    "contract",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="outlooks",
                        to="outsourcing.contract",
                        verbose_name="contract",
                    ),
                ),
                (
                    "term",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="outlooks",
                        to="outsourcing.slaterm",
                        verbose_name="term",
                    ),
                ),
            ],
            options={
                "verbose_name": "outlook of a term",
                "verbose_name_plural": "outlooks of terms",
                "ordering": ["-month", "pk"],
                "constraints": [
                    models.UniqueConstraint(fields=("contract", "term", "month"), name="one_outlook_per_term_and_month")
                ],
            },
        ),
    ]

"""What is owed for a month: deductions in contracts, statements and what both sides say of them. Before deploy; new tables and
a column that may be empty.
"""

import django.core.validators
import django.db.models.deletion
import django.db.models.expressions
from django.conf import settings
from django.db import migrations, models

import apps.core.fields.encrypted
import apps.core.fields.sequenced


class Migration(migrations.Migration):
    dependencies = [
        ("outsourcing", "0006_quality_warnings"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="contract",
            name="deduction_cap",
            field=models.PositiveSmallIntegerField(
                blank=True,
                help_text="Of a month's amount, however many terms were missed. Empty: never more than the amount.",
                null=True,
                validators=[django.core.validators.MaxValueValidator(100)],
                verbose_name="deductions at most (%)",
            ),
        ),
        migrations.CreateModel(
            name="Statement",
            fields=[
                ("id", apps.core.fields.sequenced.SequencedAutoField(primary_key=True, serialize=False)),
                ("created", models.DateTimeField(auto_now_add=True, verbose_name="created")),
                ("updated", models.DateTimeField(auto_now=True, verbose_name="updated")),
                ("month", models.DateField(help_text="Its first day.", verbose_name="month")),
                ("version", models.PositiveSmallIntegerField(default=1, verbose_name="version")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("draft", "Draft"),
                            ("sent", "Sent to the vendor"),
                            ("disputed", "Disputed"),
                            ("agreed", "Agreed"),
                            ("closed", "Closed"),
                            ("replaced", "Replaced"),
                        ],
                        default="draft",
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                ("is_sent", models.BooleanField(default=False, editable=False)),
                (
                    "reason",
                    apps.core.fields.encrypted.EncryptedTextField(blank=True, default="", verbose_name="reason"),
                ),
                ("since", models.DateTimeField(verbose_name="from")),
                ("until", models.DateTimeField(verbose_name="until")),
                (
                    "priced_by",
                    models.CharField(
                        choices=[
                            ("contact", "handled contact"),
                            ("resolved", "resolved ticket"),
                            ("hour", "paid hour"),
                            ("month", "month"),
                        ],
                        max_length=10,
                        verbose_name="for each",
                    ),
                ),
                ("price", models.DecimalField(decimal_places=4, max_digits=12, verbose_name="price")),
                ("currency", models.CharField(max_length=3, verbose_name="currency")),
                ("quantity", models.DecimalField(decimal_places=4, max_digits=14, verbose_name="quantity")),
                ("amount", models.DecimalField(decimal_places=2, max_digits=14, verbose_name="amount")),
                ("deducted", models.DecimalField(decimal_places=2, max_digits=14, verbose_name="deducted")),
                ("is_capped", models.BooleanField(default=False, verbose_name="capped")),
                ("total", models.DecimalField(decimal_places=2, max_digits=14, verbose_name="total")),
                ("terms", models.JSONField(default=list, verbose_name="terms")),
                ("volumes", models.JSONField(default=list, verbose_name="volumes")),
                (
                    "contract",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="statements",
                        to="outsourcing.contract",
                        verbose_name="contract",
                    ),
                ),
                (
                    "made_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "statement",
                "verbose_name_plural": "statements",
                "ordering": ["-month", "contract__number", "-version"],
            },
        ),
        migrations.CreateModel(
            name="StatementComment",
            fields=[
                ("id", apps.core.fields.sequenced.SequencedAutoField(primary_key=True, serialize=False)),
                ("text", apps.core.fields.encrypted.EncryptedTextField(verbose_name="comment")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("draft", "Draft"),
                            ("sent", "Sent to the vendor"),
                            ("disputed", "Disputed"),
                            ("agreed", "Agreed"),
                            ("closed", "Closed"),
                            ("replaced", "Replaced"),
                        ],
                        max_length=10,
                    ),
                ),
                ("created", models.DateTimeField(auto_now_add=True)),
                (
                    "author",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "statement",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="comments", to="outsourcing.statement"
                    ),
                ),
            ],
            options={
                "verbose_name": "comment on a statement",
                "verbose_name_plural": "comments on statements",
                "ordering": ["created", "pk"],
            },
        ),
        migrations.CreateModel(
            name="DeductionStep",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "limit",
                    models.FloatField(
                        help_text="In the figure's own unit: below it where the term says at least, above it where it says at most.",
                        validators=[django.core.validators.MinValueValidator(0)],
                        verbose_name="when worse than",
                    ),
                ),
                (
                    "percent",
                    models.DecimalField(
                        blank=True,
                        decimal_places=2,
                        max_digits=5,
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(0),
                            django.core.validators.MaxValueValidator(100),
                        ],
                        verbose_name="percent of the amount",
                    ),
                ),
                (
                    "fixed",
                    models.DecimalField(
                        blank=True,
                        decimal_places=2,
                        max_digits=12,
                        null=True,
                        validators=[django.core.validators.MinValueValidator(0)],
                        verbose_name="fixed sum",
                    ),
                ),
                (
                    "contract",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="deductions",
                        to="outsourcing.contract",
                    ),
                ),
                (
                    "term",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="deductions",
                        to="outsourcing.slaterm",
                        verbose_name="term",
                    ),
                ),
            ],
            options={
                "verbose_name": "deduction",
                "verbose_name_plural": "deductions",
                "ordering": ["term", "limit", "pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("percent__isnull", True), ("fixed__isnull", True), _connector="XOR"),
                        name="deduction_by_percent_or_sum",
                    ),
                    models.UniqueConstraint(fields=("term", "limit"), name="one_deduction_per_limit"),
                ],
            },
        ),
        migrations.AddConstraint(
            model_name="statement",
            constraint=models.UniqueConstraint(
                fields=("contract", "month", "version"), name="one_statement_per_version"
            ),
        ),
        migrations.AddConstraint(
            model_name="statement",
            constraint=models.CheckConstraint(condition=models.Q(("month__day", 1)), name="statement_of_a_month"),
        ),
        migrations.AddConstraint(
            model_name="statement",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "total",
                        django.db.models.expressions.CombinedExpression(models.F("amount"), "-", models.F("deducted")),
                    )
                ),
                name="statement_adds_up",
            ),
        ),
    ]

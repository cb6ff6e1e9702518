"""Contracts with vendors, one live at a time. Before deploy."""

import django.contrib.postgres.constraints
import django.contrib.postgres.fields
import django.contrib.postgres.fields.ranges
import django.core.validators
import django.db.models.deletion
from django.contrib.postgres.operations import BtreeGistExtension
from django.db import migrations, models

import apps.core.fields
import apps.outsourcing.models.contract


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounts", "0003_counter_and_webhook_permissions"),
        ("contact_channels", "0006_sending_rate"),
        ("customers", "0003_claims_and_proofs"),
        ("knowledge", "0001_snippets"),
        ("sla", "0005_service_levels"),
        ("tickets", "0013_who_transfers"),
    ]

    operations = [
        BtreeGistExtension(),
        migrations.CreateModel(
            name="Contract",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("created", models.DateTimeField(auto_now_add=True, verbose_name="created")),
                ("updated", models.DateTimeField(auto_now=True, verbose_name="updated")),
                (
                    "number",
                    models.CharField(
                        max_length=40,
                        unique=True,
                        validators=[
                            django.core.validators.RegexValidator(
                                "^[A-Za-z0-9._-]+$", "Only letters, digits, dots, dashes and underscores."
                            )
                        ],
                        verbose_name="number",
                    ),
                ),
                ("name", apps.core.fields.TranslatedTextField(verbose_name="name")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("draft", "Draft"),
                            ("active", "Active"),
                            ("suspended", "Suspended"),
                            ("ended", "Ended"),
                        ],
                        default="draft",
                        editable=False,
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                ("is_applied", models.BooleanField(default=False, editable=False)),
                ("is_narrowed", models.BooleanField(default=False, editable=False)),
                ("starts_on", models.DateField(verbose_name="first day")),
                ("ends_on", models.DateField(verbose_name="last day")),
                (
                    "time_zone",
                    models.CharField(
                        default="Asia/Shanghai",
                        max_length=64,
                        validators=[apps.outsourcing.models.contract.existing_time_zone],
                        verbose_name="time zone",
                    ),
                ),
                (
                    "covers_all_categories",
                    models.BooleanField(
                        default=False,
                        help_text="Otherwise only those chosen, and without any none at all.",
                        verbose_name="all categories",
                    ),
                ),
                (
                    "share_percent",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        help_text="In queues that hand out by shares. While the contract is in force it stands in each of them.",
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(100),
                        ],
                        verbose_name="share of the work (%)",
                    ),
                ),
                (
                    "quality_floor",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        help_text="Score of reviewed work, out of 100.",
                        null=True,
                        validators=[django.core.validators.MaxValueValidator(100)],
                        verbose_name="quality at least",
                    ),
                ),
                (
                    "price",
                    models.DecimalField(
                        blank=True,
                        decimal_places=4,
                        max_digits=12,
                        null=True,
                        validators=[django.core.validators.MinValueValidator(0)],
                        verbose_name="price",
                    ),
                ),
                (
                    "currency",
                    models.CharField(
                        default="CNY",
                        max_length=3,
                        validators=[
                            django.core.validators.RegexValidator("^[A-Z]{3}$", "Three capital letters, such as CNY.")
                        ],
                        verbose_name="currency",
                    ),
                ),
                (
                    "priced_by",
                    models.CharField(
                        choices=[
                            ("contact", "handled contact"),
                            ("resolved", "resolved ticket"),
                            ("hour", "paid hour"),
                            ("month", "month"),
                        ],
                        default="contact",
                        max_length=10,
                        verbose_name="for each",
                    ),
                ),
                (
                    "purpose",
                    models.TextField(
                        blank=True,
                        help_text="For the record of processing.",
                        max_length=2000,
                        verbose_name="purpose of the processing",
                    ),
                ),
                (
                    "data_categories",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(
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
                        ),
                        blank=True,
                        default=list,
                        size=None,
                        verbose_name="kinds of personal data",
                    ),
                ),
                (
                    "afterwards",
                    models.CharField(
                        choices=[("return", "returned"), ("delete", "deleted")],
                        default="delete",
                        max_length=10,
                        verbose_name="data at the end",
                    ),
                ),
                (
                    "calendar",
                    models.ForeignKey(
                        blank=True,
                        help_text="When the vendor has to be there. Empty: around the clock.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="sla.calendar",
                        verbose_name="hours",
                    ),
                ),
                (
                    "categories",
                    models.ManyToManyField(
                        blank=True,
                        help_text="With everything below them.",
                        related_name="+",
                        to="tickets.category",
                        verbose_name="categories",
                    ),
                ),
                (
                    "channels",
                    models.ManyToManyField(
                        blank=True, related_name="+", to="contact_channels.channel", verbose_name="channels"
                    ),
                ),
                (
                    "queues",
                    models.ManyToManyField(blank=True, related_name="+", to="tickets.queue", verbose_name="queues"),
                ),
                (
                    "snippets",
                    models.ManyToManyField(
                        blank=True, related_name="+", to="knowledge.snippet", verbose_name="snippets to be used"
                    ),
                ),
                (
                    "tags",
                    models.ManyToManyField(
                        blank=True,
                        help_text="The vendor has to set one of these on each ticket.",
                        related_name="+",
                        to="customers.tag",
                        verbose_name="tags to be set",
                    ),
                ),
                (
                    "vendor",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="contracts",
                        to="accounts.vendor",
                        verbose_name="vendor",
                    ),
                ),
            ],
            options={
                "verbose_name": "contract",
                "verbose_name_plural": "contracts",
                "ordering": ["vendor__key", "-starts_on", "number"],
            },
        ),
        migrations.CreateModel(
            name="SlaTerm",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("measure", models.CharField(max_length=40, verbose_name="figure")),
                (
                    "bound",
                    models.CharField(
                        choices=[("at_least", "at least"), ("at_most", "at most")],
                        default="at_least",
                        max_length=10,
                        verbose_name="has to be",
                    ),
                ),
                (
                    "threshold",
                    models.FloatField(
                        validators=[django.core.validators.MinValueValidator(0)], verbose_name="threshold"
                    ),
                ),
                (
                    "channel",
                    models.ForeignKey(
                        blank=True,
                        help_text="Empty: all of the contract's channels.",
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="contact_channels.channel",
                        verbose_name="channel",
                    ),
                ),
                (
                    "contract",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="terms",
                        to="outsourcing.contract",
                        verbose_name="contract",
                    ),
                ),
            ],
            options={
                "verbose_name": "term",
                "verbose_name_plural": "terms",
                "ordering": ["pk"],
            },
        ),
        migrations.AddConstraint(
            model_name="contract",
            constraint=models.CheckConstraint(
                condition=models.Q(("ends_on__gte", models.F("starts_on"))), name="contract_ends_after_it_starts"
            ),
        ),
        migrations.AddConstraint(
            model_name="contract",
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(
                condition=models.Q(("state__in", ("active", "suspended"))),
                expressions=[
                    ("vendor", "="),
                    (
                        apps.outsourcing.models.contract._Days(
                            "starts_on",
                            "ends_on",
                            django.contrib.postgres.fields.ranges.RangeBoundary(inclusive_upper=True),
                        ),
                        "&&",
                    ),
                ],
                name="one_live_contract_at_a_time",
            ),
        ),
        migrations.AddConstraint(
            model_name="slaterm",
            constraint=models.UniqueConstraint(
                fields=("contract", "measure", "channel"), name="one_term_per_figure_and_channel", nulls_distinct=False
            ),
        ),
    ]

"""Reveals of masked values, what roles may take off the screen, and pseudonyms as a way to mask. Before deploy."""

import django.contrib.postgres.fields
import django.core.validators
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import apps.core.fields.encrypted
import apps.core.fields.sequenced
import apps.privacy.models.reveal


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0005_sessions_and_networks"),
        ("privacy", "0004_retention"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterField(
            model_name="lenspolicy",
            name="mode",
            field=models.CharField(
                choices=[("raw", "as it is"), ("masked", "masked"), ("hidden", "hidden"), ("tokenized", "pseudonym")],
                max_length=10,
                verbose_name="mode",
            ),
        ),
        migrations.CreateModel(
            name="RevealPolicy",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "per_hour",
                    models.PositiveSmallIntegerField(
                        default=10,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(1000),
                        ],
                        verbose_name="values an hour",
                    ),
                ),
                (
                    "per_day",
                    models.PositiveSmallIntegerField(
                        default=30,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(5000),
                        ],
                        verbose_name="values in 24 hours",
                    ),
                ),
                (
                    "seconds",
                    models.PositiveSmallIntegerField(
                        default=30,
                        validators=[
                            django.core.validators.MinValueValidator(5),
                            django.core.validators.MaxValueValidator(60),
                        ],
                        verbose_name="seconds on the screen",
                    ),
                ),
                (
                    "alarm_per_day",
                    models.PositiveSmallIntegerField(
                        default=15,
                        help_text="Also unusual: three times what the person looked at on days before.",
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(5000),
                        ],
                        verbose_name="unusual from, in 24 hours",
                    ),
                ),
                (
                    "approval_classes",
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
                        default=apps.privacy.models.reveal.sensitive_classes,
                        size=None,
                        verbose_name="only with approval",
                    ),
                ),
                (
                    "approval_minutes",
                    models.PositiveSmallIntegerField(
                        default=10,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(240),
                        ],
                        verbose_name="an approval holds for (minutes)",
                    ),
                ),
                (
                    "role",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="reveal_policy",
                        to="accounts.role",
                        verbose_name="role",
                    ),
                ),
            ],
            options={
                "verbose_name": "reveal policy",
                "verbose_name_plural": "reveal policies",
                "ordering": ["role__key"],
            },
        ),
        migrations.CreateModel(
            name="ScreenPolicy",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "has_watermark",
                    models.BooleanField(
                        default=True,
                        help_text="Sign-in name and time over the desk, on screenshots and on paper.",
                        verbose_name="watermark",
                    ),
                ),
                ("may_copy", models.BooleanField(default=False, verbose_name="may copy texts")),
                (
                    "most_copied",
                    models.PositiveSmallIntegerField(
                        default=200,
                        help_text="Where copying is off: an order number, a sentence. 0: nothing at all.",
                        validators=[django.core.validators.MaxValueValidator(10000)],
                        verbose_name="characters that may be copied all the same",
                    ),
                ),
                ("may_print", models.BooleanField(default=False, verbose_name="may print pages")),
                (
                    "role",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="screen_policy",
                        to="accounts.role",
                        verbose_name="role",
                    ),
                ),
            ],
            options={
                "verbose_name": "screen policy",
                "verbose_name_plural": "screen policies",
                "ordering": ["role__key"],
            },
        ),
        migrations.CreateModel(
            name="Reveal",
            fields=[
                ("id", apps.core.fields.sequenced.SequencedAutoField(primary_key=True, serialize=False)),
                ("kind", models.CharField(max_length=30, verbose_name="record")),
                ("record_id", models.BigIntegerField(verbose_name="record number")),
                ("field", models.CharField(max_length=60, verbose_name="field")),
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
                ("customer_id", models.BigIntegerField(null=True, verbose_name="customer")),
                ("ticket_id", models.BigIntegerField(null=True, verbose_name="ticket")),
                (
                    "reason_kind",
                    models.CharField(
                        choices=[
                            ("identify", "To make sure who the customer is"),
                            ("reach", "To reach the customer outside of this system"),
                            ("deliver", "To send or deliver something"),
                            ("correct", "To correct what is recorded"),
                            ("obligation", "A legal obligation or an authority"),
                            ("other", "Another reason"),
                        ],
                        max_length=20,
                        verbose_name="kind of reason",
                    ),
                ),
                ("reason", apps.core.fields.encrypted.EncryptedTextField(verbose_name="reason")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "waits for approval"),
                            ("approved", "approved, not shown yet"),
                            ("declined", "declined"),
                            ("shown", "shown"),
                        ],
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                ("created", models.DateTimeField(verbose_name="asked")),
                ("decided_at", models.DateTimeField(null=True, verbose_name="decided")),
                (
                    "decision",
                    apps.core.fields.encrypted.EncryptedTextField(
                        blank=True, default="", verbose_name="why so decided"
                    ),
                ),
                ("valid_until", models.DateTimeField(null=True, verbose_name="holds until")),
                ("shown_at", models.DateTimeField(null=True, verbose_name="shown")),
                ("until", models.DateTimeField(null=True, verbose_name="shown until")),
                ("is_unusual", models.BooleanField(default=False, verbose_name="unusual")),
                (
                    "decided_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="decided by",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="viewer",
                    ),
                ),
            ],
            options={
                "verbose_name": "reveal",
                "verbose_name_plural": "reveals",
                "ordering": ["-id"],
                "indexes": [
                    models.Index(fields=["user", "created"], name="reveal_by_user"),
                    models.Index(fields=["customer_id", "-id"], name="reveal_by_customer"),
                    models.Index(condition=models.Q(("state", "waiting")), fields=["created"], name="reveal_waiting"),
                ],
            },
        ),
    ]

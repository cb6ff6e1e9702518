"""Handles that were only named, opting out, preferences, proofs and suggested merges. Before deploy."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import apps.core.fields.encrypted
import apps.core.fields.sequenced


class Migration(migrations.Migration):
    dependencies = [
        ("customers", "0002_customer_by_name"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="customer",
            name="prefers",
            field=models.CharField(blank=True, default="", max_length=40, verbose_name="prefers"),
        ),
        migrations.AddField(
            model_name="identity",
            name="is_claimed",
            field=models.BooleanField(default=False, verbose_name="only claimed"),
        ),
        migrations.AddField(
            model_name="identity",
            name="opted_out_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="opted out"),
        ),
        migrations.CreateModel(
            name="MergeSuggestion",
            fields=[
                ("id", apps.core.fields.sequenced.SequencedAutoField(primary_key=True, serialize=False)),
                ("created", models.DateTimeField(auto_now_add=True, verbose_name="created")),
                ("updated", models.DateTimeField(auto_now=True, verbose_name="updated")),
                ("evidence", models.JSONField(default=list, verbose_name="evidence")),
                (
                    "state",
                    models.CharField(
                        choices=[("open", "Open"), ("accepted", "Accepted"), ("dismissed", "Dismissed")],
                        default="open",
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                ("decided_at", models.DateTimeField(null=True, verbose_name="decided")),
                (
                    "customer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="customers.customer",
                        verbose_name="customer",
                    ),
                ),
                (
                    "decided_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "other",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="customers.customer",
                        verbose_name="other customer",
                    ),
                ),
            ],
            options={
                "verbose_name": "suggested merge",
                "verbose_name_plural": "suggested merges",
                "ordering": ["-id"],
                "indexes": [
                    models.Index(condition=models.Q(("state", "open")), fields=["-id"], name="suggestion_open")
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("customer", "other"), name="one_suggestion_per_pair"),
                    models.CheckConstraint(
                        condition=models.Q(("customer__lt", models.F("other"))), name="suggestion_in_order"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Verification",
            fields=[
                ("id", apps.core.fields.sequenced.SequencedAutoField(primary_key=True, serialize=False)),
                ("created", models.DateTimeField(auto_now_add=True, verbose_name="created")),
                ("updated", models.DateTimeField(auto_now=True, verbose_name="updated")),
                ("kind", models.CharField(max_length=40, verbose_name="kind")),
                ("scope", models.CharField(blank=True, default="", max_length=120, verbose_name="scope")),
                ("value", apps.core.fields.encrypted.EncryptedTextField(verbose_name="value")),
                (
                    "method",
                    models.CharField(
                        choices=[("code", "One-time code"), ("link", "Link to confirm")],
                        max_length=10,
                        verbose_name="method",
                    ),
                ),
                ("secret", models.BinaryField(max_length=32)),
                ("attempts", models.PositiveSmallIntegerField(default=0, verbose_name="attempts")),
                ("ticket_id", models.BigIntegerField(null=True, verbose_name="ticket")),
                ("expires_at", models.DateTimeField(verbose_name="expires")),
                ("settled_at", models.DateTimeField(null=True, verbose_name="settled")),
                (
                    "outcome",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("proved", "Confirmed"),
                            ("expired", "Expired"),
                            ("exhausted", "Too many wrong codes"),
                            ("replaced", "Replaced by a newer one"),
                            ("refused", "Denied by the person"),
                        ],
                        default="",
                        max_length=10,
                        verbose_name="outcome",
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="verifications",
                        to="customers.customer",
                        verbose_name="customer",
                    ),
                ),
                (
                    "identity",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="verifications",
                        to="customers.identity",
                        verbose_name="identity",
                    ),
                ),
                (
                    "requested_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "verification of a customer",
                "verbose_name_plural": "verifications of customers",
                "ordering": ["-id"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("settled_at__isnull", True)),
                        fields=("identity",),
                        name="one_open_verification",
                    )
                ],
            },
        ),
    ]

"""Incidents with personal data, and files that are handed out under a password. Before deploy."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import apps.core.clock
import apps.core.fields.encrypted
import apps.core.fields.sequenced


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("core", "0008_playable_copies"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Export",
            fields=[
                ("id", apps.core.fields.sequenced.SequencedAutoField(primary_key=True, serialize=False)),
                ("kind", models.CharField(max_length=40, verbose_name="kind")),
                ("question", apps.core.fields.encrypted.EncryptedJSONField(default=dict, editable=False)),
                ("language", models.CharField(editable=False, max_length=10)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("asked", "being made"),
                            ("waiting", "waits for a second person"),
                            ("ready", "ready"),
                            ("refused", "refused"),
                            ("failed", "failed"),
                            ("expired", "expired"),
                        ],
                        default="asked",
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                ("rows", models.PositiveIntegerField(null=True, verbose_name="rows")),
                ("password", apps.core.fields.encrypted.EncryptedTextField(blank=True, default="", editable=False)),
                ("asked_at", models.DateTimeField(verbose_name="asked for")),
                ("decided_at", models.DateTimeField(null=True, verbose_name="decided")),
                (
                    "reason",
                    apps.core.fields.encrypted.EncryptedTextField(blank=True, default="", verbose_name="reason"),
                ),
                ("expires_at", models.DateTimeField(null=True, verbose_name="kept until")),
                ("fetched", models.PositiveSmallIntegerField(default=0, verbose_name="fetched")),
                (
                    "asked_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="asked for by",
                    ),
                ),
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
                    "file",
                    models.ForeignKey(
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="core.storedfile",
                    ),
                ),
            ],
            options={
                "verbose_name": "export",
                "verbose_name_plural": "exports",
                "ordering": ["-asked_at"],
                "indexes": [
                    models.Index(
                        condition=models.Q(("state", "asked")), fields=["asked_at"], name="compliance_export_to_make"
                    ),
                    models.Index(
                        condition=models.Q(("state__in", ["ready", "waiting"])),
                        fields=["expires_at"],
                        name="compliance_export_to_end",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Incident",
            fields=[
                ("id", apps.core.fields.sequenced.SequencedAutoField(primary_key=True, serialize=False)),
                ("created", models.DateTimeField(auto_now_add=True, verbose_name="created")),
                ("updated", models.DateTimeField(auto_now=True, verbose_name="updated")),
                ("title", apps.core.fields.encrypted.EncryptedTextField(verbose_name="title")),
                ("detected_at", models.DateTimeField(default=apps.core.clock.now, verbose_name="detected")),
                (
                    "detected_by",
                    apps.core.fields.encrypted.EncryptedTextField(
                        help_text="Who noticed it, and how.", verbose_name="detected by"
                    ),
                ),
                ("what_happened", apps.core.fields.encrypted.EncryptedTextField(verbose_name="what happened")),
                (
                    "consequences",
                    apps.core.fields.encrypted.EncryptedTextField(
                        blank=True, default="", verbose_name="likely consequences"
                    ),
                ),
                (
                    "measures",
                    apps.core.fields.encrypted.EncryptedTextField(
                        blank=True, default="", verbose_name="measures taken"
                    ),
                ),
                (
                    "advice",
                    apps.core.fields.encrypted.EncryptedTextField(
                        blank=True, default="", verbose_name="what the persons can do"
                    ),
                ),
                (
                    "contact",
                    apps.core.fields.encrypted.EncryptedTextField(
                        blank=True,
                        default="",
                        help_text="Name and address of who answers for data protection.",
                        verbose_name="whom to ask",
                    ),
                ),
                ("since", models.DateTimeField(verbose_name="from")),
                ("until", models.DateTimeField(verbose_name="to")),
                ("ip", models.GenericIPAddressField(blank=True, null=True, verbose_name="network address")),
                (
                    "sign_in",
                    models.BigIntegerField(
                        blank=True,
                        help_text="Number of its entry in the audit trail: narrows to that person, address and session.",
                        null=True,
                        verbose_name="sign-in",
                    ),
                ),
                (
                    "tickets",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(),
                        blank=True,
                        default=list,
                        help_text="Their numbers.",
                        size=None,
                        verbose_name="tickets",
                    ),
                ),
                (
                    "counts_lists",
                    models.BooleanField(
                        default=True,
                        help_text="Whoever was within reach of these accounts in lists and searches, by the grants of today.",
                        verbose_name="also what lists showed",
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[("open", "Open"), ("closed", "Closed")],
                        default="open",
                        editable=False,
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                ("authority_told_at", models.DateTimeField(editable=False, null=True, verbose_name="authority told")),
                ("persons_told_at", models.DateTimeField(editable=False, null=True, verbose_name="persons told")),
                ("closed_at", models.DateTimeField(editable=False, null=True, verbose_name="closed")),
                ("persons_counted", models.PositiveIntegerField(editable=False, null=True, verbose_name="persons")),
                (
                    "people",
                    models.ManyToManyField(
                        blank=True,
                        help_text="Who acted.",
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="accounts",
                    ),
                ),
                (
                    "recorded_by",
                    models.ForeignKey(
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="recorded by",
                    ),
                ),
            ],
            options={
                "verbose_name": "incident",
                "verbose_name_plural": "incidents",
                "ordering": ["-detected_at"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("until__gte", models.F("since"))), name="incident_ends_after_it_begins"
                    )
                ],
            },
        ),
    ]

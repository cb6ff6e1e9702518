"""Impact assessments of contracts, and what is confirmed at their end. Before deploy."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import apps.core.fields.encrypted
import apps.core.fields.sequenced


class Migration(migrations.Migration):
    dependencies = [
        ("outsourcing", "0004_duties"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="ImpactAssessment",
            fields=[
                ("id", apps.core.fields.sequenced.SequencedAutoField(primary_key=True, serialize=False)),
                ("created", models.DateTimeField(auto_now_add=True, verbose_name="created")),
                ("updated", models.DateTimeField(auto_now=True, verbose_name="updated")),
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
                        size=None,
                        verbose_name="kinds of personal data",
                    ),
                ),
                (
                    "necessity",
                    apps.core.fields.encrypted.EncryptedTextField(
                        help_text="Whether purpose and ways are lawful, legitimate and necessary.",
                        verbose_name="necessity",
                    ),
                ),
                (
                    "risks",
                    apps.core.fields.encrypted.EncryptedTextField(
                        help_text="What it may do to the persons, and how likely.", verbose_name="risks"
                    ),
                ),
                (
                    "measures",
                    apps.core.fields.encrypted.EncryptedTextField(
                        help_text="What protects them, and whether that is lawful, effective and in proportion.",
                        verbose_name="measures",
                    ),
                ),
                (
                    "risk",
                    models.CharField(
                        choices=[("low", "low"), ("medium", "medium"), ("high", "high")],
                        default="low",
                        max_length=10,
                        verbose_name="risk that remains",
                    ),
                ),
                ("valid_until", models.DateField(verbose_name="valid until")),
                (
                    "state",
                    models.CharField(
                        choices=[("draft", "Draft"), ("approved", "approved"), ("refused", "refused")],
                        default="draft",
                        editable=False,
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                ("decided_at", models.DateTimeField(editable=False, null=True, verbose_name="decided")),
                (
                    "contract",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="assessments",
                        to="outsourcing.contract",
                        verbose_name="contract",
                    ),
                ),
                (
                    "decided_by",
                    models.ForeignKey(
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="decided by",
                    ),
                ),
                (
                    "written_by",
                    models.ForeignKey(
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="written by",
                    ),
                ),
            ],
            options={
                "verbose_name": "impact assessment",
                "verbose_name_plural": "impact assessments",
                "ordering": ["-id"],
            },
        ),
        migrations.CreateModel(
            name="EndTask",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "step",
                    models.CharField(
                        choices=[
                            ("files", "files and printouts given back or destroyed"),
                            ("notes", "notes, recordings and screenshots of the vendor's people deleted"),
                            ("systems", "copies in the vendor's systems and backups deleted"),
                            ("nobody_else", "nobody else was given any"),
                        ],
                        max_length=20,
                        verbose_name="step",
                    ),
                ),
                (
                    "declared_by",
                    models.CharField(
                        help_text="Who says so for the vendor.", max_length=120, verbose_name="declared by"
                    ),
                ),
                ("note", models.CharField(blank=True, default="", max_length=500, verbose_name="note")),
                ("confirmed_at", models.DateTimeField(verbose_name="confirmed")),
                (
                    "confirmed_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="confirmed by",
                    ),
                ),
                (
                    "contract",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="end_tasks",
                        to="outsourcing.contract",
                        verbose_name="contract",
                    ),
                ),
            ],
            options={
                "verbose_name": "step at the end",
                "verbose_name_plural": "steps at the end",
                "constraints": [models.UniqueConstraint(fields=("contract", "step"), name="end_step_once_a_contract")],
            },
        ),
    ]

"""Customers, their identities, organizations, notes, tags and merges. Before deploy."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import apps.core.fields
import apps.core.fields.encrypted
import apps.core.fields.sequenced


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Organization",
            fields=[
                ("id", apps.core.fields.sequenced.SequencedAutoField(primary_key=True, serialize=False)),
                ("created", models.DateTimeField(auto_now_add=True, verbose_name="created")),
                ("updated", models.DateTimeField(auto_now=True, verbose_name="updated")),
                ("version", models.PositiveIntegerField(default=1, editable=False, verbose_name="version")),
                ("name", apps.core.fields.encrypted.EncryptedTextField(blind_index="name_index", verbose_name="name")),
                ("name_index", apps.core.fields.encrypted.BlindIndexField(null=True, of="name")),
                (
                    "level",
                    models.CharField(
                        choices=[("standard", "Standard"), ("silver", "Silver"), ("gold", "Gold"), ("vip", "VIP")],
                        default="standard",
                        max_length=20,
                        verbose_name="level",
                    ),
                ),
                ("note", apps.core.fields.encrypted.EncryptedTextField(blank=True, default="", verbose_name="note")),
            ],
            options={
                "verbose_name": "organization",
                "verbose_name_plural": "organizations",
                "ordering": ["id"],
            },
        ),
        migrations.CreateModel(
            name="Tag",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.SlugField(allow_unicode=True, unique=True, verbose_name="key")),
                ("name", apps.core.fields.TranslatedTextField(verbose_name="name")),
                (
                    "target",
                    models.CharField(
                        choices=[("tickets", "Tickets"), ("customers", "Customers"), ("both", "Both")],
                        default="both",
                        max_length=10,
                        verbose_name="used on",
                    ),
                ),
                ("is_active", models.BooleanField(default=True, verbose_name="active")),
            ],
            options={
                "verbose_name": "tag",
                "verbose_name_plural": "tags",
                "ordering": ["key"],
            },
        ),
        migrations.CreateModel(
            name="Customer",
            fields=[
                ("id", apps.core.fields.sequenced.SequencedAutoField(primary_key=True, serialize=False)),
                ("created", models.DateTimeField(auto_now_add=True, verbose_name="created")),
                ("updated", models.DateTimeField(auto_now=True, verbose_name="updated")),
                ("version", models.PositiveIntegerField(default=1, editable=False, verbose_name="version")),
                (
                    "name",
                    apps.core.fields.encrypted.EncryptedTextField(
                        blank=True, blind_index="name_index", default="", verbose_name="name"
                    ),
                ),
                ("name_index", apps.core.fields.encrypted.BlindIndexField(null=True, of="name")),
                (
                    "level",
                    models.CharField(
                        choices=[("standard", "Standard"), ("silver", "Silver"), ("gold", "Gold"), ("vip", "VIP")],
                        default="standard",
                        max_length=20,
                        verbose_name="level",
                    ),
                ),
                ("language", models.CharField(blank=True, default="", max_length=10, verbose_name="language")),
                ("time_zone", models.CharField(blank=True, default="", max_length=64, verbose_name="time zone")),
                (
                    "merged_into",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="merged_from",
                        to="customers.customer",
                        verbose_name="merged into",
                    ),
                ),
                (
                    "organization",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="customers",
                        to="customers.organization",
                        verbose_name="organization",
                    ),
                ),
                (
                    "tags",
                    models.ManyToManyField(
                        blank=True, related_name="customers", to="customers.tag", verbose_name="tags"
                    ),
                ),
            ],
            options={
                "verbose_name": "customer",
                "verbose_name_plural": "customers",
                "ordering": ["id"],
            },
        ),
        migrations.CreateModel(
            name="CustomerNote",
            fields=[
                ("id", apps.core.fields.sequenced.SequencedAutoField(primary_key=True, serialize=False)),
                ("created", models.DateTimeField(auto_now_add=True, verbose_name="created")),
                ("updated", models.DateTimeField(auto_now=True, verbose_name="updated")),
                ("body", apps.core.fields.encrypted.EncryptedTextField(verbose_name="note")),
                ("is_pinned", models.BooleanField(default=False, verbose_name="pinned")),
                (
                    "author",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="author",
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="notes",
                        to="customers.customer",
                        verbose_name="customer",
                    ),
                ),
            ],
            options={
                "verbose_name": "customer note",
                "verbose_name_plural": "customer notes",
                "ordering": ["-is_pinned", "-created"],
            },
        ),
        migrations.CreateModel(
            name="CustomerMerge",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "moved_ids",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(), default=list, size=None
                    ),
                ),
                ("created", models.DateTimeField(auto_now_add=True)),
                ("undone_at", models.DateTimeField(null=True)),
                (
                    "merged",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="merges", to="customers.customer"
                    ),
                ),
                (
                    "survivor",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="customers.customer"
                    ),
                ),
            ],
            options={
                "verbose_name": "merge of customers",
                "verbose_name_plural": "merges of customers",
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("undone_at__isnull", True)), fields=("merged",), name="one_running_merge"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Identity",
            fields=[
                ("id", apps.core.fields.sequenced.SequencedAutoField(primary_key=True, serialize=False)),
                ("created", models.DateTimeField(auto_now_add=True, verbose_name="created")),
                ("updated", models.DateTimeField(auto_now=True, verbose_name="updated")),
                ("kind", models.CharField(max_length=40, verbose_name="kind")),
                ("scope", models.CharField(blank=True, default="", max_length=120, verbose_name="scope")),
                (
                    "value",
                    apps.core.fields.encrypted.EncryptedTextField(blind_index="value_index", verbose_name="value"),
                ),
                ("value_index", apps.core.fields.encrypted.BlindIndexField(normalize="exact", null=True, of="value")),
                (
                    "tail",
                    apps.core.fields.encrypted.EncryptedTextField(
                        blank=True, blind_index="tail_index", default="", verbose_name="last digits or domain"
                    ),
                ),
                ("tail_index", apps.core.fields.encrypted.BlindIndexField(db_index=True, null=True, of="tail")),
                ("verified_at", models.DateTimeField(blank=True, null=True, verbose_name="verified")),
                ("is_primary", models.BooleanField(default=False, verbose_name="preferred")),
                (
                    "customer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="identities",
                        to="customers.customer",
                        verbose_name="customer",
                    ),
                ),
            ],
            options={
                "verbose_name": "identity",
                "verbose_name_plural": "identities",
                "ordering": ["id"],
                "constraints": [
                    models.UniqueConstraint(fields=("kind", "scope", "value_index"), name="one_customer_per_handle")
                ],
            },
        ),
    ]

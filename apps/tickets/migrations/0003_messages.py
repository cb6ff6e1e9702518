"""Messages, partitioned by month; the unpartitioned keys that must be unique over all months; attachments. Before deploy."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import apps.core.fields.encrypted
import apps.core.fields.sequenced
from apps.core.partitions import CreatePartitionedModel


class Migration(migrations.Migration):
    dependencies = [
        ("tickets", "0002_tickets"),
    ]

    operations = [
        migrations.CreateModel(
            name="Attachment",
            fields=[
                ("id", apps.core.fields.sequenced.SequencedAutoField(primary_key=True, serialize=False)),
                ("message_id", models.BigIntegerField(db_index=True, verbose_name="message")),
                ("is_inline", models.BooleanField(default=False, verbose_name="inline")),
                ("is_internal", models.BooleanField(default=False, verbose_name="of an internal note")),
                ("content_id", models.CharField(blank=True, default="", max_length=250)),
                ("created", models.DateTimeField(auto_now_add=True, verbose_name="created")),
                (
                    "file",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="core.storedfile"
                    ),
                ),
                (
                    "ticket",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="attachments", to="tickets.ticket"
                    ),
                ),
            ],
            options={
                "verbose_name": "attachment",
                "verbose_name_plural": "attachments",
                "ordering": ["id"],
            },
        ),
        CreatePartitionedModel(
            name="Message",
            fields=[
                ("id", apps.core.fields.sequenced.SequencedAutoField(primary_key=True, serialize=False)),
                ("created", models.DateTimeField(verbose_name="created")),
                ("sequence", models.PositiveIntegerField()),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("customer", "customer"),
                            ("agent", "agent"),
                            ("bot", "bot"),
                            ("note", "internal note"),
                            ("system", "system"),
                        ],
                        max_length=10,
                        verbose_name="kind",
                    ),
                ),
                (
                    "sender_name",
                    apps.core.fields.encrypted.EncryptedTextField(blank=True, default="", verbose_name="sender"),
                ),
                (
                    "subject",
                    apps.core.fields.encrypted.EncryptedTextField(blank=True, default="", verbose_name="subject"),
                ),
                (
                    "html",
                    apps.core.fields.encrypted.EncryptedTextField(blank=True, default="", verbose_name="rich text"),
                ),
                ("text", apps.core.fields.encrypted.EncryptedTextField(blank=True, default="", verbose_name="text")),
                (
                    "quoted",
                    apps.core.fields.encrypted.EncryptedTextField(blank=True, default="", verbose_name="quoted text"),
                ),
                ("envelope", apps.core.fields.encrypted.EncryptedJSONField(default=dict, verbose_name="envelope")),
                ("spans", apps.core.fields.encrypted.EncryptedJSONField(default=dict, verbose_name="personal data")),
                ("is_third_person", models.BooleanField(default=False)),
                ("is_automatic", models.BooleanField(default=False)),
                ("notice", models.CharField(blank=True, default="", max_length=60)),
                ("attachment_count", models.PositiveSmallIntegerField(default=0)),
                (
                    "author",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "channel",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="contact_channels.channel",
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="customers.customer",
                    ),
                ),
                (
                    "interaction",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="messages",
                        to="tickets.interaction",
                    ),
                ),
                (
                    "ticket",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="messages",
                        to="tickets.ticket",
                    ),
                ),
            ],
            options={
                "verbose_name": "message",
                "verbose_name_plural": "messages",
                "ordering": ["ticket", "sequence"],
                "indexes": [models.Index(fields=["ticket", "sequence"], name="message_timeline")],
            },
        ),
        migrations.CreateModel(
            name="MessageKey",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.BinaryField(max_length=32)),
                ("message_id", models.BigIntegerField()),
                ("created", models.DateTimeField()),
                (
                    "channel",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="contact_channels.channel",
                    ),
                ),
                (
                    "ticket",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="tickets.ticket",
                    ),
                ),
            ],
            options={
                "verbose_name": "message key",
                "verbose_name_plural": "message keys",
                "constraints": [
                    models.UniqueConstraint(fields=("key", "channel"), name="message_key_once", nulls_distinct=False)
                ],
            },
        ),
    ]

"""What clients of our own protocol see: conversations, messages, files. Before deploy."""

import django.db.models.deletion
from django.db import migrations, models

import apps.core.fields.encrypted
import apps.core.fields.sequenced


class Migration(migrations.Migration):
    dependencies = [
        ("contact_channels", "0004_platform_cursors"),
        ("core", "0007_name_logs"),
    ]

    operations = [
        migrations.CreateModel(
            name="ClientConversation",
            fields=[
                ("id", apps.core.fields.sequenced.SequencedAutoField(primary_key=True, serialize=False)),
                ("created", models.DateTimeField(auto_now_add=True, verbose_name="created")),
                ("updated", models.DateTimeField(auto_now=True, verbose_name="updated")),
                ("user_key", models.BinaryField(max_length=32, null=True, unique=True)),
                (
                    "user_id",
                    apps.core.fields.encrypted.EncryptedTextField(blank=True, default="", verbose_name="id in the app"),
                ),
                ("guest_key", models.BinaryField(max_length=32, null=True, unique=True)),
                ("guest_until", models.DateTimeField(editable=False, null=True)),
                ("last_sequence", models.PositiveBigIntegerField(default=0)),
                ("delivered_sequence", models.PositiveBigIntegerField(default=0)),
                ("read_sequence", models.PositiveBigIntegerField(default=0)),
                ("notify_at", models.DateTimeField(editable=False, null=True)),
                (
                    "channel",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="contact_channels.channel",
                        verbose_name="channel",
                    ),
                ),
                (
                    "continued_in",
                    models.ForeignKey(
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="continues",
                        to="contact_channels.clientconversation",
                    ),
                ),
            ],
            options={
                "verbose_name": "app conversation",
                "verbose_name_plural": "app conversations",
                "ordering": ["id"],
            },
        ),
        migrations.CreateModel(
            name="ClientFile",
            fields=[
                ("id", apps.core.fields.sequenced.SequencedAutoField(primary_key=True, serialize=False)),
                ("is_sent", models.BooleanField(default=False)),
                ("created", models.DateTimeField(auto_now_add=True)),
                (
                    "conversation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="files",
                        to="contact_channels.clientconversation",
                    ),
                ),
                (
                    "file",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="core.storedfile"
                    ),
                ),
            ],
            options={
                "verbose_name": "app file",
                "verbose_name_plural": "app files",
                "ordering": ["id"],
            },
        ),
        migrations.CreateModel(
            name="ClientMessage",
            fields=[
                ("id", apps.core.fields.sequenced.SequencedAutoField(primary_key=True, serialize=False)),
                ("sequence", models.PositiveBigIntegerField()),
                ("is_own", models.BooleanField()),
                ("key", models.BinaryField(max_length=32)),
                ("digest", models.BinaryField(max_length=32, null=True)),
                ("client_key", models.CharField(blank=True, default="", max_length=250)),
                ("content", apps.core.fields.encrypted.EncryptedJSONField(default=dict)),
                ("created", models.DateTimeField(auto_now_add=True)),
                (
                    "conversation",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="messages",
                        to="contact_channels.clientconversation",
                    ),
                ),
            ],
            options={
                "verbose_name": "app message",
                "verbose_name_plural": "app messages",
                "ordering": ["id"],
            },
        ),
        migrations.AddIndex(
            model_name="clientconversation",
            index=models.Index(
                condition=models.Q(("notify_at__isnull", False)),
                fields=["notify_at"],
                name="client_conversation_notify",
            ),
        ),
        migrations.AddIndex(
            model_name="clientfile",
            index=models.Index(condition=models.Q(("is_sent", False)), fields=["created"], name="client_file_unsent"),
        ),
        migrations.AddConstraint(
            model_name="clientmessage",
            constraint=models.UniqueConstraint(
                fields=("conversation", "sequence"), name="one_client_message_per_number"
            ),
        ),
        migrations.AddConstraint(
            model_name="clientmessage",
            constraint=models.UniqueConstraint(fields=("key", "conversation"), name="one_client_message_per_key"),
        ),
    ]

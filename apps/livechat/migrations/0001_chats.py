"""Visits to the chat, and invitations to it. Before deploy."""

import django.db.models.deletion
from django.db import migrations, models

import apps.core.fields
import apps.core.fields.encrypted
import apps.core.fields.sequenced


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("contact_channels", "0006_sending_rate"),
        ("tickets", "0006_open_work_indexes"),
    ]

    operations = [
        migrations.CreateModel(
            name="Invitation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("created", models.DateTimeField(auto_now_add=True, verbose_name="created")),
                ("updated", models.DateTimeField(auto_now=True, verbose_name="updated")),
                (
                    "pages",
                    models.CharField(
                        blank=True,
                        help_text="The path of the page; * stands for anything: /products/*. Empty: all pages.",
                        max_length=300,
                        verbose_name="pages",
                    ),
                ),
                (
                    "seconds",
                    models.PositiveIntegerField(
                        default=30,
                        help_text="How long somebody has been there before it shows.",
                        verbose_name="seconds on the page",
                    ),
                ),
                (
                    "visitors",
                    models.CharField(
                        choices=[
                            ("all", "Everybody"),
                            ("new", "Who is here for the first time"),
                            ("returning", "Who was here before"),
                        ],
                        default="all",
                        max_length=10,
                        verbose_name="for whom",
                    ),
                ),
                ("text", apps.core.fields.TranslatedTextField(verbose_name="text")),
                ("position", models.PositiveSmallIntegerField(default=0, verbose_name="position")),
                ("is_active", models.BooleanField(default=True, verbose_name="active")),
                (
                    "channel",
                    models.ForeignKey(
                        limit_choices_to={"kind": "chat"},
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="contact_channels.channel",
                        verbose_name="chat channel",
                    ),
                ),
            ],
            options={
                "verbose_name": "chat invitation",
                "verbose_name_plural": "chat invitations",
                "ordering": ["channel", "position", "id"],
            },
        ),
        migrations.CreateModel(
            name="ChatSession",
            fields=[
                ("id", apps.core.fields.sequenced.SequencedAutoField(primary_key=True, serialize=False)),
                ("created", models.DateTimeField(auto_now_add=True, verbose_name="created")),
                ("updated", models.DateTimeField(auto_now=True, verbose_name="updated")),
                ("thread_key", models.BinaryField(max_length=32, unique=True)),
                ("first_sequence", models.PositiveBigIntegerField()),
                ("seen_sequence", models.PositiveBigIntegerField(default=0)),
                ("is_away", models.BooleanField(default=False, verbose_name="began outside working hours")),
                ("details", apps.core.fields.encrypted.EncryptedJSONField(default=dict)),
                ("silent_at", models.DateTimeField(editable=False, null=True)),
                ("ended_at", models.DateTimeField(null=True, verbose_name="ended")),
                (
                    "ended_by",
                    models.CharField(
                        blank=True,
                        choices=[("visitor", "visitor"), ("agent", "agent"), ("silence", "silence")],
                        default="",
                        max_length=10,
                        verbose_name="ended by",
                    ),
                ),
                ("ended_sequence", models.PositiveBigIntegerField(null=True)),
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
                    "conversation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="chat_sessions",
                        to="contact_channels.clientconversation",
                    ),
                ),
                (
                    "interaction",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="chat_session",
                        to="tickets.interaction",
                    ),
                ),
            ],
            options={
                "verbose_name": "chat",
                "verbose_name_plural": "chats",
                "ordering": ["id"],
                "indexes": [
                    models.Index(
                        condition=models.Q(("silent_at__isnull", False)),
                        fields=["silent_at"],
                        name="chat_session_silent",
                    ),
                    models.Index(fields=["conversation", "-id"], name="chat_session_newest"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("ended_at__isnull", True)),
                        fields=("conversation",),
                        name="one_open_chat_per_conversation",
                    )
                ],
            },
        ),
    ]

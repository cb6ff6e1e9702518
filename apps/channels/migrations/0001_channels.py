"""Channels, the durable inbox, deliveries and the progress of mailboxes. Before deploy."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import apps.core.fields
import apps.core.fields.encrypted
import apps.core.fields.sequenced


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounts", "0001_staff"),
        ("auth", "0012_alter_user_first_name_max_length"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Channel",
            fields=[
                ("id", apps.core.fields.sequenced.SequencedAutoField(primary_key=True, serialize=False)),
                ("created", models.DateTimeField(auto_now_add=True, verbose_name="created")),
                ("updated", models.DateTimeField(auto_now=True, verbose_name="updated")),
                (
                    "key",
                    models.SlugField(
                        help_text="Stands in the channel's public addresses.", unique=True, verbose_name="key"
                    ),
                ),
                ("kind", models.CharField(max_length=40, verbose_name="kind")),
                ("name", apps.core.fields.TranslatedTextField(verbose_name="name")),
                ("is_active", models.BooleanField(default=True, verbose_name="active")),
                ("default_language", models.CharField(default="zh-hans", max_length=10, verbose_name="language")),
                ("settings", models.JSONField(blank=True, default=dict, verbose_name="settings")),
                (
                    "secrets",
                    apps.core.fields.encrypted.EncryptedJSONField(blank=True, default=dict, verbose_name="secrets"),
                ),
                ("last_received_at", models.DateTimeField(editable=False, null=True, verbose_name="last received")),
                ("last_sent_at", models.DateTimeField(editable=False, null=True, verbose_name="last sent")),
                ("last_success_at", models.DateTimeField(editable=False, null=True, verbose_name="last success")),
                ("last_error_at", models.DateTimeField(editable=False, null=True, verbose_name="last error")),
                (
                    "last_error_code",
                    models.CharField(blank=True, editable=False, max_length=80, verbose_name="last error code"),
                ),
                (
                    "last_error",
                    apps.core.fields.encrypted.EncryptedTextField(
                        blank=True, default="", editable=False, verbose_name="last error"
                    ),
                ),
                (
                    "brand",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="channels",
                        to="accounts.brand",
                        verbose_name="brand",
                    ),
                ),
            ],
            options={
                "verbose_name": "channel",
                "verbose_name_plural": "channels",
                "ordering": ["key"],
                "permissions": [("serve_channel", "Can serve work of this channel")],
            },
        ),
        migrations.CreateModel(
            name="Delivery",
            fields=[
                ("id", apps.core.fields.sequenced.SequencedAutoField(primary_key=True, serialize=False)),
                ("created", models.DateTimeField(auto_now_add=True, verbose_name="created")),
                ("updated", models.DateTimeField(auto_now=True, verbose_name="updated")),
                ("message_id", models.BigIntegerField(db_index=True, null=True, verbose_name="message")),
                ("ticket_id", models.BigIntegerField(null=True, verbose_name="ticket")),
                ("client_key", models.CharField(max_length=250, unique=True, verbose_name="client key")),
                ("order_key", models.BinaryField(max_length=32)),
                ("payload", apps.core.fields.encrypted.EncryptedJSONField(verbose_name="payload")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("queued", "queued"),
                            ("sending", "sending"),
                            ("sent", "sent"),
                            ("delivered", "delivered"),
                            ("read", "read"),
                            ("failed", "failed"),
                            ("unknown", "unknown, being checked"),
                            ("cancelled", "cancelled"),
                        ],
                        default="queued",
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                (
                    "failure",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("retry_later", "will be tried again"),
                            ("reauthenticate", "the channel must sign in again"),
                            ("outside_window", "outside the reply window"),
                            ("recipient_gone", "the recipient cannot be reached"),
                            ("rejected", "rejected by the platform"),
                            ("misconfigured", "the channel is not set up correctly"),
                            ("unknown_outcome", "outcome unknown"),
                        ],
                        default="",
                        max_length=20,
                        verbose_name="failure",
                    ),
                ),
                ("error", apps.core.fields.encrypted.EncryptedTextField(blank=True, default="", verbose_name="error")),
                ("provider_key", models.BinaryField(db_index=True, max_length=32, null=True)),
                (
                    "provider_id",
                    apps.core.fields.encrypted.EncryptedTextField(blank=True, default="", verbose_name="platform id"),
                ),
                ("attempts", models.PositiveSmallIntegerField(default=0, verbose_name="attempts")),
                ("due_at", models.DateTimeField(verbose_name="due")),
                ("claimed_until", models.DateTimeField(editable=False, null=True)),
                ("claim", models.PositiveBigIntegerField(default=0, editable=False)),
                ("checks", models.PositiveSmallIntegerField(default=0, verbose_name="checks of the outcome")),
                ("settled_at", models.DateTimeField(editable=False, null=True)),
                ("sent_at", models.DateTimeField(null=True, verbose_name="sent")),
                (
                    "channel",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="deliveries",
                        to="contact_channels.channel",
                        verbose_name="channel",
                    ),
                ),
            ],
            options={
                "verbose_name": "delivery",
                "verbose_name_plural": "deliveries",
                "ordering": ["id"],
            },
        ),
        migrations.CreateModel(
            name="DeliveryAttempt",
            fields=[
                ("id", apps.core.fields.sequenced.SequencedAutoField(primary_key=True, serialize=False)),
                ("claim", models.PositiveBigIntegerField(default=0)),
                ("started", models.DateTimeField()),
                ("ended", models.DateTimeField(null=True)),
                ("outcome", models.CharField(max_length=20)),
                ("detail", apps.core.fields.encrypted.EncryptedTextField(blank=True, default="")),
                (
                    "delivery",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="log", to="contact_channels.delivery"
                    ),
                ),
            ],
            options={
                "verbose_name": "delivery attempt",
                "verbose_name_plural": "delivery attempts",
                "ordering": ["id"],
            },
        ),
        migrations.CreateModel(
            name="InboundEvent",
            fields=[
                ("id", apps.core.fields.sequenced.SequencedAutoField(primary_key=True, serialize=False)),
                ("external_key", models.BinaryField(max_length=32)),
                ("order_key", models.BinaryField(max_length=32)),
                ("envelope", apps.core.fields.encrypted.EncryptedJSONField(default=dict, verbose_name="envelope")),
                ("payload", apps.core.fields.encrypted.EncryptedBinaryField(verbose_name="payload")),
                (
                    "original",
                    apps.core.fields.encrypted.EncryptedBinaryField(null=True, verbose_name="payload before repair"),
                ),
                ("received", models.DateTimeField(verbose_name="received")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("received", "waiting"),
                            ("done", "processed"),
                            ("ignored", "ignored"),
                            ("parked", "needs repair"),
                        ],
                        default="received",
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                ("attempts", models.PositiveSmallIntegerField(default=0, verbose_name="attempts")),
                ("lost_claims", models.PositiveSmallIntegerField(default=0, editable=False)),
                ("due_at", models.DateTimeField(verbose_name="due")),
                ("claimed_until", models.DateTimeField(editable=False, null=True)),
                ("claim", models.PositiveBigIntegerField(default=0, editable=False)),
                ("done_at", models.DateTimeField(editable=False, null=True, verbose_name="processed")),
                ("message_id", models.BigIntegerField(editable=False, null=True, verbose_name="message")),
                ("ticket_id", models.BigIntegerField(editable=False, null=True, verbose_name="ticket")),
                ("error_code", models.CharField(blank=True, max_length=80, verbose_name="error code")),
                ("error", apps.core.fields.encrypted.EncryptedTextField(blank=True, default="", verbose_name="error")),
                (
                    "channel",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="inbound_events",
                        to="contact_channels.channel",
                        verbose_name="channel",
                    ),
                ),
            ],
            options={
                "verbose_name": "inbound item",
                "verbose_name_plural": "inbound items",
                "ordering": ["id"],
            },
        ),
        migrations.CreateModel(
            name="MailFolder",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("account", models.CharField(max_length=64)),
                ("folder", models.CharField(max_length=250)),
                ("uid_validity", models.BigIntegerField(default=0)),
                ("last_uid", models.BigIntegerField(default=0)),
                ("checked_at", models.DateTimeField(null=True)),
                (
                    "channel",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="mail_folders",
                        to="contact_channels.channel",
                    ),
                ),
            ],
            options={
                "verbose_name": "mail folder",
                "verbose_name_plural": "mail folders",
            },
        ),
        migrations.CreateModel(
            name="BlockedSender",
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
                ("value_index", apps.core.fields.encrypted.BlindIndexField(null=True, of="value")),
                ("lifted_at", models.DateTimeField(blank=True, null=True, verbose_name="lifted")),
                (
                    "blocked_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="blocked by",
                    ),
                ),
            ],
            options={
                "verbose_name": "blocked sender",
                "verbose_name_plural": "blocked senders",
                "ordering": ["-id"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("lifted_at__isnull", True)),
                        fields=("kind", "scope", "value_index"),
                        name="one_block_per_handle",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ChannelGroupObjectPermission",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "content_object",
                    models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to="contact_channels.channel"),
                ),
                ("group", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to="auth.group")),
                ("permission", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to="auth.permission")),
            ],
            options={
                "abstract": False,
                "unique_together": {("group", "permission", "content_object")},
            },
        ),
        migrations.AddIndex(
            model_name="delivery",
            index=models.Index(
                condition=models.Q(("settled_at__isnull", True)),
                fields=["channel", "due_at", "id"],
                name="delivery_due",
            ),
        ),
        migrations.AddIndex(
            model_name="delivery",
            index=models.Index(
                condition=models.Q(("settled_at__isnull", True)),
                fields=["channel", "order_key", "id"],
                name="delivery_order",
            ),
        ),
        migrations.AddIndex(
            model_name="delivery",
            index=models.Index(
                condition=models.Q(("claimed_until__isnull", False), ("settled_at__isnull", True)),
                fields=["claimed_until"],
                name="delivery_claimed",
            ),
        ),
        migrations.AddIndex(
            model_name="delivery",
            index=models.Index(
                condition=models.Q(("state__in", ["failed", "unknown"])),
                fields=["channel", "-id"],
                name="delivery_troubled",
            ),
        ),
        migrations.AddIndex(
            model_name="inboundevent",
            index=models.Index(
                condition=models.Q(("state", "received")), fields=["channel", "due_at", "id"], name="inbound_due"
            ),
        ),
        migrations.AddIndex(
            model_name="inboundevent",
            index=models.Index(
                condition=models.Q(("claimed_until__isnull", False), ("state", "received")),
                fields=["claimed_until"],
                name="inbound_claimed",
            ),
        ),
        migrations.AddIndex(
            model_name="inboundevent",
            index=models.Index(
                condition=models.Q(("state", "received")), fields=["channel", "order_key", "id"], name="inbound_order"
            ),
        ),
        migrations.AddIndex(
            model_name="inboundevent",
            index=models.Index(
                condition=models.Q(("state", "parked")), fields=["channel", "-id"], name="inbound_parked"
            ),
        ),
        migrations.AddConstraint(
            model_name="inboundevent",
            constraint=models.UniqueConstraint(fields=("channel", "external_key"), name="inbound_once_per_channel"),
        ),
        migrations.AddConstraint(
            model_name="mailfolder",
            constraint=models.UniqueConstraint(fields=("channel", "account", "folder"), name="one_cursor_per_folder"),
        ),
    ]

"""Outgoing webhooks: endpoints, deliveries, attempts, replays. Before deploy."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import apps.core.fields.encrypted
import apps.core.fields.sequenced


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="WebhookDelivery",
            fields=[
                ("id", apps.core.fields.sequenced.SequencedAutoField(primary_key=True, serialize=False)),
                ("kind", models.CharField(max_length=80, verbose_name="event")),
                ("event_id", models.BigIntegerField(editable=False, null=True)),
                ("event_created", models.DateTimeField(editable=False, null=True, verbose_name="happened")),
                ("ticket_id", models.BigIntegerField(editable=False, null=True)),
                ("created", models.DateTimeField(auto_now_add=True, verbose_name="created")),
                ("payload", apps.core.fields.encrypted.EncryptedBinaryField(default=b"")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("pending", "Waiting"),
                            ("delivered", "Delivered"),
                            ("failed", "Given up"),
                            ("withdrawn", "Out of sight"),
                        ],
                        default="pending",
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                ("tries", models.PositiveSmallIntegerField(default=0, editable=False)),
                ("attempts", models.PositiveIntegerField(default=0, verbose_name="attempts")),
                ("due_at", models.DateTimeField(verbose_name="due")),
                ("claimed_until", models.DateTimeField(editable=False, null=True)),
                ("claim", models.PositiveBigIntegerField(default=0, editable=False)),
                ("settled_at", models.DateTimeField(null=True, verbose_name="settled")),
            ],
            options={
                "verbose_name": "webhook delivery",
                "verbose_name_plural": "webhook deliveries",
                "ordering": ["-id"],
            },
        ),
        migrations.CreateModel(
            name="WebhookAttempt",
            fields=[
                ("id", apps.core.fields.sequenced.SequencedAutoField(primary_key=True, serialize=False)),
                ("started", models.DateTimeField(verbose_name="when")),
                ("duration_ms", models.PositiveIntegerField(verbose_name="milliseconds")),
                ("status", models.PositiveSmallIntegerField(null=True, verbose_name="status")),
                (
                    "error",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("status", "Answered with an error"),
                            ("redirect", "Answered with a redirect, which is not followed"),
                            ("timeout", "No answer in time"),
                            ("name", "The name was not found"),
                            ("address", "The address cannot be used"),
                            ("connection", "No connection"),
                            ("protocol", "The answer broke off or is no HTTP"),
                            ("content", "The event could not be put into words"),
                        ],
                        default="",
                        max_length=10,
                        verbose_name="error",
                    ),
                ),
                (
                    "answer",
                    apps.core.fields.encrypted.EncryptedTextField(blank=True, default="", verbose_name="answer"),
                ),
                (
                    "delivery",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="log", to="automation.webhookdelivery"
                    ),
                ),
            ],
            options={
                "verbose_name": "webhook attempt",
                "verbose_name_plural": "webhook attempts",
                "ordering": ["id"],
            },
        ),
        migrations.CreateModel(
            name="WebhookEndpoint",
            fields=[
                ("id", apps.core.fields.sequenced.SequencedAutoField(primary_key=True, serialize=False)),
                ("created", models.DateTimeField(auto_now_add=True, verbose_name="created")),
                ("updated", models.DateTimeField(auto_now=True, verbose_name="updated")),
                ("version", models.PositiveIntegerField(default=1, editable=False, verbose_name="version")),
                ("name", models.CharField(max_length=120, verbose_name="name")),
                ("description", models.CharField(blank=True, max_length=500, verbose_name="description")),
                ("url", apps.core.fields.encrypted.EncryptedTextField(verbose_name="address")),
                (
                    "events",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=80), size=None, verbose_name="events"
                    ),
                ),
                ("secret", apps.core.fields.encrypted.EncryptedTextField(editable=False, verbose_name="secret")),
                (
                    "former_secret",
                    apps.core.fields.encrypted.EncryptedTextField(blank=True, default="", editable=False),
                ),
                (
                    "former_until",
                    models.DateTimeField(editable=False, null=True, verbose_name="former secret signs until"),
                ),
                ("is_enabled", models.BooleanField(default=True, editable=False, verbose_name="enabled")),
                (
                    "disabled_reason",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("by_hand", "Switched off by hand"),
                            ("gone", "The receiver answered that the address is gone (410)"),
                            ("failing", "Every attempt of five days failed"),
                            ("no_access", "The user it acts as may not sign in any more"),
                        ],
                        default="",
                        editable=False,
                        max_length=10,
                        verbose_name="reason",
                    ),
                ),
                ("disabled_at", models.DateTimeField(editable=False, null=True, verbose_name="switched off")),
                ("position", models.BigIntegerField(default=0, editable=False)),
                ("failing_since", models.DateTimeField(editable=False, null=True, verbose_name="failing since")),
                ("paused_until", models.DateTimeField(editable=False, null=True, verbose_name="paused until")),
                ("last_success_at", models.DateTimeField(editable=False, null=True, verbose_name="last success")),
                ("last_error_at", models.DateTimeField(editable=False, null=True, verbose_name="last failure")),
                (
                    "acts_as",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="webhook_endpoints",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="acts as",
                    ),
                ),
            ],
            options={
                "verbose_name": "outgoing webhook",
                "verbose_name_plural": "outgoing webhooks",
                "ordering": ["name", "id"],
            },
        ),
        migrations.AddField(
            model_name="webhookdelivery",
            name="endpoint",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="deliveries",
                to="automation.webhookendpoint",
            ),
        ),
        migrations.CreateModel(
            name="WebhookReplay",
            fields=[
                ("id", apps.core.fields.sequenced.SequencedAutoField(primary_key=True, serialize=False)),
                ("since", models.DateTimeField(verbose_name="since")),
                ("created", models.DateTimeField(auto_now_add=True, verbose_name="created")),
                (
                    "created_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="created by",
                    ),
                ),
                (
                    "endpoint",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="replays",
                        to="automation.webhookendpoint",
                    ),
                ),
            ],
            options={
                "verbose_name": "webhook replay",
                "verbose_name_plural": "webhook replays",
                "ordering": ["-id"],
            },
        ),
        migrations.AddField(
            model_name="webhookdelivery",
            name="replay",
            field=models.ForeignKey(
                blank=True,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="deliveries",
                to="automation.webhookreplay",
            ),
        ),
        migrations.AddIndex(
            model_name="webhookdelivery",
            index=models.Index(
                condition=models.Q(("settled_at__isnull", True)),
                fields=["endpoint", "due_at", "id"],
                name="webhook_delivery_due",
            ),
        ),
        migrations.AddIndex(
            model_name="webhookdelivery",
            index=models.Index(fields=["endpoint", "-id"], name="webhook_delivery_newest"),
        ),
        migrations.AddIndex(
            model_name="webhookdelivery",
            index=models.Index(
                condition=models.Q(("state", "failed")),
                fields=["endpoint", "settled_at"],
                name="webhook_delivery_failed",
            ),
        ),
        migrations.AddIndex(
            model_name="webhookdelivery",
            index=models.Index(fields=["settled_at"], name="webhook_delivery_settled"),
        ),
        migrations.AddConstraint(
            model_name="webhookdelivery",
            constraint=models.UniqueConstraint(
                condition=models.Q(("event_id__isnull", False)),
                fields=("endpoint", "event_id"),
                name="webhook_delivery_once_an_event",
            ),
        ),
    ]

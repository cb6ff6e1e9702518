"""What was decided automatically and a person is asked to look at. Before deploy; a new table."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import apps.core.fields.encrypted
import apps.core.fields.sequenced


class Migration(migrations.Migration):
    dependencies = [
        ("tickets", "0016_first_hand_over_reasons"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="DecisionReview",
            fields=[
                ("id", apps.core.fields.sequenced.SequencedAutoField(primary_key=True, serialize=False)),
                ("created", models.DateTimeField(auto_now_add=True, verbose_name="created")),
                ("updated", models.DateTimeField(auto_now=True, verbose_name="updated")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("all", "everything that was decided automatically"),
                            ("routing", "who gets it"),
                            ("escalation", "its priority, queue and team, changed by a service level"),
                            ("closing", "that it is closed by itself"),
                        ],
                        max_length=12,
                        verbose_name="what is looked at",
                    ),
                ),
                (
                    "wish",
                    apps.core.fields.encrypted.EncryptedTextField(
                        blank=True, default="", verbose_name="why it is asked for"
                    ),
                ),
                ("request_id", models.BigIntegerField(null=True)),
                (
                    "state",
                    models.CharField(
                        choices=[("open", "Waits for a person"), ("upheld", "Left as it is"), ("changed", "Changed")],
                        default="open",
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                (
                    "reason",
                    apps.core.fields.encrypted.EncryptedTextField(blank=True, default="", verbose_name="reason"),
                ),
                ("settled_at", models.DateTimeField(null=True, verbose_name="settled")),
                (
                    "asked_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="asked for by",
                    ),
                ),
                (
                    "settled_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="settled by",
                    ),
                ),
                (
                    "ticket",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="reviews",
                        to="tickets.ticket",
                        verbose_name="ticket",
                    ),
                ),
            ],
            options={
                "verbose_name": "review of an automatic decision",
                "verbose_name_plural": "reviews of automatic decisions",
                "ordering": ["pk"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state", "open")),
                        fields=("ticket", "kind"),
                        name="one_open_review_of_a_kind",
                    )
                ],
            },
        ),
    ]

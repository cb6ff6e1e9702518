"""Which side answered for a ticket, from when to when. Before deploy; a new table."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0009_sign_in_providers"),
        ("contact_channels", "0007_transfers_abroad"),
        ("metrics", "0001_facts"),
        ("tickets", "0016_first_hand_over_reasons"),
    ]

    operations = [
        migrations.CreateModel(
            name="SideFact",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("chat", "Live chat"),
                            ("messenger", "Messenger"),
                            ("mail", "Mail"),
                            ("call", "Call"),
                            ("counter", "Visit"),
                            ("ticket", "Other ticket"),
                        ],
                        max_length=10,
                    ),
                ),
                ("ticket_id", models.BigIntegerField()),
                ("number", models.PositiveIntegerField()),
                (
                    "why",
                    models.CharField(
                        choices=[
                            ("opened", "Opened"),
                            ("taken", "Taken by one of its people"),
                            ("handed_on", "Handed on"),
                            ("to_house", "Handed to the house"),
                            ("handed_back", "Handed back"),
                            ("taken_over", "Taken over"),
                            ("in_house", "Came in-house after unsuccessful attempts"),
                            ("contract", "No longer covered by the contract"),
                            ("queue", "Sent to another queue"),
                            ("let_go", "Let go"),
                            ("reopened", "Open again"),
                        ],
                        max_length=12,
                    ),
                ),
                ("started_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
                ("paused", models.DurationField()),
                ("paused_since", models.DateTimeField(null=True)),
                ("is_handed_over", models.BooleanField()),
                (
                    "category",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tickets.category",
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
                    "queue",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tickets.queue",
                    ),
                ),
                (
                    "vendor",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.vendor",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("ended_at__isnull", False)), fields=["ended_at"], name="side_ended"
                    )
                ],
                "constraints": [models.UniqueConstraint(fields=("ticket_id", "number"), name="side_once")],
            },
        ),
    ]

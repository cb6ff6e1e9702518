"""What vendors tried in vain, counted from events on. Before deploy."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0002_skills"),
        ("routing", "0004_rules"),
        ("tickets", "0011_public_comments"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="VendorAttempt",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "failure",
                    models.CharField(
                        choices=[
                            ("wrote_again", "the customer wrote again after the reply"),
                            ("reopened", "the ticket was opened again"),
                            ("returned", "it was given back unsolved"),
                        ],
                        max_length=12,
                        verbose_name="what failed",
                    ),
                ),
                ("event_id", models.BigIntegerField(unique=True)),
                ("message_id", models.BigIntegerField(null=True)),
                ("created", models.DateTimeField(verbose_name="at")),
                (
                    "ticket",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="vendor_attempts",
                        to="tickets.ticket",
                        verbose_name="ticket",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="agent",
                    ),
                ),
                (
                    "vendor",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.vendor",
                        verbose_name="vendor",
                    ),
                ),
            ],
            options={
                "verbose_name": "unsuccessful attempt of a vendor",
                "verbose_name_plural": "unsuccessful attempts of vendors",
                "ordering": ["ticket", "created", "pk"],
                "constraints": [models.UniqueConstraint(fields=("ticket", "message_id"), name="one_attempt_per_reply")],
            },
        ),
    ]

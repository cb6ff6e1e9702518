"""For how long, and to what, people who help the house are let in. Before deploy."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import apps.core.fields.encrypted
import apps.core.fields.sequenced


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0012_support_vendors"),
        ("contact_channels", "0008_agreed_notice"),
        ("outsourcing", "0009_invitations_by_mail"),
        ("tickets", "0016_first_hand_over_reasons"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="SupportAccess",
            fields=[
                ("id", apps.core.fields.sequenced.SequencedAutoField(primary_key=True, serialize=False)),
                ("reason", apps.core.fields.encrypted.EncryptedTextField(verbose_name="reason")),
                (
                    "may_write",
                    models.BooleanField(
                        default=False,
                        help_text="Without this they read, and every change is refused.",
                        verbose_name="may write",
                    ),
                ),
                ("starts_at", models.DateTimeField(verbose_name="from")),
                ("ends_at", models.DateTimeField(verbose_name="until")),
                ("ended_at", models.DateTimeField(null=True, verbose_name="ended")),
                (
                    "channels",
                    models.ManyToManyField(related_name="+", to="contact_channels.channel", verbose_name="channels"),
                ),
                (
                    "given_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="given by",
                    ),
                ),
                ("queues", models.ManyToManyField(related_name="+", to="tickets.queue", verbose_name="queues")),
                (
                    "vendor",
                    models.ForeignKey(
                        limit_choices_to={"is_support": True},
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="support_accesses",
                        to="accounts.vendor",
                        verbose_name="who helps",
                    ),
                ),
            ],
            options={
                "verbose_name": "support access",
                "verbose_name_plural": "support accesses",
                "ordering": ["-starts_at"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("ends_at__gt", models.F("starts_at"))), name="outsourcing_support_period"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("ended_at", None)),
                        fields=("vendor",),
                        name="outsourcing_one_support_access_at_a_time",
                    ),
                ],
            },
        ),
    ]

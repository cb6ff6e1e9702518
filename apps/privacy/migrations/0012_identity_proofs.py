"""Codes and links that show who asked about their data. Before deploy."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import apps.core.fields.sequenced


class Migration(migrations.Migration):
    dependencies = [
        ("privacy", "0011_corrections"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="IdentityProof",
            fields=[
                ("id", apps.core.fields.sequenced.SequencedAutoField(primary_key=True, serialize=False)),
                ("handle_kind", models.CharField(max_length=40, verbose_name="sent to")),
                ("code_hash", models.BinaryField(max_length=32)),
                ("link_hash", models.BinaryField(max_length=32, unique=True)),
                ("wrong_codes", models.PositiveSmallIntegerField(default=0)),
                ("sent_at", models.DateTimeField(verbose_name="sent")),
                ("expires_at", models.DateTimeField(verbose_name="valid until")),
                ("used_at", models.DateTimeField(null=True, verbose_name="used")),
                (
                    "request",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="proofs",
                        to="privacy.datasubjectrequest",
                    ),
                ),
                (
                    "sent_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "proof of identity",
                "verbose_name_plural": "proofs of identity",
                "ordering": ["-id"],
            },
        ),
    ]

"""Authenticator apps, recovery codes, and which roles need a second factor. Before deploy."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import apps.core.fields.encrypted
import apps.core.fields.sequenced


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0003_counter_and_webhook_permissions"),
    ]

    operations = [
        migrations.AddField(
            model_name="role",
            name="second_factor",
            field=models.CharField(
                choices=[
                    ("by_role", "Needed for vendors' people and who manages accounts"),
                    ("needed", "Needed"),
                    ("optional", "As everybody likes"),
                ],
                default="by_role",
                help_text="Whether its people prove themselves twice when they sign in. Counts from their next sign-in.",
                max_length=10,
                verbose_name="second factor",
            ),
        ),
        migrations.CreateModel(
            name="TotpFactor",
            fields=[
                ("id", apps.core.fields.sequenced.SequencedAutoField(primary_key=True, serialize=False)),
                ("secret", apps.core.fields.encrypted.EncryptedTextField(verbose_name="secret")),
                ("created", models.DateTimeField(auto_now_add=True, verbose_name="created")),
                ("confirmed", models.DateTimeField(editable=False, null=True, verbose_name="confirmed")),
                (
                    "last_step",
                    models.BigIntegerField(
                        default=0,
                        editable=False,
                        help_text="The half minute of the last code that was taken: no code is taken twice.",
                    ),
                ),
                (
                    "user",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="totp_factor",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="user",
                    ),
                ),
            ],
            options={
                "verbose_name": "authenticator app",
                "verbose_name_plural": "authenticator apps",
            },
        ),
        migrations.CreateModel(
            name="RecoveryCode",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("digest", models.BinaryField(max_length=32, verbose_name="digest")),
                ("used", models.DateTimeField(editable=False, null=True, verbose_name="used")),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="recovery_codes",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="user",
                    ),
                ),
            ],
            options={
                "verbose_name": "recovery code",
                "verbose_name_plural": "recovery codes",
                "constraints": [models.UniqueConstraint(fields=("user", "digest"), name="recovery_code_once")],
            },
        ),
    ]

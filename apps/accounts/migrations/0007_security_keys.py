"""Security keys and passkeys, and roles that ask for one. Before deploy."""

import django.core.validators
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0006_vendor_manager"),
    ]

    operations = [
        migrations.AlterField(
            model_name="role",
            name="second_factor",
            field=models.CharField(
                choices=[
                    ("by_role", "Needed for vendors' people and who manages accounts"),
                    ("needed", "Needed"),
                    ("key", "Needed, with a security key or passkey"),
                    ("optional", "As everybody likes"),
                ],
                default="by_role",
                help_text="Whether its people prove themselves twice when they sign in. Counts from their next sign-in.",
                max_length=10,
                verbose_name="second factor",
            ),
        ),
        migrations.CreateModel(
            name="SecurityKey",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "name",
                    models.CharField(
                        max_length=80,
                        validators=[django.core.validators.RegexValidator("\\S", "Give it a name.")],
                        verbose_name="name",
                    ),
                ),
                ("rp_id", models.CharField(editable=False, max_length=253, verbose_name="for the host")),
                ("credential_id", models.BinaryField(max_length=1023, unique=True)),
                (
                    "credential",
                    models.BinaryField(
                        help_text="Its public key, with what the key said of its make, as WebAuthn packs them."
                    ),
                ),
                (
                    "sign_count",
                    models.BigIntegerField(
                        default=0,
                        editable=False,
                        help_text="How often it signed, by its own count. Many passkeys do not count.",
                    ),
                ),
                ("created", models.DateTimeField(auto_now_add=True, verbose_name="created")),
                ("last_used", models.DateTimeField(editable=False, null=True, verbose_name="last used")),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="security_keys",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="user",
                    ),
                ),
            ],
            options={
                "verbose_name": "security key",
                "verbose_name_plural": "security keys",
                "ordering": ["created"],
            },
        ),
    ]

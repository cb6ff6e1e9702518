"""Sessions of staff with their places and devices, time-outs of roles, networks of vendors. Before deploy: everybody signs in anew."""

import django.contrib.postgres.fields
import django.core.validators
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import apps.core.clock


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0004_second_factor"),
    ]

    operations = [
        migrations.AddField(
            model_name="role",
            name="idle_minutes",
            field=models.PositiveSmallIntegerField(
                blank=True,
                help_text="Empty: as the installation has it.",
                null=True,
                validators=[
                    django.core.validators.MinValueValidator(5),
                    django.core.validators.MaxValueValidator(1440),
                ],
                verbose_name="signed out when idle for (minutes)",
            ),
        ),
        migrations.AddField(
            model_name="role",
            name="session_hours",
            field=models.PositiveSmallIntegerField(
                blank=True,
                help_text="However busy they are. Empty: as the installation has it.",
                null=True,
                validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(24)],
                verbose_name="signs in anew after (hours)",
            ),
        ),
        migrations.AddField(
            model_name="vendor",
            name="networks",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=49),
                blank=True,
                default=list,
                help_text="Addresses or networks, with commas: 203.0.113.0/24, 2001:db8::/32. Its people and their API tokens are strangers from anywhere else. Empty: from anywhere.",
                size=None,
                verbose_name="comes from these networks only",
            ),
        ),
        migrations.CreateModel(
            name="StaffSession",
            fields=[
                (
                    "session_key",
                    models.CharField(max_length=40, primary_key=True, serialize=False, verbose_name="session key"),
                ),
                ("session_data", models.TextField(verbose_name="session data")),
                ("expire_date", models.DateTimeField(db_index=True, verbose_name="expire date")),
                ("began", models.DateTimeField(default=apps.core.clock.now, verbose_name="began")),
                ("last_active", models.DateTimeField(default=apps.core.clock.now, verbose_name="last active")),
                ("ip", models.GenericIPAddressField(null=True, verbose_name="from address")),
                (
                    "device",
                    models.CharField(
                        help_text="What the browser says of itself.", max_length=300, verbose_name="device"
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="sessions",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="user",
                    ),
                ),
            ],
            options={
                "verbose_name": "session",
                "verbose_name_plural": "sessions",
                "ordering": ["-last_active"],
            },
        ),
    ]

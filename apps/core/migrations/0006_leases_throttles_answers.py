"""Leases with fencing tokens, throttle marks, and answers to requests with an idempotency key. Before deploy."""

from django.db import migrations, models

import apps.core.fields.encrypted
import apps.core.fields.sequenced


class Migration(migrations.Migration):
    dependencies = [("core", "0005_files")]

    operations = [
        migrations.CreateModel(
            name="Lease",
            fields=[
                ("name", models.CharField(max_length=150, primary_key=True, serialize=False)),
                ("holder", models.CharField(blank=True, max_length=150)),
                ("token", models.BigIntegerField(default=0)),
                ("expires", models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="ThrottleMark",
            fields=[
                ("key", models.BinaryField(max_length=16, primary_key=True, serialize=False)),
                ("in_step_at", models.DateTimeField()),
            ],
            options={
                "indexes": [models.Index(fields=["in_step_at"], name="core_throttle_in_step_at")],
            },
        ),
        migrations.CreateModel(
            name="IdempotentAnswer",
            fields=[
                ("id", apps.core.fields.sequenced.SequencedAutoField(primary_key=True, serialize=False)),
                ("key", models.BinaryField(max_length=32, unique=True)),
                ("fingerprint", models.BinaryField(max_length=32)),
                ("status", models.PositiveSmallIntegerField(default=0)),
                ("answer", apps.core.fields.encrypted.EncryptedJSONField()),
                ("created", models.DateTimeField()),
                ("expires", models.DateTimeField()),
            ],
            options={
                "indexes": [models.Index(fields=["expires"], name="core_idempotent_expires")],
            },
        ),
    ]

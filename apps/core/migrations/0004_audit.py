"""The audit trail, partitioned by month, with its seals and anchors. Before deploy."""

import django.contrib.postgres.fields
from django.db import migrations, models

import apps.core.fields.encrypted
import apps.core.fields.sequenced
from apps.core.partitions import CreatePartitionedModel

ACTOR_KINDS = [("person", "Person"), ("token", "API token"), ("system", "System")]
FACES = [
    ("desk", "Workbench"),
    ("api", "API"),
    ("admin", "Administration"),
    ("portal", "Customer portal"),
    ("channel", "Channel"),
    ("system", "System"),
]


class Migration(migrations.Migration):
    dependencies = [("core", "0003_events")]

    operations = [
        CreatePartitionedModel(
            name="AuditEntry",
            fields=[
                ("id", apps.core.fields.sequenced.SequencedAutoField(primary_key=True, serialize=False)),
                ("created", models.DateTimeField()),
                ("actor_kind", models.CharField(choices=ACTOR_KINDS, max_length=10)),
                ("actor_user_id", models.BigIntegerField(null=True)),
                ("token_id", models.BigIntegerField(null=True)),
                ("face", models.CharField(choices=FACES, max_length=10)),
                ("ip", models.GenericIPAddressField(null=True)),
                ("action", models.CharField(max_length=80)),
                ("subject_type", models.CharField(blank=True, max_length=80)),
                ("subject_id", models.BigIntegerField(null=True)),
                ("result", models.CharField(default="ok", max_length=20)),
                ("reason", apps.core.fields.encrypted.EncryptedTextField(blank=True, default="")),
                ("details", apps.core.fields.encrypted.EncryptedJSONField(default=dict)),
            ],
            options={
                "indexes": [
                    models.Index(fields=["created"], name="core_audit_created"),
                    models.Index(fields=["subject_type", "subject_id", "created"], name="core_audit_subject"),
                    models.Index(fields=["actor_user_id", "created"], name="core_audit_actor"),
                    models.Index(fields=["action", "created"], name="core_audit_action"),
                ],
            },
        ),
        migrations.CreateModel(
            name="AuditSeal",
            fields=[
                ("number", models.BigIntegerField(primary_key=True, serialize=False)),
                ("created", models.DateTimeField()),
                (
                    "entry_ids",
                    django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), size=None),
                ),
                ("entry_hashes", models.BinaryField()),
                ("first_entry", models.DateTimeField()),
                ("last_entry", models.DateTimeField()),
                ("digest", models.BinaryField(max_length=32)),
            ],
            options={
                "indexes": [models.Index(fields=["last_entry"], name="core_auditseal_last_entry")],
            },
        ),
        migrations.CreateModel(
            name="AuditAnchor",
            fields=[
                ("day", models.DateField(primary_key=True, serialize=False)),
                ("created", models.DateTimeField()),
                ("seal_number", models.BigIntegerField()),
                ("digest", models.BinaryField(max_length=32)),
                ("signature", models.BinaryField(max_length=64)),
            ],
            options={"abstract": False},
        ),
    ]

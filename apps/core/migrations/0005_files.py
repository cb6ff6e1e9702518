"""Files kept encrypted on disk. Before deploy."""

from django.db import migrations, models

import apps.core.fields.encrypted
import apps.core.fields.sequenced


class Migration(migrations.Migration):
    dependencies = [("core", "0004_audit")]

    operations = [
        migrations.CreateModel(
            name="StoredFile",
            fields=[
                ("id", apps.core.fields.sequenced.SequencedAutoField(primary_key=True, serialize=False)),
                ("name", apps.core.fields.encrypted.EncryptedTextField(verbose_name="file name")),
                ("size", models.BigIntegerField(verbose_name="size")),
                ("sha256", models.BinaryField(max_length=32)),
                ("content_type", models.CharField(max_length=120, verbose_name="content type")),
                ("storage_key", models.CharField(editable=False, max_length=64, unique=True)),
                ("file_key", apps.core.fields.encrypted.EncryptedBinaryField(editable=False)),
                ("created", models.DateTimeField(verbose_name="created")),
                ("created_by", models.BigIntegerField(null=True)),
            ],
            options={"verbose_name": "file", "verbose_name_plural": "files"},
        ),
    ]

"""Access tokens that platforms give for a while. Before deploy."""

from django.db import migrations, models

import apps.core.fields.encrypted
import apps.core.fields.sequenced


class Migration(migrations.Migration):
    dependencies = [
        ("contact_channels", "0002_order_indexes"),
    ]

    operations = [
        migrations.CreateModel(
            name="PlatformToken",
            fields=[
                ("id", apps.core.fields.sequenced.SequencedAutoField(primary_key=True, serialize=False)),
                ("key", models.BinaryField(max_length=32, unique=True)),
                ("value", apps.core.fields.encrypted.EncryptedTextField(verbose_name="value")),
                ("refresh_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
            ],
            options={
                "verbose_name": "platform token",
                "verbose_name_plural": "platform tokens",
                "ordering": ["id"],
            },
        ),
    ]

"""Which messages everybody reads, and what public comments stand under. Before deploy; blocks nobody."""

from django.db import migrations, models

import apps.core.fields.encrypted


class Migration(migrations.Migration):
    dependencies = [
        ("tickets", "0010_offer_indexes"),
    ]

    operations = [
        migrations.AddField(
            model_name="interaction",
            name="post",
            field=apps.core.fields.encrypted.EncryptedJSONField(null=True, verbose_name="post"),
        ),
        migrations.AddField(
            model_name="message",
            name="is_public",
            field=models.BooleanField(default=False, verbose_name="public"),
        ),
    ]

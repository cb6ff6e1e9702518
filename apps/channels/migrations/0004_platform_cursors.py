"""How far messages were fetched from platforms that only say that there are some. Before deploy."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("contact_channels", "0003_platform_tokens"),
    ]

    operations = [
        migrations.CreateModel(
            name="PlatformCursor",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("account", models.CharField(max_length=128)),
                ("position", models.CharField(blank=True, max_length=200)),
                ("hint", models.CharField(blank=True, max_length=200)),
                ("hinted_at", models.DateTimeField(null=True)),
                ("fetched_at", models.DateTimeField(null=True)),
                (
                    "channel",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="platform_cursors",
                        to="contact_channels.channel",
                    ),
                ),
            ],
            options={
                "verbose_name": "platform cursor",
                "verbose_name_plural": "platform cursors",
                "constraints": [models.UniqueConstraint(fields=("channel", "account"), name="one_cursor_per_account")],
            },
        ),
    ]

"""How many messages a channel sends in a minute. Before deploy; blocks nobody."""

import django.core.validators
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("contact_channels", "0005_client_conversations"),
    ]

    operations = [
        migrations.AddField(
            model_name="channel",
            name="sends_per_minute",
            field=models.PositiveIntegerField(
                blank=True,
                help_text="What is more waits for its turn. Empty: as fast as the platform takes them.",
                null=True,
                validators=[django.core.validators.MinValueValidator(1)],
                verbose_name="messages sent a minute",
            ),
        ),
    ]

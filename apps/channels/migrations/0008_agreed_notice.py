"""Which privacy notice the user of an app agreed to. Before deploy; blocks nobody."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("contact_channels", "0007_transfers_abroad"),
    ]

    operations = [
        migrations.AddField(
            model_name="clientconversation",
            name="agreed_notice",
            field=models.PositiveIntegerField(editable=False, null=True),
        ),
    ]

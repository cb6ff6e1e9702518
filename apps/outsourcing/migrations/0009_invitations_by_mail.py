"""By which mailbox a vendor's people get their links. Before deploy: empty, and links are shown as they were."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("contact_channels", "0007_transfers_abroad"),
        ("outsourcing", "0008_outlooks_of_terms"),
    ]

    operations = [
        migrations.AddField(
            model_name="contract",
            name="sender",
            field=models.ForeignKey(
                blank=True,
                help_text="The mailbox whose server sends the vendor's people their links. Empty: the vendor's manager is shown each link once, and hands it over.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="contact_channels.channel",
                verbose_name="invitations go out by",
            ),
        ),
    ]

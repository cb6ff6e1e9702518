"""Order is asked for by one column, so that the planner has no worse index to choose. Before deploy."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("contact_channels", "0001_channels"),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name="delivery",
            name="delivery_order",
        ),
        migrations.RemoveIndex(
            model_name="inboundevent",
            name="inbound_order",
        ),
        migrations.AlterField(
            model_name="delivery",
            name="channel",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="deliveries",
                to="contact_channels.channel",
                verbose_name="channel",
            ),
        ),
        migrations.AlterField(
            model_name="inboundevent",
            name="channel",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="inbound_events",
                to="contact_channels.channel",
                verbose_name="channel",
            ),
        ),
        migrations.AddIndex(
            model_name="delivery",
            index=models.Index(
                condition=models.Q(("settled_at__isnull", True)), fields=["order_key", "id"], name="delivery_order"
            ),
        ),
        migrations.AddIndex(
            model_name="inboundevent",
            index=models.Index(
                condition=models.Q(("state", "received")), fields=["order_key", "id"], name="inbound_order"
            ),
        ),
    ]

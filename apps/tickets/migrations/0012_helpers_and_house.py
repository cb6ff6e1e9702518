"""Who helps on a ticket, and which tickets are kept in-house. Before deploy; blocks nobody."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("tickets", "0011_public_comments"),
    ]

    operations = [
        migrations.AddField(
            model_name="ticket",
            name="is_kept_in_house",
            field=models.BooleanField(db_default=False, default=False, editable=False, verbose_name="kept in-house"),
        ),
        migrations.AddField(
            model_name="watcher",
            name="is_helper",
            field=models.BooleanField(db_default=False, default=False, verbose_name="helps"),
        ),
    ]

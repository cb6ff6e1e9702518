"""When a ticket was given to the house. Before deploy; blocks nobody. Of what lies there already it is not known: no
vendor's people see it any more.
"""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("tickets", "0013_who_transfers"),
    ]

    operations = [
        migrations.AddField(
            model_name="ticket",
            name="handed_over_at",
            field=models.DateTimeField(editable=False, null=True),
        ),
    ]

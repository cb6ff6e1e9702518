"""How many missed offers in a row mean that somebody is away. Before deploy; a column with a default in the database."""

import django.core.validators
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("routing", "0007_rules_on_promised_time"),
    ]

    operations = [
        migrations.AddField(
            model_name="routingqueue",
            name="misses_in_a_row",
            field=models.PositiveSmallIntegerField(
                db_default=2,
                default=2,
                help_text="Who lets so many offers in a row pass is set to away until they say that they are back. 0: nobody is.",
                validators=[django.core.validators.MaxValueValidator(20)],
                verbose_name="missed offers until away",
            ),
        ),
    ]

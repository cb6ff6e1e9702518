"""How many accounts a vendor may have switched on. Before deploy."""

import django.core.validators
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("outsourcing", "0001_contracts"),
    ]

    operations = [
        migrations.AddField(
            model_name="contract",
            name="most_people",
            field=models.PositiveSmallIntegerField(
                blank=True,
                help_text="How many accounts of the vendor may be switched on when its own managers add some. Empty: any number.",
                null=True,
                validators=[django.core.validators.MinValueValidator(1)],
                verbose_name="people at most",
            ),
        ),
    ]

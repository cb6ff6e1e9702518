"""Rules may ask how much of a promised time is used up. Before deploy; a column that may be empty."""

import django.core.validators
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("routing", "0006_learned_records"),
    ]

    operations = [
        migrations.AddField(
            model_name="routingrule",
            name="time_used_from",
            field=models.PositiveSmallIntegerField(
                blank=True,
                help_text="Judged anew with each warning of a service level. 100: a promise was broken and is still open.",
                null=True,
                validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(100)],
                verbose_name="promised time used up, at least (%)",
            ),
        ),
    ]

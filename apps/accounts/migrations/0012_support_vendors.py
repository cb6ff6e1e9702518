"""People who help the house, and whether they only read now. Before deploy."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0011_who_acts_as"),
    ]

    operations = [
        migrations.AddField(
            model_name="vendor",
            name="is_support",
            field=models.BooleanField(
                default=False,
                help_text="The program's maker or an IT provider: shut out but for what a manager opens for some hours.",
                verbose_name="helps the house",
            ),
        ),
        migrations.AddField(
            model_name="vendor",
            name="reads_only",
            field=models.BooleanField(default=False, editable=False),
        ),
    ]

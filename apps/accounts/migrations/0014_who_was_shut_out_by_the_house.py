"""Who switched an account off: the house, or the person's own company. Before deploy."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0013_support_role")]

    operations = [
        migrations.AddField(
            model_name="user",
            name="is_shut_out_by_house",
            field=models.BooleanField(
                default=False,
                editable=False,
                help_text="Switched off by the house, not by their own company: nobody of their company lets them in again.",
                verbose_name="shut out by the house",
            ),
        )
    ]

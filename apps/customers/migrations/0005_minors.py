"""Which customers are known to be minors. Before deploy."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("customers", "0004_erased_at")]

    operations = [
        migrations.AddField(
            model_name="customer",
            name="is_minor",
            field=models.BooleanField(db_default=False, default=False, verbose_name="minor"),
        ),
    ]

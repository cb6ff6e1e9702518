"""Whether a note was typed by somebody who sees the customer masked. Before deploy; columns with a default in the database."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("customers", "0006_guardians"),
    ]

    operations = [
        migrations.AddField(
            model_name="customernote",
            name="is_blind",
            field=models.BooleanField(db_default=False, default=False, editable=False),
        ),
    ]

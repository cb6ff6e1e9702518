"""Whether lines were typed by somebody who sees the customer masked. Before deploy; columns with a default in the database."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("tickets", "0019_reviews_that_hold"),
    ]

    operations = [
        migrations.AddField(
            model_name="decisionreview",
            name="is_blind",
            field=models.BooleanField(db_default=False, default=False, editable=False),
        ),
        migrations.AddField(
            model_name="ticket",
            name="preview_is_blind",
            field=models.BooleanField(db_default=False, default=False, editable=False),
        ),
        migrations.AddField(
            model_name="ticket",
            name="subject_is_blind",
            field=models.BooleanField(db_default=False, default=False, editable=False),
        ),
        migrations.AddField(
            model_name="wrapup",
            name="is_blind",
            field=models.BooleanField(db_default=False, default=False, editable=False),
        ),
    ]

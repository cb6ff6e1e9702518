"""From when until when a request restricts the use of data, and on which ticket it is answered. Before deploy."""

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("privacy", "0007_consents"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="datasubjectrequest",
            name="lifted_at",
            field=models.DateTimeField(null=True, verbose_name="restriction lifted"),
        ),
        migrations.AddField(
            model_name="datasubjectrequest",
            name="restricts_from",
            field=models.DateTimeField(null=True, verbose_name="restricted"),
        ),
        migrations.AddField(
            model_name="datasubjectrequest",
            name="ticket_id",
            field=models.BigIntegerField(null=True, verbose_name="ticket"),
        ),
        migrations.AddIndex(
            model_name="datasubjectrequest",
            index=models.Index(
                condition=models.Q(("lifted_at", None), ("restricts_from__isnull", False)),
                fields=["customer_id"],
                name="privacy_restricted",
            ),
        ),
    ]

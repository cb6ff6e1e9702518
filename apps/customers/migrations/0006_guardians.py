"""Who decides for a customer who is a minor. Before deploy."""

import django.db.models.deletion
from django.db import migrations, models

import apps.core.fields.encrypted
import apps.core.fields.sequenced


class Migration(migrations.Migration):
    dependencies = [("customers", "0005_minors")]

    operations = [
        migrations.CreateModel(
            name="Guardian",
            fields=[
                ("id", apps.core.fields.sequenced.SequencedAutoField(primary_key=True, serialize=False)),
                ("created", models.DateTimeField(auto_now_add=True, verbose_name="created")),
                ("updated", models.DateTimeField(auto_now=True, verbose_name="updated")),
                ("name", apps.core.fields.encrypted.EncryptedTextField(verbose_name="name")),
                (
                    "handle",
                    apps.core.fields.encrypted.EncryptedTextField(
                        blank=True, default="", verbose_name="phone or e-mail address"
                    ),
                ),
                ("consented_on", models.DateField(blank=True, null=True, verbose_name="day of consent")),
                (
                    "customer",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="guardian",
                        to="customers.customer",
                        verbose_name="customer",
                    ),
                ),
            ],
            options={
                "verbose_name": "guardian",
                "verbose_name_plural": "guardians",
                "ordering": ["id"],
            },
        ),
    ]

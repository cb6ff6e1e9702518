"""Search by a customer's exact name. Before deploy; blocks nobody."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("customers", "0001_customers"),
    ]

    operations = [
        AddIndexConcurrently("customer", models.Index(fields=["name_index", "-id"], name="customer_by_name")),
    ]

"""Offers whose time is over, and what somebody holds or held last. Concurrently. Before deploy."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("tickets", "0009_offers"),
    ]

    operations = [
        AddIndexConcurrently(
            model_name="assignment",
            index=models.Index(
                condition=models.Q(("state", "offered")), fields=["expires_at"], name="assignment_offer_expires"
            ),
        ),
        AddIndexConcurrently(
            model_name="assignment",
            index=models.Index(
                condition=models.Q(("state__in", ["offered", "accepted"])),
                fields=["user"],
                name="assignment_running_of_user",
            ),
        ),
        AddIndexConcurrently(
            model_name="assignment",
            index=models.Index(fields=["user", "-ended_at"], name="assignment_ended_of_user"),
        ),
    ]

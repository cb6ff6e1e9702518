"""Indexes for how soon a channel answers: its latest first answers, and who waits for one. Before deploy; blocks nobody."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models

ANSWERED = models.Q(("first_replied_at__isnull", False))
WAITING = models.Q(("first_replied_at__isnull", True), ("waiting_since__isnull", False))


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("tickets", "0007_channel_standards"),
    ]

    operations = [
        AddIndexConcurrently(
            "ticket", models.Index(condition=ANSWERED, fields=["channel", "-opened_at"], name="ticket_channel_answered")
        ),
        AddIndexConcurrently(
            "ticket",
            models.Index(condition=WAITING, fields=["channel", "waiting_since"], name="ticket_channel_waiting"),
        ),
    ]

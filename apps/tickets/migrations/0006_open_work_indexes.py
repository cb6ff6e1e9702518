"""The indexes of open work leave out what no list shows, so that counts read them alone. Before deploy; blocks nobody."""

from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models

OPEN_WORK = models.Q(
    ("is_spam", False), ("merged_into__isnull", True), ("status__in", ["new", "open", "pending", "on_hold"])
)
ORDER = ["-last_message_at", "-id"]


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("tickets", "0005_search_rows"),
    ]

    operations = [
        AddIndexConcurrently(
            "ticket", models.Index(condition=OPEN_WORK, fields=["queue", *ORDER], name="ticket_work_queue_list")
        ),
        AddIndexConcurrently(
            "ticket", models.Index(condition=OPEN_WORK, fields=["assignee", *ORDER], name="ticket_work_mine_list")
        ),
        AddIndexConcurrently("ticket", models.Index(condition=OPEN_WORK, fields=ORDER, name="ticket_work_list")),
        RemoveIndexConcurrently("ticket", "ticket_active_queue_list"),
        RemoveIndexConcurrently("ticket", "ticket_active_mine_list"),
        RemoveIndexConcurrently("ticket", "ticket_active_list"),
    ]

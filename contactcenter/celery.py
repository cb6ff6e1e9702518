"""Celery carries wake-ups only: "look again at this sweep". The work itself stands in PostgreSQL rows.

So any message here may be lost, doubled or late without harm, and results are never kept.
"""

import os
from typing import Any

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "contactcenter.settings.dev")

app = Celery("contactcenter")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@app.on_after_finalize.connect
def schedule_sweeps(sender: Celery, **kwargs: Any) -> None:
    """The static table of beat: every registered sweep is woken at its interval.

    A wake-up expires when the next one is due, so that a queue without a worker does not grow.
    """
    from apps.core.sweeps import registered_sweeps

    sender.conf.beat_schedule = {
        sweep.name: {
            "task": "core.look",
            "args": (sweep.name,),
            "schedule": sweep.every,
            "options": {"queue": sweep.queue, "expires": max(sweep.every, 1.0)},
        }
        for sweep in registered_sweeps()
    }

from __future__ import annotations

from celery import shared_task

from apps.core.sweeps import run_sweep
from apps.core.wake import forget_hint


@shared_task(name="core.look", ignore_result=True)
def look(name: str) -> None:
    """The only Celery task: look for due work. What the work is stands in the database."""
    forget_hint(name)
    run_sweep(name)

"""One worker process: answers the wake-ups of its queues, and looks by itself when wake-ups stay away.

It runs threads, not forked children: the work waits for the database and other servers, and one process costs less
memory. A second worker of the same queue may run anywhere; every sweep claims its rows.
"""

import argparse
import os
import threading
import time
import warnings
from collections.abc import Iterable
from typing import Any

import structlog
from celery.exceptions import SecurityWarning
from celery.signals import task_prerun

from contactcenter.processes.parent import follow_parent

logger = structlog.get_logger(__name__)

# How long a sweep may go unasked before the worker runs it unasked: Valkey is away, or forgot us after a restart.
LONGEST_SILENCE = 10.0


class Lookout:
    """Remembers when each sweep of a queue last ran here, and runs the ones that nobody woke."""

    def __init__(self, sweeps: Iterable[Any], *, keeps_time: bool) -> None:
        now = time.monotonic()
        self._after = {
            sweep.name: sweep.every if keeps_time else max(LONGEST_SILENCE, 3 * sweep.every) for sweep in sweeps
        }
        self._last = dict.fromkeys(self._after, now)
        self._pause = 0.2 if keeps_time else 1.0

    def saw(self, name: str) -> None:
        if name in self._last:
            self._last[name] = time.monotonic()

    def overdue(self) -> list[str]:
        now = time.monotonic()
        return [name for name, last in self._last.items() if now - last > self._after[name]]

    def run_forever(self) -> None:
        from django.db import close_old_connections

        from apps.core.tasks import look

        while True:
            time.sleep(self._pause)
            for name in self.overdue():
                self.saw(name)
                try:
                    look(name)
                except Exception:
                    # One broken sweep must not end the watch over the others; the log has its story.
                    logger.exception("worker.sweep_failed", sweep=name)
                finally:
                    close_old_connections()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("queues", nargs="+")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--keeps-time", action="store_true", help="run sweeps at their intervals, without a beat")
    arguments = parser.parse_args()
    follow_parent()
    # Celery warns root about pickled messages; ours are JSON, and only names of sweeps.
    warnings.filterwarnings("ignore", category=SecurityWarning)

    import django

    django.setup()
    from apps.core.sweeps import registered_sweeps
    from contactcenter.celery import app

    sweeps = [sweep for sweep in registered_sweeps() if sweep.queue in arguments.queues]
    lookout = Lookout(sweeps, keeps_time=arguments.keeps_time)

    def note(**kwargs: Any) -> None:
        if kwargs.get("args"):
            lookout.saw(str(kwargs["args"][0]))

    task_prerun.connect(note, weak=False)
    threading.Thread(target=lookout.run_forever, name="lookout", daemon=True).start()
    app.worker_main(
        [
            "--quiet",
            "worker",
            f"--queues={','.join(arguments.queues)}",
            f"--hostname={arguments.queues[0]}-{os.getpid()}@%h",
            "--pool=threads",
            f"--concurrency={arguments.threads}",
            "--without-gossip",
            "--without-mingle",
            "--without-heartbeat",
            "--loglevel=WARNING",
        ]
    )


if __name__ == "__main__":
    main()

"""Warnings and breaches in time: a million timers run, five hundred become due each second, sweepers tell them.

Lag is from the moment when a timer became due until the transaction that told it was committed. Tickets and timers are
written by statements: what is measured is how those that are due are found and told. Every answer of a sweep is one that
`sla.due` gives in an installation: its events, its lines of history, the columns of the tickets.
"""

from __future__ import annotations

import argparse
import multiprocessing
import time
from datetime import datetime, timedelta
from typing import Any

from benchmarks import ground

LEAD = 20
"""Seconds until the first one is due: time to start the sweepers."""
EVERY = 0.5
"""As the sweep is woken."""
CHUNK = 100_000

TICKETS = """
INSERT INTO tickets_ticket ({columns})
SELECT {values} FROM generate_series(1, %(count)s), tickets_ticket AS template WHERE template.id = %(template)s
"""
TIMERS = """
INSERT INTO sla_timer (
    ticket_id, target, policy_id, calendar_id, minutes, measure, warn_at, boundaries, state, warned, due_at, next_at, ended_for
)
SELECT id, 'resolution', %(policy)s, %(calendar)s, 60, 'wall', '{}', ARRAY[due - interval '1 hour'], 'running', 0, due, due, ''
  FROM (SELECT id, row_number() OVER (ORDER BY id) AS place FROM tickets_ticket WHERE queue_id = %(queue)s) AS numbered,
       LATERAL (
      SELECT %(first)s + CASE WHEN place <= %(soon)s THEN place * interval '1 second' / %(rate)s
                              ELSE interval '1 day' + place * interval '1 millisecond' END AS due
  ) AS moment
"""
MOVE = """
UPDATE sla_timer SET due_at = due_at - %(by)s, next_at = next_at - %(by)s, boundaries = ARRAY[boundaries[1] - %(by)s]
 WHERE next_at <= %(last)s AND policy_id = %(policy)s
"""


def fill(timers: int, rate: int, seconds: int) -> datetime:
    """Those that become due during the run, and those that only run. Returns when the first one is due."""
    from django.db import connection
    from django.utils import timezone

    numbers = {**_world(), "rate": rate, "soon": rate * seconds, "first": timezone.now() + timedelta(days=1)}
    with connection.cursor() as cursor:
        for done in range(0, timers, CHUNK):
            cursor.execute(_tickets_statement(), {**numbers, "count": min(CHUNK, timers - done)})
            print(f"\r{done} of {timers} tickets", end="", flush=True)
        cursor.execute(TIMERS, numbers)
    ground.run("benchmarks.analyze", DATABASE_ROLE="owner")
    start = timezone.now() + timedelta(seconds=LEAD)
    last = numbers["first"] + timedelta(seconds=seconds)
    with connection.cursor() as cursor:
        cursor.execute(MOVE, {"by": numbers["first"] - start, "last": last, "policy": numbers["policy"]})
    return start


def _world() -> dict[str, Any]:
    from apps.sla.models import Policy
    from apps.sla.selectors import default_calendar
    from apps.tickets.models import Queue, Ticket

    queue = Queue.objects.create(key="bench-sla", name={"en": "Bench"})
    policy = Policy.objects.create(key="bench-sla", name={"en": "Bench"}, is_active=False)
    ticket = Ticket(brand=ground.brand(), queue=queue, subject="", status="open", sla_state="running")
    ticket.save()
    return {"template": ticket.pk, "queue": queue.pk, "policy": policy.pk, "calendar": default_calendar().pk}


def _tickets_statement() -> str:
    """The template over and over, with an id and a number of its own each time."""
    from apps.tickets.models import Ticket
    from apps.tickets.models.ticket import NUMBER_SEQUENCE

    fresh = {
        "id": "nextval(pg_get_serial_sequence('tickets_ticket', 'id'))",
        "number": f"nextval('{NUMBER_SEQUENCE}')",
    }
    names = [str(field.column) for field in Ticket._meta.local_concrete_fields]
    values = [fresh.get(name, f"template.{name}") for name in names]
    return TICKETS.format(columns=", ".join(names), values=", ".join(values))


Batch = tuple[float, float]
"""When it began, and when it was committed."""


def sweep(until: float) -> tuple[list[Batch], float]:
    """Also the seconds of the processor that it took."""
    from apps.sla.services.watching import tell_due

    batches: list[Batch] = []
    used = time.process_time()
    while time.time() < until:
        began = time.time()
        if tell_due():
            batches.append((began, time.time()))
        else:
            time.sleep(EVERY)
    return batches, time.process_time() - used


def lags(batches: list[Batch]) -> tuple[list[float], int]:
    """A line says when its batch began; it was there when that batch was committed. Also how many still wait."""
    from django.utils import timezone

    from apps.sla.models import Timer, TimerChange

    rows = TimerChange.objects.filter(step="breached", timer__policy__key="bench-sla").values_list("at", "due_at")
    moments = [(at.timestamp(), due_at.timestamp()) for at, due_at in rows if due_at is not None]
    ends = {at: max(end for began, end in batches if began <= at <= end) for at in {at for at, _due in moments}}
    found = sorted(ends[at] - due for at, due in moments)
    return found, Timer.objects.filter(next_at__lte=timezone.now(), policy__key="bench-sla").count()


def plan_of_the_claim() -> None:
    from django.db import transaction

    from apps.core.clock import now
    from apps.sla.services.watching import due_now, uncounted_since

    with transaction.atomic():
        moment = now()
        plan = due_now(moment, uncounted_since(moment)).explain(analyze=True, buffers=True, costs=False, timing=False)
    print(f"\n{plan}")


def measure(timers: int, rate: int, seconds: int, sweepers: int) -> None:
    ground.set_up_django()
    context = multiprocessing.get_context("spawn")
    with context.Pool(sweepers, initializer=ground.set_up_django) as pool:
        start = fill(timers, rate, seconds)
        told = pool.map_async(sweep, [start.timestamp() + seconds + 10] * sweepers, chunksize=1)
        time.sleep(max(0.0, start.timestamp() + seconds / 2 - time.time()))
        plan_of_the_claim()
        parts = told.get()
    batches = [batch for each, _used in parts for batch in each]
    found, waiting = lags(batches)
    shares = [f"{ground.part(found, share):.2f}" if found else "-" for share in (0.5, 0.95, 1.0)]
    used = sum(used for _batches, used in parts) * 1000 / max(1, len(found))
    head = [
        "timers",
        "due/s",
        "sweepers",
        "told",
        "still waiting",
        "lag p50 s",
        "p95 s",
        "worst s",
        "processor ms each",
    ]
    row = [timers, rate, sweepers, len(found), waiting, *shares, f"{used:.2f}"]
    ground.table("Warnings and breaches in time", head, [row])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--timers", type=int, default=1_000_000)
    parser.add_argument("--rate", type=int, default=500, help="due each second")
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--sweepers", type=int, default=2)
    options = parser.parse_args()
    with ground.servers(), ground.own_database("bench_sla"):
        measure(options.timers, options.rate, options.seconds, options.sweepers)


if __name__ == "__main__":
    main()

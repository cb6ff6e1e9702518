"""What the audit trail finds when it is forged, and what it costs those who work.

`python -m benchmarks.audit` forges a small trail in 10,000 random ways (`--forgeries`), each undone before the next, and
counts what verification did not find; then it measures what an entry costs a request, and verification a long trail.
"""

from __future__ import annotations

import argparse
import random
import time
from collections import Counter
from collections.abc import Callable
from typing import TYPE_CHECKING

from benchmarks import ground

if TYPE_CHECKING:
    from apps.core.actor import Actor

ENTRIES = 2000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--forgeries", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=20261122)
    options = parser.parse_args()
    with ground.servers(), ground.own_database("bench_audit"):
        ground.set_up_django()
        show_forgeries(options.forgeries, options.seed)
        show_costs()


def show_forgeries(count: int, seed: int) -> None:
    import time_machine

    from apps.core import audit
    from apps.core.models import AuditAnchor
    from tests.support import tampering

    empty_trail()
    later = tampering.write_trail()
    rng = random.Random(seed)
    tried: Counter[str] = Counter()
    missed: Counter[str] = Counter()
    started = time.monotonic()
    with time_machine.travel(later, tick=False), tampering.as_owner():
        kept = [audit.anchor_of(row) for row in AuditAnchor.objects.all()]
        for _ in range(count):
            forge = rng.choice(tampering.WAYS)
            tried[forge.__name__] += 1
            if not tampering.findings_after(forge, rng, kept):
                missed[forge.__name__] += 1
    rows = [[name, tried[name], missed[name]] for name in sorted(tried)]
    rows.append(["all", tried.total(), missed.total()])
    ground.table("Forged and not found", ["way", "tried", "not found"], rows)
    print(f"in {time.monotonic() - started:.0f} s\n")


def show_costs() -> None:
    from django.db import transaction

    from apps.accounts.models import Role, User
    from apps.core import audit
    from apps.core.actor import person

    empty_trail()
    user = User.objects.create(username="bench-audit", display_name="Agent", role=Role.objects.first(), password="!")
    actor = person(user)
    rows = []
    for name, write in (
        (
            "entry in the request's own transaction",
            lambda: audit.record("test.read", by=actor, subject=user, reason="x"),
        ),
        ("view of a record, the first in ten minutes", first_view(actor)),
        ("view of a record, seen before", lambda: audit.record_view("test.view", by=actor, subject=user)),
    ):
        with transaction.atomic():
            started = time.perf_counter()
            for _ in range(ENTRIES):
                write()
            rows.append([name, _micro(started, ENTRIES)])
    started = time.perf_counter()
    while audit.seal_audit():
        pass
    rows.append(["sealing, an entry", _micro(started, 2 * ENTRIES)])
    started = time.perf_counter()
    walked = audit.verify_trail()
    rows.append([f"verification, an entry of {walked.entries}", _micro(started, walked.entries)])
    ground.table("Costs", ["what", "microseconds"], rows)


def _micro(started: float, count: int) -> str:
    return f"{1_000_000 * (time.perf_counter() - started) / max(count, 1):.0f}"


def first_view(actor: Actor) -> Callable[[], object]:
    """Each of another record."""
    from apps.core import audit
    from apps.core.models import DataKey

    numbers = iter(range(10**6, 10**7))
    return lambda: audit.record_view("test.view", by=actor, subject=DataKey(pk=next(numbers)))


def empty_trail() -> None:
    from django.db import connection

    from tests.support import tampering

    with tampering.as_owner(), connection.cursor() as cursor:
        cursor.execute("TRUNCATE core_auditentry, core_auditseal, core_auditanchor")


if __name__ == "__main__":
    main()

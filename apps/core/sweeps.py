"""Background work: named sweeps over indexed tables.

A sweep looks for due rows, does a bounded batch and says how many it did. Celery beat wakes each at its interval,
``wake`` sooner;
losing every such message delays work by one interval and loses nothing. Any number of workers may run the same sweep.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from django.core.exceptions import ImproperlyConfigured

MAX_SECONDS = 25.0
"""How long one wake-up may keep a worker. What is left is taken up at the next one."""

Run = Callable[[], int]


@dataclass(frozen=True)
class Sweep:
    name: str
    queue: str
    every: float
    run: Run


_sweeps: dict[str, Sweep] = {}


def sweep(name: str, *, queue: str, every: float) -> Callable[[Run], Run]:
    """Register a function that does a batch of due work and returns how much it did; it is called again while that is
    above 0.
    """

    def register(run: Run) -> Run:
        known = _sweeps.get(name)
        if known is not None and known.run is not run:
            raise ImproperlyConfigured(f"Two sweeps are named {name!r}.")
        _sweeps[name] = Sweep(name=name, queue=queue, every=every, run=run)
        return run

    return register


def all_sweeps() -> Mapping[str, Sweep]:
    return MappingProxyType(_sweeps)


def registered_sweeps() -> list[Sweep]:
    """What beat's static table is made of."""
    return list(_sweeps.values())


def get_sweep(name: str) -> Sweep:
    try:
        return _sweeps[name]
    except KeyError:
        raise ImproperlyConfigured(f"No sweep is named {name!r}.") from None


def run_sweep(name: str, *, max_seconds: float = MAX_SECONDS) -> int:
    """Run a sweep until it finds nothing more or its time is up; returns how many items it did."""
    run = get_sweep(name).run
    until = time.monotonic() + max_seconds
    total = 0
    while done := run():
        total += done
        if time.monotonic() >= until:
            break
    return total


def run_sweeps(*names: str) -> int:
    """Run the named sweeps, or all, in this process until all of them are at rest. For tests and the command line."""
    total = 0
    while done := sum(run_sweep(name) for name in names or _sweeps):
        total += done
    return total

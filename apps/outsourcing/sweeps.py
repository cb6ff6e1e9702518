"""What time brings about with contracts. Each looks at rows and may run in any number of workers."""

from apps.core.sweeps import sweep
from apps.outsourcing.services import clearing, freeing, granting, outlooks, quality, statements, support


@sweep("outsourcing.follow_time", queue="events", every=2.0)
def follow_time() -> int:
    return granting.follow_time()


@sweep("outsourcing.follow_support", queue="events", every=2.0)
def follow_support() -> int:
    return support.follow_time()


@sweep("outsourcing.free_work", queue="events", every=30.0)
def free_work() -> int:
    return freeing.free_uncovered_work()


@sweep("outsourcing.mend", queue="bulk", every=60.0)
def mend() -> int:
    return granting.mend_grants()


@sweep("outsourcing.remind", queue="bulk", every=3600.0)
def remind() -> int:
    return clearing.remind_of_certificates()


@sweep("outsourcing.watch_quality", queue="bulk", every=3600.0)
def watch_quality() -> int:
    return quality.watch_quality()


@sweep("outsourcing.draft_statements", queue="bulk", every=3600.0)
def draft_statements() -> int:
    return statements.draft_last_month()


@sweep("outsourcing.watch_terms", queue="bulk", every=3600.0)
def watch_terms() -> int:
    return outlooks.watch_terms()

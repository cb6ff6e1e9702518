"""The sweeps behind outgoing webhooks."""

from apps.automation.services import gathering, pruning, sending
from apps.core.sweeps import sweep


@sweep("automation.gather", queue="events", every=1.0)
def gather_events() -> int:
    return gathering.gather_events()


@sweep("automation.send", queue="outbound", every=1.0)
def send_webhooks() -> int:
    return sending.send_due()


@sweep("automation.prune", queue="bulk", every=3600.0)
def prune_deliveries() -> int:
    return pruning.prune()

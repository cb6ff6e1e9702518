"""The sweeps behind channels: each looks for due rows in its own table, however it was woken."""

from apps.channels.connectors.protocol import away, clients, files
from apps.channels.services import fetching, inbox, outbox
from apps.core.sweeps import sweep


@sweep("channels.inbound", queue="inbound", every=2.0)
def process_inbound() -> int:
    return inbox.process_due()


@sweep("channels.outbound", queue="outbound", every=2.0)
def send_outbound() -> int:
    return outbox.send_due()


@sweep("channels.fetch", queue="bulk", every=30.0)
def fetch() -> int:
    return fetching.poll_due()


@sweep("channels.away", queue="outbound", every=2.0)
def tell_who_is_away() -> int:
    return away.tell_who_is_away()


@sweep("channels.client_leftovers", queue="bulk", every=3600.0)
def throw_away_leftovers_of_clients() -> int:
    return files.throw_away_unsent() + clients.forget_silent_guests()

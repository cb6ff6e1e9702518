"""Run inside the installation: prints as JSON what became of the flood. With `--waiting`, only how much is left."""

import json
import re
import sys
from collections import defaultdict

import django

django.setup()

from apps.channels.models import InboundEvent  # noqa: E402 (needs Django set up)
from apps.core.models import Event, ParkedEvent  # noqa: E402 (needs Django set up)
from apps.tickets.enums import MessageKind  # noqa: E402 (needs Django set up)
from apps.tickets.models import Message  # noqa: E402 (needs Django set up)

NAMED = re.compile(r"\bs(\d+)p(\d+)n(\d+)\b")


def main() -> None:
    state = {
        "waiting": InboundEvent.objects.filter(state="received").count(),
        "unnumbered": Event.objects.filter(position=None).count(),
    }
    if "--waiting" not in sys.argv:
        state |= {
            "stored": InboundEvent.objects.count(),
            "parked": InboundEvent.objects.filter(state="parked").count(),
            "parked_events": ParkedEvent.objects.count(),
            "senders": by_sender(),
        }
    json.dump(state, sys.stdout)


def by_sender() -> dict[str, list[list[int]]]:
    """The numbers that each sender's tickets hold, in the order of their timelines, a list for each ticket."""
    found: dict[str, dict[int, list[int]]] = defaultdict(lambda: defaultdict(list))
    messages = Message.objects.filter(kind=MessageKind.CUSTOMER).order_by("ticket_id", "sequence")
    for message in messages.iterator(chunk_size=2000):
        for platform, sender, number in NAMED.findall(message.text):
            found[f"{platform}/{sender}"][message.ticket_id].append(int(number))
    return {name: list(tickets.values()) for name, tickets in found.items()}


main()

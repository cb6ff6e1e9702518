"""Run inside the installation: prints, as JSON, what is stored, so that it can be held against the ledger."""

import json
import re
import sys
from collections import Counter, defaultdict
from typing import Any

import django

django.setup()

from django.db import connection, transaction  # noqa: E402
from django.db.models import Count  # noqa: E402

from apps.channels.demo_mail.client import read_mailbox  # noqa: E402
from apps.channels.models import Delivery, InboundEvent  # noqa: E402
from apps.core.models import Event, ParkedEvent  # noqa: E402
from apps.tickets.enums import MessageKind  # noqa: E402
from apps.tickets.models import Message, SearchRow, Ticket  # noqa: E402

TOKEN = re.compile(r"\b(?:tok|ans)[a-z_]*\d+n\d+x")


def main() -> None:
    json.dump({**stored(), **mailboxes()}, sys.stdout)


@transaction.atomic
def stored() -> dict[str, Any]:
    """Of one moment: while it is counted, the installation goes on writing."""
    connection.cursor().execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
    return {
        "waiting": InboundEvent.objects.filter(state="received").count(),
        "parked": InboundEvent.objects.filter(state="parked").count(),
        "parked_events": ParkedEvent.objects.count(),
        "unnumbered": Event.objects.filter(position=None).count(),
        "deliveries": dict(Delivery.objects.values_list("state").annotate(count=Count("id")).order_by()),
        "tickets": tickets(),
    }


def tickets() -> list[dict[str, Any]]:
    """Each ticket with the tokens of its messages in their order, and how often each effect of them is there."""
    messages = defaultdict(list)
    for message in Message.objects.order_by("ticket_id", "sequence"):
        messages[message.ticket_id].append(message)
    received = Counter(
        row.payload["message_id"] for row in Event.objects.filter(kind__in=["message.received", "message.sent"])
    )
    indexed = Counter(SearchRow.objects.filter(id__gt=0).values_list("id", flat=True))
    return [
        {
            "number": ticket.number,
            "customer": ticket.customer_id,
            "count": ticket.message_count,
            "sequences": [message.sequence for message in messages[ticket.pk]],
            "inputs": [
                {"token": token, "events": received[message.pk], "indexed": indexed[message.pk]}
                for message in messages[ticket.pk]
                if message.kind == MessageKind.CUSTOMER
                for token in TOKEN.findall(message.text)
            ],
            "replies": [
                token
                for message in messages[ticket.pk]
                if message.kind == MessageKind.AGENT
                for token in TOKEN.findall(message.text)
            ],
        }
        for ticket in Ticket.objects.order_by("id")
    ]


def mailboxes() -> dict[str, Any]:
    """How often each answer lies in a customer's mailbox."""
    arrived: Counter[str] = Counter()
    for number in range(20):
        for letter in read_mailbox(f"mailthread{number}@example.org", limit=2000):
            if not letter.is_own:
                arrived.update(set(re.findall(r"\bans\d+n\d+x", letter.text.split("\n>")[0])))
    return {"arrived": arrived}


main()

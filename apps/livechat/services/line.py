"""The line of waiting chats as visitors are told of it: read anew every few seconds, said when it changed."""

from __future__ import annotations

from django.db.models import Q

from apps.channels.connectors.protocol.messages import tell_to_look
from apps.livechat.models import ChatSession
from apps.livechat.selectors.line import told_minutes
from apps.routing.engine.outlook import Outlook
from apps.routing.selectors.outlook import outlooks_of


def look() -> int:
    """Says how many visitors were told something new. Any number of workers may do it at once."""
    ticket_of = dict(
        ChatSession.objects.waiting().filter(interaction__isnull=False).values_list("pk", "interaction__ticket_id")
    )
    found = outlooks_of(set(ticket_of.values())) if ticket_of else {}
    rows = ChatSession.objects.open().filter(Q(pk__in=ticket_of) | Q(place__isnull=False))
    return sum(
        _place(row, found.get(ticket_of.get(row.pk, 0))) for row in rows.select_related("conversation").order_by("pk")
    )


def _place(row: ChatSession, outlook: Outlook | None) -> bool:
    place = outlook.place if outlook is not None else None
    minutes = told_minutes(outlook.seconds) if outlook is not None and outlook.seconds is not None else None
    if (row.place, row.wait_minutes) == (place, minutes):
        return False
    changed = ChatSession.objects.open().filter(pk=row.pk).update(place=place, wait_minutes=minutes)
    if changed:
        tell_to_look(row.conversation)
    return bool(changed)

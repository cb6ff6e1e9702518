"""Which words of the managers' rules a ticket speaks of. Personal data is cut out before anything is compared, so that
no rule can be used to guess what its writer may not see.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from functools import lru_cache
from typing import Final

from apps.customers.models import Customer
from apps.customers.selectors import known_by_customer
from apps.privacy.detection import Span, find_spans, find_values, unpack, visible, without_overlaps
from apps.privacy.lens import Known
from apps.tickets.enums import MessageKind
from apps.tickets.models import Message, Ticket

FIRST: Final = 20
"""What somebody wants stands among the first entries of a ticket; of those after them nothing is decrypted."""
KEPT: Final = 20_000
_found: dict[tuple[int, int, frozenset[str]], frozenset[str]] = {}
"""What a ticket with so many messages spoke of: it is looked at again only when another came."""


def keywords_of(tickets: Collection[Ticket], wanted: Mapping[int, frozenset[str]]) -> dict[int, frozenset[str]]:
    """By ticket. `wanted` are the words by queue; a queue whose rules ask for none costs nothing."""
    keys = {ticket.pk: _key(ticket, words) for ticket in tickets if (words := wanted.get(ticket.queue_id))}
    unknown = [ticket for ticket in tickets if ticket.pk in keys and keys[ticket.pk] not in _found]
    if len(_found) + len(unknown) > KEPT:
        _found.clear()
        unknown = [ticket for ticket in tickets if ticket.pk in keys]
    texts = _texts_of(unknown) if unknown else {}
    for ticket in unknown:
        _found[keys[ticket.pk]] = words_in(texts[ticket.pk], wanted[ticket.queue_id])
    return {pk: _found[key] for pk, key in keys.items()}


def words_in(text: str, wanted: Iterable[str]) -> frozenset[str]:
    """Those that occur. A Latin word must stand by itself: whoever pays says nothing of payloads."""
    folded = visible(text).casefold()
    return frozenset(word for word in wanted if _pattern(word).search(folded))


@lru_cache(maxsize=2048)
def _pattern(word: str) -> re.Pattern[str]:
    folded = visible(word).casefold()
    before = r"(?<![a-z0-9])" if re.match(r"[a-z0-9]", folded) else ""
    after = r"(?![a-z0-9])" if re.search(r"[a-z0-9]$", folded) else ""
    return re.compile(before + re.escape(folded) + after)


def _key(ticket: Ticket, words: frozenset[str]) -> tuple[int, int, frozenset[str]]:
    return ticket.pk, min(ticket.message_count, FIRST), words


def _texts_of(tickets: Collection[Ticket]) -> dict[int, str]:
    customers = {ticket.pk: ticket.customer_id or 0 for ticket in tickets}
    known = known_by_customer(Customer.objects.filter(pk__in=set(customers.values())))
    parts: dict[int, list[str]] = defaultdict(list)

    def add(ticket_id: int, text: str, spans: list[Span] | None = None) -> None:
        parts[ticket_id].append(_without_personal_data(text, spans, known.get(customers[ticket_id], ())))

    for ticket in Ticket.objects.filter(pk__in=customers).only("subject"):
        add(ticket.pk, ticket.subject)
    said = Message.objects.filter(ticket__in=customers, kind=MessageKind.CUSTOMER, sequence__lte=FIRST)
    for message in said.order_by("ticket", "sequence").only("ticket_id", "text", "spans"):
        add(message.ticket_id, message.text, unpack(message.spans))
    return {pk: "\n".join(texts) for pk, texts in parts.items()}


def _without_personal_data(text: str, spans: list[Span] | None, known: tuple[Known, ...]) -> str:
    found = without_overlaps([*(find_spans(text) if spans is None else spans), *find_values(text, known)])
    for span in reversed(found):
        text = f"{text[: span.start]}\n{text[span.end :]}"
    return text

"""Which words of the managers' rules a ticket speaks of. Personal data is cut out before anything is compared, so that
no rule can be used to guess what its writer may not see.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from functools import lru_cache
from typing import Final, Protocol

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


class Speaking(Protocol):
    """A ticket, or as much of it as is asked for here."""

    @property
    def id(self) -> int: ...
    @property
    def queue_id(self) -> int: ...
    @property
    def customer_id(self) -> int | None: ...
    @property
    def message_count(self) -> int: ...


def keywords_of(tickets: Collection[Speaking], wanted: Mapping[int, frozenset[str]]) -> dict[int, frozenset[str]]:
    """By ticket. `wanted` are the words by queue; a queue whose rules ask for none costs nothing."""
    keys = {ticket.id: _key(ticket, words) for ticket in tickets if (words := wanted.get(ticket.queue_id))}
    unknown = [ticket for ticket in tickets if ticket.id in keys and keys[ticket.id] not in _found]
    if len(_found) + len(unknown) > KEPT:
        _found.clear()
        unknown = [ticket for ticket in tickets if ticket.id in keys]
    texts = _texts_of(unknown) if unknown else {}
    for ticket in unknown:
        _found[keys[ticket.id]] = words_in(texts[ticket.id], wanted[ticket.queue_id])
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


def _key(ticket: Speaking, words: frozenset[str]) -> tuple[int, int, frozenset[str]]:
    return ticket.id, min(ticket.message_count, FIRST), words


def _texts_of(tickets: Collection[Speaking]) -> dict[int, str]:
    customers = {ticket.id: ticket.customer_id or 0 for ticket in tickets}
    known = known_by_customer(Customer.objects.filter(pk__in=set(customers.values())))
    parts: dict[int, list[str]] = defaultdict(list)

    def add(ticket_id: int, text: str, spans: list[Span] | None = None) -> None:
        parts[ticket_id].append(_without_personal_data(text, spans, known.get(customers[ticket_id], ())))

    for row in Ticket.objects.filter(pk__in=customers).only("subject"):
        add(row.pk, row.subject)
    said = Message.objects.filter(ticket__in=customers, kind=MessageKind.CUSTOMER, sequence__lte=FIRST)
    for message in said.order_by("ticket", "sequence").only("ticket_id", "text", "spans"):
        add(message.ticket_id, message.text, unpack(message.spans))
    return {pk: "\n".join(texts) for pk, texts in parts.items()}


def _without_personal_data(text: str, spans: list[Span] | None, known: tuple[Known, ...]) -> str:
    found = without_overlaps([*(find_spans(text) if spans is None else spans), *find_values(text, known)])
    for span in reversed(found):
        text = f"{text[: span.start]}\n{text[span.end :]}"
    return text

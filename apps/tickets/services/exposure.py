"""Personal data in an answer that everybody would read."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import Final

from django.utils.translation import gettext as _

from apps.core.actor import Actor
from apps.core.richtext import html_to_text
from apps.customers.selectors import known_by_customer
from apps.privacy.detection import find_spans, find_values, visible
from apps.privacy.enums import FieldClass, Mode
from apps.privacy.lens import Known
from apps.tickets.enums import MessageKind
from apps.tickets.models import Message, Ticket
from apps.tickets.selectors.minors import lens_over_ticket
from apps.tickets.services.content import Finding

COMMENTS: Final = 50
_SPELLED: Final = (
    (re.compile(r" at (?=[\w\-]{1,63} dot \w)", re.IGNORECASE), "@"),
    (re.compile(r" ?[(\[{<【] ?(?:dot|点) ?[)\]}>】] ?|(?<=\w) dot (?=\w)", re.IGNORECASE), "."),
)


def exposed(ticket: Ticket, html: str, by: Actor) -> Iterator[Finding]:
    """Each kind of it once. Who is shown it masked may not decide to publish it."""
    text, lens = html_to_text(html), lens_over_ticket(by, ticket)
    known = _hidden_so_far(ticket)
    readings = list(_readings(text))
    # Anybody's name may be said; the customer's own is what is kept from others.
    kinds = {span.kind for each in readings for span in find_spans(each)} - {FieldClass.NAME}
    kinds |= {span.kind for each in readings for span in find_values(each, known)}
    for kind in FieldClass:
        if kind in kinds:
            told = _("Everybody would read personal data: %(kind)s.") % {"kind": kind.label}
            yield Finding(told, is_final=lens.mode(kind) is not Mode.RAW)


def _readings(text: str) -> Iterator[str]:
    """As it is written, and as people read what was spelled so that no machine finds it: 一三八…, lin [at] example [dot] com."""
    yield text
    plain = "".join(map(_digit, visible(text)))
    for pattern, sign in _SPELLED:
        plain = pattern.sub(sign, plain)
    yield plain


def _digit(char: str) -> str:
    value = unicodedata.numeric(char, -1)
    return str(int(value)) if value in range(10) else char


def _hidden_so_far(ticket: Ticket) -> list[Known]:
    """The customer's values, but the names under which they comment before everybody themselves."""
    if ticket.customer is None:
        return []
    known = known_by_customer([ticket.customer])[ticket.customer.pk]
    shown = [row.sender_name for row in _comments(ticket)]
    return [(kind, value) for kind, value in known if kind is not FieldClass.NAME or value not in shown]


def _comments(ticket: Ticket) -> list[Message]:
    rows = Message.objects.filter(ticket=ticket, kind=MessageKind.CUSTOMER, is_public=True)
    return list(rows.only("sender_name").order_by("-sequence")[:COMMENTS])

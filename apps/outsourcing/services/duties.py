"""Duties of a vendor's people: tags on what they resolve, and how their first answer begins."""

from __future__ import annotations

import re
from typing import Final

from django.utils.translation import gettext as _

from apps.core.actor import Actor
from apps.core.richtext import html_to_text
from apps.knowledge.models import Snippet
from apps.outsourcing.enums import Duty, DutyRule
from apps.outsourcing.models import Contract, DutyMiss
from apps.outsourcing.selectors.contracts import ruling_contract
from apps.tickets.enums import MessageKind
from apps.tickets.models import Message, Ticket
from apps.tickets.services.duties import Left, Moment

_FIELD: Final = re.compile(r"\{\{[^{}]*\}\}")
_FILLED: Final = 200
"""So long at most is what a variable of a snippet was filled with."""


def left(moment: Moment, ticket: Ticket, by: Actor, text: str) -> list[Left]:
    """Nothing is asked of the house, and nothing of who acts for nobody."""
    if by.user is None or by.user.vendor_id is None:
        return []
    contract = ruling_contract(by.user.vendor_id)
    if contract is None:
        return []
    return _tags(contract, ticket) if moment == Moment.RESOLVING else _snippets(contract, ticket, text)


def note(ticket: Ticket, by: Actor, missed: list[Left]) -> None:
    if by.user is None or by.user.vendor_id is None or (contract := ruling_contract(by.user.vendor_id)) is None:
        return
    DutyMiss.objects.bulk_create(
        DutyMiss(contract=contract, user=by.user, ticket=ticket, duty=one.duty) for one in missed
    )


def _tags(contract: Contract, ticket: Ticket) -> list[Left]:
    wanted = {tag.pk: str(tag) for tag in contract.tags.filter(is_active=True)}
    if not wanted or ticket.tags.filter(pk__in=wanted).exists():
        return []
    words = _("Your contract asks for one of these tags: %(tags)s.") % {"tags": ", ".join(sorted(wanted.values()))}
    return [Left(Duty.TAGS.value, "tags", words, contract.tags_rule == DutyRule.REQUIRED)]


def _snippets(contract: Contract, ticket: Ticket, text: str) -> list[Left]:
    wanted = list(contract.snippets.all())
    if not wanted or _is_answered(ticket) or any(_begins_like(text, snippet) for snippet in wanted):
        return []
    names = ", ".join(f"/{snippet.shortcut}" for snippet in wanted)
    words = _("Your contract asks that the first answer begins with one of these snippets: %(snippets)s.")
    is_required = contract.snippets_rule == DutyRule.REQUIRED
    return [Left(Duty.SNIPPETS.value, "body", words % {"snippets": names}, is_required)]


def _is_answered(ticket: Ticket) -> bool:
    return Message.objects.filter(ticket=ticket, kind=MessageKind.AGENT, is_automatic=False).exists()


def _begins_like(text: str, snippet: Snippet) -> bool:
    """As the first paragraph of the snippet in one of its languages, whatever its variables were filled with."""
    said = _plain(text)
    return any(_begins(said, _first_paragraph(body)) for body in snippet.body.values())


def _first_paragraph(body: str) -> list[str]:
    """What stands between its variables."""
    line = next((line for line in html_to_text(body).splitlines() if line.strip()), "")
    return [part.strip() for part in _FIELD.split(_plain(line))]


def _begins(said: str, parts: list[str]) -> bool:
    """Each part after the one before it, at the first place where it fits: no text makes this take long."""
    if not any(parts) or not said.startswith(parts[0]):
        return False
    place = len(parts[0])
    for part in parts[1:]:
        found = said.find(part, place, place + _FILLED + len(part))
        if found < 0:
            return False
        place = found + len(part)
    return True


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold()

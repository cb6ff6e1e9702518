"""Statements as pages and files show them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import get_language

from apps.core.actor import Actor
from apps.core.errors import NotVisible
from apps.metrics.words import figure_words
from apps.outsourcing.enums import Bound, StatementState
from apps.outsourcing.models import Statement
from apps.outsourcing.querysets import StatementQuerySet, sees_contracts, settles_for


@dataclass(frozen=True, slots=True)
class TermLine:
    """A frozen term in the reader's language."""

    name: str
    formula: str
    channel: str
    agreed: str
    figure: str
    is_met: bool | None
    step: Mapping[str, Any] | None
    deducted: Decimal


@dataclass(frozen=True, slots=True)
class Abilities:
    send: bool
    dispute: bool
    agree: bool
    close: bool
    redraft: bool
    comment: bool


def statements_for(actor: Actor) -> StatementQuerySet:
    return Statement.objects.visible_to(actor).select_related("contract__vendor")


def statement_for(actor: Actor, pk: int) -> Statement:
    row = statements_for(actor).filter(pk=pk).first()
    if row is None:
        raise NotVisible
    return row


def term_lines(statement: Statement) -> Sequence[TermLine]:
    return [_line(term) for term in statement.terms]


def _line(term: Mapping[str, Any]) -> TermLine:
    unit = term["unit"]
    return TermLine(
        name=_told(term["name"]),
        formula=_told(term["formula"]),
        channel=_told(term["channel"]) if term["channel"] else "",
        agreed=f"{Bound(term['bound']).label} {figure_words(term['threshold'], unit)}",
        figure=figure_words(term["figure"], unit),
        is_met=term["is_met"],
        step=term["step"],
        deducted=Decimal(term["deducted"]),
    )


def _told(words: Mapping[str, str]) -> str:
    return words.get(get_language() or "", "") or next(iter(words.values()), "")


def abilities(actor: Actor, statement: Statement) -> Abilities:
    """What buttons are shown; the services ask again."""
    state, is_house = statement.state, sees_contracts(actor)
    is_vendor = settles_for(actor) == statement.contract.vendor_id
    is_open = state in (StatementState.DRAFT, StatementState.SENT, StatementState.DISPUTED)
    return Abilities(
        send=is_house and state in (StatementState.DRAFT, StatementState.DISPUTED),
        dispute=is_vendor and state == StatementState.SENT,
        agree=is_vendor and state in (StatementState.SENT, StatementState.DISPUTED),
        close=is_house and state == StatementState.AGREED,
        redraft=is_house and is_open,
        comment=is_open or state == StatementState.AGREED,
    )

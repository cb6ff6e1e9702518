"""Whose turn it is when a queue's work is split by percentages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from apps.routing.engine.types import Agent, Party, Share, Side


def whose_turn(shares: Iterable[Share], given: Mapping[Party, int]) -> Party | None:
    """The party that is furthest behind its share. No party is ever a whole piece of work ahead of its share."""
    shares = [share for share in shares if share.percent > 0]
    if not shares:
        return None
    whole = sum(share.percent for share in shares)
    total = 1 + sum(given.get(share.party, 0) for share in shares)
    return max(shares, key=lambda share: share.percent * total - given.get(share.party, 0) * whole).party


def open_to(shares: Iterable[Share], side: Side | None) -> list[Share]:
    """The shares that count for work which must stay on a side. A team may be on either."""
    if side is None:
        return list(shares)
    return [
        share
        for share in shares
        if share.party.kind == "team" or (share.party.kind == "vendor") == (side is Side.VENDOR)
    ]


def party_of(agent: Agent, shares: Iterable[Share]) -> Party | None:
    return next((share.party for share in shares if agent.belongs_to(share.party)), None)

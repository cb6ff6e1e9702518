"""A channel's rule may keep its tickets to some teams, and something may keep somebody of a vendor from new work. Every write
of a ticket's team or assignee asks here.
"""

from __future__ import annotations

from apps.accounts.clearance import bars_of
from apps.accounts.models import Team, User
from apps.privacy.enums import Purpose
from apps.privacy.errors import UseNotAllowed
from apps.tickets.errors import HeldBack, TeamNotAllowed
from apps.tickets.models import Ticket
from apps.tickets.selectors.choices import allowed_teams, is_in_allowed_team
from apps.tickets.selectors.uses import vendors_may_serve


def require_allowed_team(ticket: Ticket, team: Team | None) -> None:
    if team is not None and (teams := allowed_teams(ticket)) and team not in teams:
        raise _refusal("team", teams)


def require_allowed_person(ticket: Ticket, user: User | None) -> None:
    """Whoever holds the ticket already keeps it: the rule may have changed since."""
    if user is None or user.pk == ticket.assignee_id:
        return
    if not is_in_allowed_team(user, ticket):
        raise _refusal("assignee", allowed_teams(ticket))
    if user.is_outsourced:
        require_vendors_allowed(ticket)
    require_cleared(user)


def require_vendors_allowed(ticket: Ticket) -> None:
    """Where the notice does not say it, the customer allows that a vendor gets the ticket."""
    if not vendors_may_serve(ticket):
        raise UseNotAllowed(purpose=Purpose.THIRD_PARTY.label)


def require_cleared(user: User, *, for_offers: bool = False) -> None:
    """With `for_offers` also what only keeps them from being offered work."""
    bar = bars_of([user]).get(user.pk)
    if bar is not None and (for_offers or not bar.stops_offers_only):
        said = {"name": str(user), "why": bar.words()}
        raise HeldBack(fields={"assignee": [str(HeldBack.message) % said]}, **said)


def _refusal(field: str, teams: list[Team]) -> TeamNotAllowed:
    names = ", ".join(str(row.name) for row in teams)
    return TeamNotAllowed(fields={field: [str(TeamNotAllowed.message) % {"teams": names}]}, teams=names)

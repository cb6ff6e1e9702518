"""A channel's rule may keep its tickets to some teams. Every write of a ticket's team or assignee asks here."""

from __future__ import annotations

from apps.accounts.models import Team, User
from apps.tickets.errors import TeamNotAllowed
from apps.tickets.models import Ticket
from apps.tickets.selectors.choices import allowed_teams, is_in_allowed_team


def require_allowed_team(ticket: Ticket, team: Team | None) -> None:
    if team is not None and (teams := allowed_teams(ticket)) and team not in teams:
        raise _refusal("team", teams)


def require_allowed_person(ticket: Ticket, user: User | None) -> None:
    """Whoever holds the ticket already keeps it: the rule may have changed since."""
    if user is not None and user.pk != ticket.assignee_id and not is_in_allowed_team(user, ticket):
        raise _refusal("assignee", allowed_teams(ticket))


def _refusal(field: str, teams: list[Team]) -> TeamNotAllowed:
    names = ", ".join(str(row.name) for row in teams)
    return TeamNotAllowed(fields={field: [str(TeamNotAllowed.message) % {"teams": names}]}, teams=names)

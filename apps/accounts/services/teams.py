"""Who belongs to which team. Membership is membership of the team's group, which object grants are given to."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Team, User
from apps.core import audit
from apps.core.actor import Actor
from apps.core.errors import InvalidInput
from apps.core.permissions import require


@transaction.atomic
def join_team(*, user: User, team: Team, by: Actor, code: str = "accounts.manage") -> None:
    """A vendor's people join teams of that vendor only: a team's grants must not reach past the contract."""
    require(by, code)
    if team.vendor_id != user.vendor_id:
        raise InvalidInput(fields={"team": [_("This team belongs to another company.")]})
    if not user.groups.filter(pk=team.group_id).exists():
        user.groups.add(team.group_id)
        audit.record("team.joined", by=by, subject=user, details={"team": team.key})


@transaction.atomic
def leave_team(*, user: User, team: Team, by: Actor, code: str = "accounts.manage") -> None:
    """Takes effect with the person's next request."""
    require(by, code)
    if user.groups.filter(pk=team.group_id).exists():
        user.groups.remove(team.group_id)
        audit.record("team.left", by=by, subject=user, details={"team": team.key})

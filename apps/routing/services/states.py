"""What people are to the floor: available, busy, on a break. Every change is one row locked, one line of the log."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.core import audit
from apps.core.actor import SYSTEM, Actor
from apps.core.clock import now
from apps.core.errors import InvalidInput, NotVisible
from apps.core.events import publish
from apps.core.live import group, hint
from apps.core.permissions import codes_of, require
from apps.privacy.detection import visible
from apps.routing.enums import CHOSEN, Cause, Presence
from apps.routing.errors import NoSuchState, NotOnTheFloor, ReasonMissing
from apps.routing.events import AgentStateChanged
from apps.routing.groups import floor_groups
from apps.routing.models import AgentState, AgentStateChange, BreakReason
from apps.routing.services import freeing


@transaction.atomic
def set_state(*, user: User, state: str, by: Actor, reason: BreakReason | None = None, why: str = "") -> AgentState:
    """Sets one's own state, or with `why` somebody else's, which the audit trail keeps."""
    _require(user, by, why)
    if state not in CHOSEN:
        raise NoSuchState(fields={"state": [NoSuchState.message]})
    if reason is not None and (state != Presence.BREAK or not reason.is_active):
        raise InvalidInput(fields={"reason": [_("This reason cannot be given here.")]})
    is_own = by.user_id == user.pk
    row = _change(user, Presence(state), reason, Cause.SELF if is_own else Cause.FORCED, by)
    if not is_own:
        details = {"state": state, "reason": reason.key if reason else ""}
        audit.record("agent.state_forced", by=by, subject=user, reason=why.strip(), details=details)
    return row


def _require(user: User, by: Actor, why: str) -> None:
    if by.user_id == user.pk:
        require(by, "routing.serve")
        return
    if not _may_know(user, by):
        raise NotVisible
    require(by, "routing.supervise")
    if not visible(why).strip():
        raise ReasonMissing(fields={"why": [ReasonMissing.message]})
    if not user.may_sign_in or "routing.serve" not in codes_of(user):
        raise NotOnTheFloor


def _may_know(user: User, by: Actor) -> bool:
    """People of a vendor act on nobody but their own company, and for them nobody else's state exists."""
    if by.user is not None and by.user.is_outsourced and by.user.vendor_id != user.vendor_id:
        return False
    return User.objects.visible_to(by).filter(pk=user.pk).exists()


@transaction.atomic
def go_offline(*, user: User, cause: Cause) -> AgentState | None:
    """For the system: a lost connection, a switched-off account. None when they were offline already."""
    if not AgentState.objects.filter(user=user).exclude(state=Presence.OFFLINE).exists():
        return None
    return _change(user, Presence.OFFLINE, None, cause, SYSTEM)


@transaction.atomic
def set_away(*, user: User) -> AgentState | None:
    """For the system: who is available, yet does not answer. None when they are not available any more."""
    if AgentState.objects.locked().filter(user=user, state=Presence.AVAILABLE).first() is None:
        return None
    return _change(user, Presence.AWAY, None, Cause.MISSED_OFFERS, SYSTEM)


def _change(user: User, state: Presence, reason: BreakReason | None, cause: Cause, by: Actor) -> AgentState:
    row = _locked(user)
    if (row.state, row.reason_id) == (state, reason.pk if reason else None):
        return row
    previous, row.state, row.reason = row.state, state, reason
    row.since = now()
    row.forced_by = by.user if cause is Cause.FORCED else None
    fields = ["state", "reason", "since", "forced_by"]
    if state == Presence.OFFLINE:
        row.leaves_at = None
        fields.append("leaves_at")
    row.save_versioned(update_fields=fields)
    AgentStateChange.objects.create(user=user, created=row.since, state=state, reason=reason, cause=cause, by=by.user)
    _tell(row, previous, cause, by)
    if state != Presence.AVAILABLE:
        freeing.withdraw_offers(user)
    return row


def _locked(user: User) -> AgentState:
    """The row, locked, made on first use. Of two who make it at once one waits for the other."""
    AgentState.objects.bulk_create([AgentState(user=user, since=now())], ignore_conflicts=True)
    return AgentState.objects.locked().select_related("reason").get(user=user)


def _tell(row: AgentState, previous: str, cause: Cause, by: Actor) -> None:
    publish(
        AgentStateChanged(
            user_id=row.user_id,
            state=row.state,
            previous=previous,
            reason=row.reason.key if row.reason else "",
            cause=cause.value,
        ),
        by=by,
    )
    hint("agent", row.user_id, row.version, groups=[group("user", row.user_id), *floor_groups(row.user)])

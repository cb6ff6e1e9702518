"""One masked value, shown to one person for a reason: counted, perhaps approved, and in the audit trail before it leaves."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.core import audit, clock
from apps.core.actor import Actor, ActorKind
from apps.core.errors import AppError, InvalidInput, NotVisible, PermissionRefused
from apps.core.events import publish
from apps.core.permissions import require
from apps.privacy.detection import visible
from apps.privacy.enums import RevealReason, RevealState
from apps.privacy.errors import NotMasked, ProofNeeded, RevealLimit
from apps.privacy.events import RevealShown, RevealsUnusual
from apps.privacy.models import Reveal, RevealPolicy
from apps.privacy.permits import REVEAL
from apps.privacy.revealing import Part, Record, find_record, record_type
from apps.privacy.selectors.reveals import (
    DAY,
    HOUR,
    needs_approval,
    open_ask,
    reveal_policy,
    usable_approval,
    usual_per_day,
)
from apps.privacy.services.telling import tell_approvers

PROOF_WITHIN: Final = timedelta(minutes=15)
SHORTEST_REASON: Final = 3
LONGEST_REASON: Final = 500
UNUSUAL_TIMES: Final = 3
FEWEST_UNUSUAL: Final = 5
"""Fewer than this are never unusual by comparison alone."""
ASK_HOLDS: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Outcome:
    """`value` is in memory only, for the answer; None while somebody has to approve."""

    reveal: Reveal
    value: str | None = None
    seconds: int = 0


def reveal_field(
    *,
    by: Actor,
    kind: str,
    record_id: str,
    field: str,
    reason_kind: str,
    reason: str,
    is_proven: bool,
) -> Outcome:
    """`record_id` is public. A refusal changes nothing and stands in the audit trail.

    Do not call it within a transaction: what says that the value was shown must be there before the value is sent.
    """
    record = None
    try:
        require(by, REVEAL)
        record = find_record(by, kind, record_id)
        if record is None:
            raise NotVisible
        return _reveal(by, kind, record, field, _checked(reason_kind, reason), is_proven=is_proven)
    except AppError as refusal:
        _record_refusal(by, refusal, kind, record, field, reason)
        raise


def _checked(reason_kind: str, reason: str) -> tuple[RevealReason, str]:
    text = " ".join("".join(char for char in visible(reason) if char.isprintable()).split())[:LONGEST_REASON]
    if reason_kind not in RevealReason.values:
        raise InvalidInput(fields={"reason_kind": [_("Choose a reason.")]})
    if len(text) < SHORTEST_REASON:
        raise InvalidInput(fields={"reason": [_("Say in a few words why you need it.")]})
    return RevealReason(reason_kind), text


@transaction.atomic
def _reveal(
    by: Actor, kind: str, record: Record, field: str, why: tuple[RevealReason, str], *, is_proven: bool
) -> Outcome:
    part, moment = record.part(field), clock.now()
    if part is None:
        raise NotMasked
    if by.user is None:
        raise PermissionRefused
    # A program proves nothing anew: each of its asks is decided by a person.
    is_program = by.kind is ActorKind.TOKEN
    if not (is_proven or is_program):
        raise ProofNeeded
    user = User.objects.select_for_update(of=("self",), no_key=True).get(pk=by.user.pk)
    policy = reveal_policy(user)
    where = {"kind": kind, "record_id": record.subject.pk, "field": field}
    reveal = usable_approval(by, **where)
    if reveal is None:
        if (asked := open_ask(by, **where)) is not None:
            return Outcome(asked)
        _count(user, policy, moment)
        reveal = _new(user, record, part, where, why, moment)
        if is_program or needs_approval(by, policy, record, [part]):
            return _ask(reveal, by, moment)
    return _show(reveal, part, policy, by, moment)


def _count(user: User, policy: RevealPolicy, moment: datetime) -> None:
    """Asks count as well, so that nobody is asked to approve without end."""
    made = Reveal.objects.filter(user=user)
    for span, limit in ((HOUR, policy.per_hour), (DAY, policy.per_day)):
        within = made.filter(created__gt=moment - span).order_by("-created").values_list("created", flat=True)[:limit]
        if len(moments := list(within)) >= limit:
            raise RevealLimit(retry_after=moments[-1] + span - moment)


def _new(
    user: User, record: Record, part: Part, where: dict[str, object], why: tuple[RevealReason, str], moment: datetime
) -> Reveal:
    return Reveal(
        user=user,
        **where,
        field_class=part.field_class,
        customer_id=record.customer_id,
        ticket_id=record.ticket_id,
        reason_kind=why[0],
        reason=why[1],
        created=moment,
    )


def _ask(reveal: Reveal, by: Actor, moment: datetime) -> Outcome:
    reveal.state, reveal.valid_until = RevealState.WAITING, moment + ASK_HOLDS
    reveal.save()
    _record("privacy.reveal_asked", reveal, by)
    tell_approvers(reveal)
    return Outcome(reveal)


def _show(reveal: Reveal, part: Part, policy: RevealPolicy, by: Actor, moment: datetime) -> Outcome:
    reveal.state, reveal.shown_at = RevealState.SHOWN, moment
    reveal.until, reveal.valid_until = moment + timedelta(seconds=policy.seconds), None
    reveal.save()
    _record("privacy.revealed", reveal, by)
    publish(
        RevealShown(
            reveal=reveal.public_id,
            user_id=reveal.user_id,
            record=reveal.kind,
            field_class=reveal.field_class,
            approved_by_id=reveal.decided_by_id,
        ),
        by=by,
    )
    _look_for_the_unusual(reveal, policy, by, moment)
    return Outcome(reveal, part.value, policy.seconds)


def _look_for_the_unusual(reveal: Reveal, policy: RevealPolicy, by: Actor, moment: datetime) -> None:
    today = Reveal.objects.shown().filter(user=reveal.user_id, shown_at__gt=moment - DAY)
    count = today.count()
    if count < min(policy.alarm_per_day, FEWEST_UNUSUAL) or today.filter(is_unusual=True).exists():
        return
    usual = usual_per_day(reveal.user_id, moment)
    if count >= policy.alarm_per_day or (usual and count > UNUSUAL_TIMES * usual):
        reveal.is_unusual = True
        reveal.save(update_fields=["is_unusual"])
        audit.record("privacy.reveals_unusual", by=by, subject=reveal.user, details={"count": count, "usual": usual})
        publish(RevealsUnusual(user_id=reveal.user_id, count=count, usual=round(usual, 1)), by=by)
        tell_approvers(reveal)


def _record(action: str, reveal: Reveal, by: Actor) -> None:
    details = {
        "reveal": reveal.public_id,
        "viewer": reveal.user_id,
        "field": reveal.field,
        "field_class": str(reveal.field_class),
        "why": str(reveal.reason_kind),
        "approved_by": reveal.decided_by_id,
    }
    subject_type = record_type(reveal.kind)
    audit.record(
        action, by=by, subject_type=subject_type, subject_id=reveal.record_id, reason=reveal.reason, details=details
    )


def _record_refusal(by: Actor, refusal: AppError, kind: str, record: Record | None, field: str, reason: str) -> None:
    audit.record(
        "privacy.reveal_refused",
        by=by,
        subject_type=record_type(kind),
        subject_id=record.subject.pk if record else None,
        reason=reason[:LONGEST_REASON],
        result="refused",
        details={"code": refusal.code, "kind": kind[:40], "field": field[:60]},
    )

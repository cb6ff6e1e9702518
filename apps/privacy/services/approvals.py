"""Somebody in the house decides whether a colleague may see one masked value, once."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.core import audit, clock
from apps.core.actor import Actor
from apps.core.errors import InvalidInput, NotVisible, PermissionRefused
from apps.privacy.detection import visible
from apps.privacy.enums import RevealState
from apps.privacy.errors import OwnReveal, RevealDecided
from apps.privacy.models import Reveal
from apps.privacy.permits import may_approve
from apps.privacy.revealing import record_type
from apps.privacy.selectors.reveals import reveal_policy
from apps.privacy.services.reveals import LONGEST_REASON, SHORTEST_REASON
from apps.privacy.services.telling import tell_approvers, tell_viewer


@transaction.atomic
def decide(*, reveal: Reveal, by: Actor, is_approved: bool, why: str = "") -> Reveal:
    """A refusal says why. An approval is for this viewer and this field, once, and holds for the policy's minutes."""
    row = _locked(reveal, by)
    moment = clock.now()
    if row.state != RevealState.WAITING or row.valid_until is None or row.valid_until <= moment:
        raise RevealDecided
    text = " ".join(visible(why).split())[:LONGEST_REASON]
    if not is_approved and len(text) < SHORTEST_REASON:
        raise InvalidInput(fields={"why": [_("Say in a few words why not.")]})
    row.state = RevealState.APPROVED if is_approved else RevealState.DECLINED
    row.decided_by, row.decided_at, row.decision = by.user, moment, text
    row.valid_until = moment + timedelta(minutes=reveal_policy(row.user).approval_minutes) if is_approved else None
    row.save()
    _record(row, by, is_approved=is_approved)
    tell_viewer(row)
    tell_approvers(row)
    return row


def _locked(reveal: Reveal, by: Actor) -> Reveal:
    if by.user is None or not may_approve(by):
        raise PermissionRefused
    rows = Reveal.objects.visible_to(by).select_related("user__role").select_for_update(of=("self",), no_key=True)
    row = rows.filter(pk=reveal.pk).first()
    if row is None:
        raise NotVisible
    if row.user_id == by.user_id:
        raise OwnReveal
    return row


def _record(row: Reveal, by: Actor, *, is_approved: bool) -> None:
    audit.record(
        "privacy.reveal_approved" if is_approved else "privacy.reveal_declined",
        by=by,
        subject_type=record_type(row.kind),
        subject_id=row.record_id,
        reason=row.decision,
        details={"reveal": row.public_id, "viewer": row.user_id, "field": row.field},
    )

"""Two records that may be one person: noted once, decided by a person, and never decided twice."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from django.db import transaction

from apps.core import audit, clock
from apps.core.actor import Actor
from apps.core.errors import NotVisible
from apps.core.events import publish
from apps.core.permissions import require
from apps.customers.enums import SuggestionReason, SuggestionState
from apps.customers.errors import NotMerged, SuggestionDecided
from apps.customers.events import MergeDismissed, MergeSuggested
from apps.customers.models import Customer, Identity, MergeSuggestion
from apps.customers.restrictions import is_restricted
from apps.customers.services.family import living
from apps.customers.services.merging import merge_customers, unmerge_customers

MAX_EVIDENCE = 20


def suggest_merge(
    *, one: Customer, other: Customer, reason: SuggestionReason, identity: Identity, by: Actor
) -> MergeSuggestion | None:
    """Notes what speaks for it, within the caller's transaction. None when the two are one person already, or one of
    them asked that nothing be done with their data.

    What a person dismissed stays dismissed, whatever is added to it.
    """
    low, high = sorted((living(one), living(other)), key=lambda customer: customer.pk)
    if low.pk == high.pk or is_restricted(low) or is_restricted(high):
        return None
    found, is_new = MergeSuggestion.objects.get_or_create(customer=low, other=high)
    row = MergeSuggestion.objects.select_for_update(of=("self",), no_key=True).get(pk=found.pk)
    entry = {"reason": str(reason), "identity_id": identity.pk, "kind": identity.kind}
    if entry not in row.evidence and len(row.evidence) < MAX_EVIDENCE:
        row.evidence = [*row.evidence, entry]
        row.save(update_fields=["evidence", "updated"])
    if is_new:
        publish(MergeSuggested(customer_id=low.pk, other_customer_id=high.pk, suggestion_id=row.pk), by=by)
    return row


@transaction.atomic
def accept_suggestion(*, suggestion: MergeSuggestion, by: Actor) -> Customer:
    """The older record lives on."""
    row = _decidable(suggestion, by, SuggestionState.OPEN)
    survivor = merge_customers(survivor=row.customer, merged=row.other, by=by)
    _decide(row, SuggestionState.ACCEPTED, by)
    return survivor


@transaction.atomic
def dismiss_suggestion(*, suggestion: MergeSuggestion, by: Actor) -> MergeSuggestion:
    """They are two people; it is not suggested again."""
    row = _decidable(suggestion, by, SuggestionState.OPEN)
    _decide(row, SuggestionState.DISMISSED, by)
    publish(MergeDismissed(customer_id=row.customer_id, other_customer_id=row.other_id, suggestion_id=row.pk), by=by)
    audit.record("customer.merge_dismissed", by=by, subject=row.customer, details={"other_id": row.other_id})
    return row


@transaction.atomic
def reopen_suggestion(*, suggestion: MergeSuggestion, by: Actor) -> MergeSuggestion:
    """Takes the decision back, and with it the merge, if that is still in force."""
    row = _decidable(suggestion, by, SuggestionState.ACCEPTED, SuggestionState.DISMISSED)
    if row.state == SuggestionState.ACCEPTED:
        _unmerge(row, by)
    _decide(row, SuggestionState.OPEN, by)
    return row


DECISIONS: Final[Mapping[str, Callable[..., object]]] = {
    "accept": accept_suggestion,
    "dismiss": dismiss_suggestion,
    "open": reopen_suggestion,
}


def _unmerge(row: MergeSuggestion, by: Actor) -> None:
    if row.other.merged_into_id != row.customer_id:
        return
    try:
        unmerge_customers(merged=row.other, by=by)
    except NotMerged:
        return  # somebody separated them by hand at the same moment


def _decidable(suggestion: MergeSuggestion, by: Actor, *states: SuggestionState) -> MergeSuggestion:
    """The row, locked, for who may merge and sees both; who decides second is told so."""
    rows = MergeSuggestion.objects.visible_to(by).select_related("customer", "other")
    row = rows.select_for_update(of=("self",), no_key=True).filter(pk=suggestion.pk).first()
    if row is None:
        raise NotVisible
    require(by, "customers.merge", row.customer)
    require(by, "customers.merge", row.other)
    if row.state not in states:
        raise SuggestionDecided
    return row


def _decide(row: MergeSuggestion, state: SuggestionState, by: Actor) -> None:
    row.state = state
    is_open = state == SuggestionState.OPEN
    row.decided_by = None if is_open else by.user
    row.decided_at = None if is_open else clock.now()
    row.save(update_fields=["state", "decided_by", "decided_at", "updated"])

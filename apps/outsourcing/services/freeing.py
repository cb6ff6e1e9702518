"""Work that a contract does not cover any more goes back to where it waited."""

from __future__ import annotations

from django.db import transaction

from apps.accounts.access import actors_of
from apps.accounts.models import Vendor
from apps.outsourcing.models import Contract
from apps.tickets.enums import ACTIVE, RUNNING, AssignmentState
from apps.tickets.models import Assignment
from apps.tickets.rules import lies_in_grants
from apps.tickets.services.offers import free_ticket, withdraw_offer

REASON = "contract"
BATCH = 100


def free_uncovered_work() -> int:
    """Each ticket in a transaction of its own."""
    rows = Contract.objects.filter(is_narrowed=True).order_by("pk")[:BATCH]
    return sum(_free(contract) for contract in rows)


def _free(contract: Contract) -> int:
    freed = sum(_take_back(row) for row in _uncovered(contract.vendor_id))
    return freed or int(_finish(contract))


def _uncovered(vendor_id: int) -> list[Assignment]:
    held = Assignment.objects.filter(
        user__vendor=vendor_id, state__in=RUNNING, ticket__status__in=ACTIVE, ticket__merged_into__isnull=True
    )
    rows = list(held.select_related("ticket", "user__role", "user__vendor").order_by("ticket_id"))
    actors = actors_of({row.user_id: row.user for row in rows}.values())
    return [row for row in rows if not lies_in_grants(actors[row.user_id], row.ticket)][:BATCH]


def _take_back(row: Assignment) -> bool:
    if row.state == AssignmentState.OFFERED:
        return withdraw_offer(offer=row)
    return free_ticket(assignment=row, reason=REASON)


@transaction.atomic
def _finish(contract: Contract) -> bool:
    """The vendor's row is held, so that a contract that is narrowed again at this very moment keeps its mark. What
    nothing can be done about is left, and taken up at the next change.
    """
    Vendor.objects.select_for_update(of=("self",), no_key=True).get(pk=contract.vendor_id)
    if any(_is_held(row) for row in _uncovered(contract.vendor_id)):
        return False
    return bool(Contract.objects.filter(pk=contract.pk, is_narrowed=True).update(is_narrowed=False))


def _is_held(row: Assignment) -> bool:
    return row.state == AssignmentState.OFFERED or row.ticket.assignee_id == row.user_id

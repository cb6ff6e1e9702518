"""What ending or suspending a contract will do at once, counted beforehand for who decides."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count

from apps.accounts.models import ApiToken, StaffSession, User
from apps.core.clock import now
from apps.outsourcing.models import Contract
from apps.tickets.enums import ACTIVE, RUNNING
from apps.tickets.models import Assignment, Queue


@dataclass(frozen=True, slots=True)
class Consequences:
    people: int
    """Who may sign in now, and will not."""
    signed_in: int
    tokens: int
    waiting_again: tuple[tuple[str, int], ...]
    """The names of queues, and how many tickets that the vendor's people hold will wait there."""

    @property
    def tickets(self) -> int:
        return sum(count for _queue, count in self.waiting_again)


def consequences_of(contract: Contract) -> Consequences:
    """None of a contract that opens nothing now."""
    moment = now()
    if not contract.is_in_force(moment):
        return Consequences(0, 0, 0, ())
    people = User.objects.active().filter(vendor=contract.vendor_id)
    tokens = ApiToken.objects.filter(user__in=people, revoked__isnull=True, expires__gt=moment)
    sessions = StaffSession.objects.filter(user__in=people, expire_date__gt=moment)
    return Consequences(
        people=people.count(),
        signed_in=sessions.values("user").distinct().count(),
        tokens=tokens.count(),
        waiting_again=_held(contract.vendor_id),
    )


def _held(vendor_id: int) -> tuple[tuple[str, int], ...]:
    held = Assignment.objects.filter(
        user__vendor=vendor_id, state__in=RUNNING, ticket__status__in=ACTIVE, ticket__merged_into__isnull=True
    )
    counts = dict(held.order_by().values_list("ticket__queue").annotate(count=Count("ticket", distinct=True)))
    queues = Queue.objects.filter(pk__in=counts).order_by("key")
    return tuple((str(queue), counts[queue.pk]) for queue in queues)

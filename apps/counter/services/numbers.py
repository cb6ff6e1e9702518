"""Drawing a number: safe with any number of kiosks, and with one that repeats what it could not hear the answer to."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db import connection, transaction

from apps.core.actor import Actor
from apps.core.clock import now
from apps.core.errors import InvalidInput
from apps.core.inserting import insert_unless_there
from apps.counter import events
from apps.counter.enums import Reason
from apps.counter.errors import BranchClosed, ServiceNotOffered
from apps.counter.models import Branch, ServiceType, Visit
from apps.counter.services.telling import tell
from apps.sla.selectors import timetable_of

MAX_CLIENT_ID = 64
LATEST = timedelta(hours=12)
"""How long a kiosk without connection may hold a drawing back and still be believed when it was."""

_NEXT = """
INSERT INTO counter_daycounter AS counter (branch_id, prefix, day, last) VALUES (%s, %s, %s, 1)
ON CONFLICT (branch_id, day, prefix) DO UPDATE SET last = counter.last + 1
RETURNING last
"""


@transaction.atomic
def issue_number(
    *,
    branch: Branch,
    service: ServiceType,
    by: Actor,
    client_id: str = "",
    reason: str = "",
    language: str = "",
    drawn_at: datetime | None = None,
) -> Visit:
    """The next number of the service. A repetition under the same `client_id` gives the number that it gave before."""
    if len(client_id) > MAX_CLIENT_ID or (reason and reason not in Reason.values):
        raise InvalidInput
    if (before := drawn_before(branch, client_id)) is not None:
        return before
    moment = _moment(branch, drawn_at)
    _require_offered(branch, service)
    _require_open(branch, moment)
    visit = Visit(
        branch=branch,
        service=service,
        day=_day(branch, moment),
        client_id=client_id,
        reason=reason,
        is_priority=bool(reason),
        language=language[:10],
        issued_at=moment,
    )
    visit.number = f"{service.prefix}{_next(visit):03}"
    if not insert_unless_there(visit):  # the same drawing, sent twice at once: the other was first
        return Visit.objects.get(branch=branch, client_id=client_id)
    tell(events.NumberIssued, visit, by=by, is_priority=visit.is_priority)
    return visit


def drawn_before(branch: Branch, client_id: str) -> Visit | None:
    if not client_id:
        return None
    return Visit.objects.select_related("service", "branch").filter(branch=branch, client_id=client_id).first()


def _moment(branch: Branch, drawn_at: datetime | None) -> datetime:
    """When the number was drawn, as a kiosk that was cut off says; what cannot be, or lies on another day, is now."""
    moment = now()
    if drawn_at is None or not moment - LATEST <= drawn_at <= moment:
        return moment
    return drawn_at if _day(branch, drawn_at) == _day(branch, moment) else moment


def _day(branch: Branch, moment: datetime) -> date:
    return moment.astimezone(branch.zone).date()


def _require_offered(branch: Branch, service: ServiceType) -> None:
    if not service.is_active or not branch.services.filter(pk=service.pk).exists():
        raise ServiceNotOffered(fields={"service": [ServiceNotOffered.message]})


def _require_open(branch: Branch, moment: datetime) -> None:
    if not branch.is_active or not branch.channel.is_active:
        raise BranchClosed
    if branch.calendar is not None and not timetable_of(branch.calendar).is_open(moment):
        raise BranchClosed


def _next(visit: Visit) -> int:
    """Holds the counter's row until the end of the transaction, so numbers follow each other without looking."""
    with connection.cursor() as cursor:
        cursor.execute(_NEXT, [visit.branch_id, visit.service.prefix, visit.day])
        return int(cursor.fetchone()[0])

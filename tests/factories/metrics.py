"""Facts as folding would have made them, for measures that are worked out by hand."""

from datetime import datetime, timedelta
from itertools import count
from typing import Any

from apps.accounts.models import User, Vendor
from apps.metrics.models import ContactFact, HandlingFact, OfferFact, PromiseFact, SideFact, StateFact, WaitFact
from apps.tickets.models import Queue

_ids = count(1)


def _about(queue: Queue, user: User | None = None) -> dict[str, Any]:
    vendor_id = user.vendor_id if user else None
    return {"ticket_id": next(_ids), "queue": queue, "kind": "chat", "user": user, "vendor_id": vendor_id}


def waited(queue: Queue, at: datetime, seconds: int | None, end: str = "answered", **more: Any) -> WaitFact:
    """Without seconds: still waiting."""
    left_at = None if seconds is None else at + timedelta(seconds=seconds)
    about = {**_about(queue, more.pop("user", None)), "is_live": True, **more}
    end = "" if seconds is None else end
    return WaitFact.objects.create(number=1, entered_at=at, left_at=left_at, end=end, **about)


def offered(queue: Queue, user: User, **more: Any) -> OfferFact:
    return OfferFact.objects.create(**{**_about(queue, user), "assignment_id": next(_ids), **more})


def handled(queue: Queue, user: User, start: datetime, end: datetime | None, **more: Any) -> HandlingFact:
    facts = {"is_live": True, "wrap_up": timedelta(), "contact_ended_at": end, **more}
    about = {**_about(queue, user), "assignment_id": next(_ids), "interaction_id": next(_ids)}
    return HandlingFact.objects.create(**about, started_at=start, ended_at=end, **facts)


def contacted(queue: Queue, start: datetime, user: User | None = None, **more: Any) -> ContactFact:
    facts = {**_about(queue, user), "is_live": False, "is_inbound": True, **more}
    return ContactFact.objects.create(interaction_id=next(_ids), started_at=start, **facts)


def promised(queue: Queue, target: str, state: str, decided_at: datetime, **more: Any) -> PromiseFact:
    about = {**_about(queue, more.pop("user", None)), "timer_id": next(_ids), "target": target, "state": state}
    facts = {"started_at": decided_at - timedelta(hours=1), "priority": 20, **more}
    return PromiseFact.objects.create(**about, decided_at=decided_at, **facts)


def sided(queue: Queue, vendor: Vendor | None, start: datetime, minutes: float | None, **more: Any) -> SideFact:
    """Without minutes: it goes on."""
    ended_at = None if minutes is None else start + timedelta(minutes=minutes)
    about = {"ticket_id": next(_ids), "number": 1, "queue": queue, "kind": "mail", "vendor": vendor, "why": "taken"}
    facts = {"paused": timedelta(), "is_handed_over": False, "started_at": start, "ended_at": ended_at}
    return SideFact.objects.create(**{**about, **facts, **more})


def was(user: User, state: str, start: datetime, end: datetime | None) -> StateFact:
    return StateFact.objects.create(
        change_id=next(_ids), user=user, vendor_id=user.vendor_id, state=state, started_at=start, ended_at=end
    )

"""What people ask for about their own data, themselves: in the chat, in an app, on a page of theirs."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from apps.core import audit, clock, throttle
from apps.core.actor import Actor, ActorKind, Face
from apps.core.events import publish
from apps.privacy import people, terms
from apps.privacy.enums import CameBy, CheckedBy, Law, RequestKind, RequestState
from apps.privacy.events import RequestOpened
from apps.privacy.models import DataSubjectRequest

PERSON: Final = Actor(kind=ActorKind.SYSTEM, face=Face.PORTAL)
MAINLAND: Final = "mainland"
DAILY: Final = 10
LONGEST: Final = 4000
ASKED_HERE: Final = (
    (RequestKind.ACCESS, _("A copy of my data")),
    (RequestKind.CORRECTION, _("Correct my data")),
    (RequestKind.ERASURE, _("Erase my data")),
    (RequestKind.RESTRICTION, _("Only keep my data")),
)
"""What people are offered, in their own words."""


@transaction.atomic
def ask_oneself(
    *, customer_id: int, kind: RequestKind, came_by: CameBy, wish: str = "", checked_by: CheckedBy | None = None
) -> DataSubjectRequest:
    """One that is open already is the answer to asking again. `checked_by` is how it is known that it is they."""
    throttle.hit(f"privacy.ask:{customer_id}", limit=DAILY, per=timedelta(days=1))
    person = people.directory().person(customer_id)
    ids = person.ids if person is not None else (customer_id,)
    rows = DataSubjectRequest.objects.select_for_update(of=("self",), no_key=True)
    found = rows.filter(customer_id__in=ids, kind=kind, settled_at=None).order_by("pk").first()
    return found or _opened(ids[0], kind, came_by, wish, checked_by)


def _opened(
    customer_id: int, kind: RequestKind, came_by: CameBy, wish: str, checked_by: CheckedBy | None
) -> DataSubjectRequest:
    moment, law = clock.now(), usual_law()
    row = DataSubjectRequest(
        customer_id=customer_id,
        kind=kind,
        law=law,
        came_by=came_by,
        wish=wish.strip()[:LONGEST],
        received_at=moment,
        due_at=terms.due_at(law, moment),
    )
    if checked_by is not None:
        row.state, row.checked_by, row.checked_at = RequestState.CHECKED, checked_by, moment
        row.check_note = gettext("Signed in where they asked.")
    row.save()
    publish(RequestOpened(customer_id=customer_id, request_kind=kind), by=PERSON)
    details = {"customer_id": customer_id, "kind": str(kind), "came_by": str(came_by)}
    audit.record("privacy.request_opened", by=PERSON, subject=row, details=details)
    if checked_by is not None:
        audit.record("privacy.request_checked", by=PERSON, subject=row, details={"method": str(checked_by)})
    return row


def usual_law() -> Law:
    """Of the region that this installation is at home in; whoever answers the request changes nothing by it but the clock."""
    return Law.PIPL if settings.HOME_REGION == MAINLAND else Law.GDPR


def asked_by(customer_id: int) -> list[DataSubjectRequest]:
    """The person's own, the newest first."""
    person = people.directory().person(customer_id)
    ids = person.ids if person is not None else (customer_id,)
    return list(DataSubjectRequest.objects.filter(customer_id__in=ids).order_by("-pk")[:10])

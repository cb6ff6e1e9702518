"""Erasing a person: asked for, approved by a second person, then done in batches that may be stopped at any point.

The first step cuts the person off: their handles are taken away, so that whatever they write from then on begins anew.
After that each place is gone through in order of id; where it has come to is kept in the same transaction as the batch.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

import structlog
from django.conf import settings
from django.db import transaction

from apps.core import audit, clock
from apps.core.actor import SYSTEM, Actor
from apps.core.errors import NotVisible
from apps.core.events import publish
from apps.core.permissions import require
from apps.core.sweeps import sweep
from apps.core.wake import wake
from apps.privacy import holds, people
from apps.privacy.enums import ErasureState
from apps.privacy.errors import ErasureUnderWay, OnHold, SecondPersonNeeded, WrongStep
from apps.privacy.events import PersonErased
from apps.privacy.models import DataSubjectRequest, Erasure
from apps.privacy.people import Person, Place

BATCH: Final = 200
CUSTOMER: Final = "customers.customer"
CUT: Final = "privacy.cut"

log = structlog.get_logger(__name__)

# Deciding


def dry_run(person: Person) -> list[tuple[Place, int | None]]:
    """How many rows each place holds of the person; None where only erasing opens them all."""
    return [(place, place.rows(person).count() if place.is_counted else None) for place in people.places()]


def require_unheld(person: Person) -> None:
    if holds.held(CUSTOMER, person.ids):
        raise OnHold


@transaction.atomic
def ask_for_erasure(
    *, customer_id: int, by: Actor, reason: str = "", request: DataSubjectRequest | None = None
) -> Erasure:
    require(by, "privacy.manage_requests")
    person = people.directory().visible(customer_id, by)
    if person is None:
        raise NotVisible
    require_unheld(person)
    under_way = Erasure.objects.filter(customer_ids__overlap=list(person.ids), is_replay=False)
    if under_way.exclude(state=ErasureState.REFUSED).exists():
        raise ErasureUnderWay
    erasure = Erasure.objects.create(
        request=request, customer_ids=list(person.ids), asked_by=by.user, reason=reason.strip()
    )
    _record("privacy.erasure_asked", erasure, by)
    return erasure


@transaction.atomic
def approve_erasure(*, erasure: Erasure, by: Actor) -> Erasure:
    """By somebody else than who asked. From here there is no way back."""
    require(by, "privacy.approve_erasure")
    row = _waiting(erasure, by)
    if row.asked_by_id == by.user_id:
        raise SecondPersonNeeded
    person = people.directory().person(row.customer_ids[0])
    if person is None:
        raise NotVisible
    require_unheld(person)
    row.customer_ids = list(person.ids)
    row.state, row.approved_by, row.approved_at = ErasureState.APPROVED, by.user, clock.now()
    row.save(update_fields=["customer_ids", "state", "approved_by", "approved_at", "updated"])
    _record("privacy.erasure_approved", row, by)
    wake("privacy.erasures")
    return row


@transaction.atomic
def refuse_erasure(*, erasure: Erasure, by: Actor) -> Erasure:
    require(by, "privacy.approve_erasure")
    row = _waiting(erasure, by)
    row.state = ErasureState.REFUSED
    row.save(update_fields=["state", "updated"])
    _record("privacy.erasure_refused", row, by)
    return row


def _waiting(erasure: Erasure, by: Actor) -> Erasure:
    row = Erasure.objects.visible_to(by).select_for_update(of=("self",), no_key=True).filter(pk=erasure.pk).first()
    if row is None:
        raise NotVisible
    if row.state != ErasureState.WAITING:
        raise WrongStep
    return row


def _record(action: str, erasure: Erasure, by: Actor, **details: object) -> None:
    details = {"erasure": erasure.pk, **details}
    for customer_id in erasure.customer_ids:
        audit.record(action, by=by, subject_type=CUSTOMER, subject_id=customer_id, details=details)


# Doing


@sweep("privacy.erasures", queue="bulk", every=60.0)
def run_erasures() -> int:
    """One batch of the oldest that nobody works on; those that are held wait."""
    running = Erasure.objects.filter(state=ErasureState.APPROVED).order_by("pk").values_list("pk", flat=True)
    return next((1 for pk in list(running) if go_on(pk)), 0)


@transaction.atomic
def go_on(pk: int) -> bool:
    """Does one batch and keeps how far it came. False when another worker has it, it is over, or a hold stops it."""
    rows = Erasure.objects.select_for_update(of=("self",), no_key=True, skip_locked=True)
    row = rows.filter(pk=pk, state=ErasureState.APPROVED).first()
    if row is None:
        return False
    if holds.held(CUSTOMER, row.customer_ids):
        return False
    if CUT not in row.progress:
        _cut_off(row)
    else:
        _next_batch(row, Person.unpacked(row.person))
    row.save(update_fields=["customer_ids", "marks", "person", "state", "progress", "started_at", "done_at", "updated"])
    return True


def _cut_off(row: Erasure) -> None:
    """Their handles go first; what finds their data is kept sealed until all is done."""
    directory = people.directory()
    person = directory.person(row.customer_ids[0]) or Person(ids=tuple(row.customer_ids))
    person = Person((*person.ids, *set(row.customer_ids) - set(person.ids)), person.names, person.handles, person.known)
    row.started_at = row.started_at or clock.now()
    row.customer_ids, row.person = list(person.ids), person.packed()
    row.marks = sorted({*row.marks, *directory.marks(person)})
    directory.cut(person)
    row.progress[CUT] = {"after": 0, "count": len(person.handles), "is_done": True}


def _next_batch(row: Erasure, person: Person) -> None:
    place = next((place for place in people.places() if not row.progress.get(place.key, {}).get("is_done")), None)
    if place is None:
        _finish(row)
        return
    done = row.progress.get(place.key, {"after": None, "count": 0, "is_done": False})
    found = place.rows(person).order_by("pk")
    batch = list(found.filter(pk__gt=done["after"])[:BATCH] if done["after"] is not None else found[:BATCH])
    theirs = [each for each in batch if place.concerns is None or place.concerns(person, each)]
    if theirs:
        place.erase(person, theirs)
    row.progress[place.key] = {
        "after": batch[-1].pk if batch else done["after"],
        "count": done["count"] + len(theirs),
        "is_done": len(batch) < BATCH,
    }


def _finish(row: Erasure) -> None:
    row.state, row.done_at, row.person = ErasureState.DONE, clock.now(), {}
    row.reason = ""
    row.save(update_fields=["reason"])
    for customer_id in row.customer_ids:
        publish(PersonErased(customer_id=customer_id), by=SYSTEM)
    _record("privacy.erased", row, SYSTEM, counts=row.counts)
    transaction.on_commit(lambda: keep_proof(row))


# Kept elsewhere


def keep_proof(row: Erasure) -> None:
    """One file for each erasure, in a folder that no restored backup brings back to an earlier day."""
    if settings.ERASURE_LIST_DIR is None:
        return
    folder = Path(settings.ERASURE_LIST_DIR)
    try:
        unfinished = folder / f".{row.public_id}.part"
        unfinished.write_text(json.dumps(row.proof()) + "\n", encoding="utf-8")
        unfinished.rename(folder / f"{row.public_id}.json")
    except OSError as error:
        # The row itself says the same; `replay-erasures --write` makes the files that are missing.
        log.error("erasure.proof_not_kept", erasure=row.pk, error=type(error).__name__)

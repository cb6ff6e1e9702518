"""After a backup was restored: who was erased since it was made, is erased again."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.db import transaction

from apps.core import audit, clock
from apps.core.actor import SYSTEM
from apps.privacy import people
from apps.privacy.enums import ErasureState
from apps.privacy.models import Erasure
from apps.privacy.services.erasing import CUSTOMER, go_on


@dataclass(frozen=True)
class Entry:
    """One erasure of the list: which records, by which handles, and when it was over."""

    customer_ids: tuple[int, ...]
    marks: tuple[str, ...]
    done_at: datetime


class UnreadableEntry(ValueError):
    """A file of the list that is none of ours."""


def own_entries() -> Iterator[Entry]:
    for row in Erasure.objects.filter(state=ErasureState.DONE, is_replay=False).order_by("pk"):
        if row.done_at is not None:
            yield Entry(tuple(row.customer_ids), tuple(row.marks), row.done_at)


def kept_entries(folder: Path) -> Iterator[Entry]:
    """Raises OSError and UnreadableEntry."""
    for path in sorted(folder.glob("*.json")):
        try:
            said = json.loads(path.read_text(encoding="utf-8"))
            done_at = datetime.fromisoformat(said["done_at"])
            yield Entry(tuple(map(int, said["customer_ids"])), tuple(map(str, said["marks"])), done_at)
        except (ValueError, TypeError, KeyError) as error:
            raise UnreadableEntry(f"{path.name} is no proof of an erasure") from error


def replay(entries: Iterable[Entry]) -> int:
    """Erases whoever of the list is there again. Returns how many persons that were.

    Records come by their id; handles only where they were there before the erasure was over, so that somebody who came
    back afterwards stays.
    """
    done = 0
    for entry in entries:
        ids = people.directory().marked(entry.marks, entry.done_at) | _living_again(entry)
        for customer_id in sorted(ids):
            _erase_again(customer_id, entry)
            done += 1
    return done


def _living_again(entry: Entry) -> set[int]:
    found = {pk: people.directory().person(pk) for pk in entry.customer_ids}
    return {pk for pk, person in found.items() if person is not None and (person.names or person.handles)}


def _erase_again(customer_id: int, entry: Entry) -> None:
    with transaction.atomic():
        person = people.directory().person(customer_id)
        ids = [*(person.ids if person else (customer_id,))]
        row = Erasure.objects.create(
            customer_ids=ids,
            marks=list(entry.marks),
            state=ErasureState.APPROVED,
            approved_at=clock.now(),
            is_replay=True,
        )
        for pk in ids:
            audit.record("privacy.erasure_replayed", by=SYSTEM, subject_type=CUSTOMER, subject_id=pk)
    while go_on(row.pk):
        pass

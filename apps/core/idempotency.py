"""One effect for one key, however often a client sends it.

Everything happens in the caller's single transaction: the key is locked, the effect is made, the answer is kept. A crash leaves
neither effect nor answer, so nothing can be found half done and no lease has to run out.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.db import connection

from apps.core.clock import now
from apps.core.inserting import insert_unless_there
from apps.core.models import IdempotentAnswer
from apps.core.sweeps import sweep

KEPT_FOR = timedelta(hours=48)
BATCH = 1000


@dataclass(frozen=True)
class Answer:
    status: int
    body: Any
    headers: dict[str, str] = field(default_factory=dict)
    subject: tuple[str, int] | None = None
    """Model and id of what the answer describes, where it must still be visible when the answer is given again."""


def lock_key(key: bytes) -> bool:
    """Until the transaction ends no other request holds this key. False: one does already."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [int.from_bytes(key[:8], "big", signed=True)])
        (locked,) = cursor.fetchone()
    return bool(locked)


def kept_answer(key: bytes) -> IdempotentAnswer | None:
    return IdempotentAnswer.objects.filter(key=key, expires__gt=now()).first()


def keep_answer(key: bytes, fingerprint: bytes, answer: Answer) -> None:
    """Called under the key's lock. An expired answer of the same key makes room."""
    moment = now()
    IdempotentAnswer.objects.filter(key=key).delete()
    IdempotentAnswer.objects.create(
        key=key,
        fingerprint=fingerprint,
        status=answer.status,
        answer={"body": answer.body, "headers": answer.headers, "subject": answer.subject},
        created=moment,
        expires=moment + KEPT_FOR,
    )


@sweep("core.idempotent_answers", queue="bulk", every=600.0)
def forget_answers() -> int:
    due = IdempotentAnswer.objects.filter(expires__lte=now()).order_by("expires").values("pk")[:BATCH]
    deleted, _by_model = IdempotentAnswer.objects.filter(pk__in=due).delete()
    return deleted


def take_once(key: bytes, kept_for: timedelta) -> bool:
    """Whether nobody had this key yet. Of any number at once exactly one gets it; later it is free again."""
    moment = now()
    IdempotentAnswer.objects.filter(key=key, expires__lte=moment).delete()
    taken = IdempotentAnswer(key=key, fingerprint=key, answer={}, created=moment, expires=moment + kept_for)
    return insert_unless_there(taken)

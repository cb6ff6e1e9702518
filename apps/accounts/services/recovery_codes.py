"""Recovery codes: each opens once in place of a second factor that is lost."""

from __future__ import annotations

import secrets

from django.db import transaction

from apps.accounts.models import RecoveryCode, User
from apps.accounts.services.attempts import lock_person
from apps.core import audit, clock
from apps.core.actor import Actor
from apps.core.crypto import keyed_hash
from apps.core.errors import PermissionRefused

CODES = 10
# Without letters and digits that are taken for each other: 50 bits in ten characters.
ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789"
LENGTH = 10


@transaction.atomic
def renew_recovery_codes(*, user: User, by: Actor) -> list[str]:
    """New codes; the old ones open nothing any more."""
    if by.user_id != user.pk:
        raise PermissionRefused
    lock_person(user)
    audit.record("second_factor.recovery_renewed", by=by, subject=user)
    return write_codes(user)


def write_codes(user: User) -> list[str]:
    """As they are shown, this once."""
    RecoveryCode.objects.filter(user=user).delete()
    codes = ["".join(secrets.choice(ALPHABET) for _ in range(LENGTH)) for _ in range(CODES)]
    RecoveryCode.objects.bulk_create(RecoveryCode(user=user, digest=_digest(user, code)) for code in codes)
    return [f"{code[:5]}-{code[5:]}" for code in codes]


def take_code(user: User, letters: str) -> bool:
    """Whether it was there and unused. The caller holds the person's lock."""
    used = RecoveryCode.objects.filter(user=user, digest=_digest(user, letters), used__isnull=True)
    return bool(used.update(used=clock.now()))


def drop_codes(user: User) -> None:
    RecoveryCode.objects.filter(user=user).delete()


def _digest(user: User, code: str) -> bytes:
    """Keyed: who holds a dump can try nothing."""
    return keyed_hash("recovery-code", f"{user.pk}:{code}".encode())

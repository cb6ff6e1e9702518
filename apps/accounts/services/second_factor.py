"""The second factor: codes of an authenticator app, and recovery codes for when it is lost.

Everything here is reached with the right password only; what is counted is counted for the account, wherever somebody
tries from, and never keeps out longer than it takes for the count to run down.
"""

from __future__ import annotations

import base64
import secrets
from datetime import timedelta

from cryptography.hazmat.primitives import constant_time
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from django.db import transaction
from django.utils.translation import gettext

from apps.accounts.errors import SecondFactorNeeded
from apps.accounts.models import RecoveryCode, TotpFactor, User
from apps.accounts.rules import needs_second_factor
from apps.accounts.services.users import end_sessions
from apps.core import audit, clock, throttle
from apps.core.actor import Actor
from apps.core.crypto import keyed_hash
from apps.core.errors import PermissionRefused
from apps.core.permissions import require

WRONG_CODES = (8, timedelta(minutes=10))
"""Of a million codes three are right at a time: at this pace a guess takes years, and its owner waits minutes."""
STEP = 30
DIGITS = 6
CLOCKS_DIFFER = (-1, 0, 1)
"""Steps by which a telephone's clock may be off."""
SECRET_BYTES = 20
RECOVERY_CODES = 10
# Without letters and digits that are taken for each other: 50 bits in ten characters.
RECOVERY_ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789"
RECOVERY_LENGTH = 10


def has_second_factor(user: User) -> bool:
    return TotpFactor.objects.filter(user=user, confirmed__isnull=False).exists()


# Setting up


@transaction.atomic
def begin_totp(*, user: User) -> TotpFactor:
    """The secret that a set-up page shows: the same one until a code confirms it, however often the page is opened. Never again."""
    _lock(user)
    factor = TotpFactor.objects.filter(user=user).first()
    if factor is not None and factor.confirmed:
        raise PermissionRefused
    if factor is None:
        factor = TotpFactor.objects.create(
            user=user, secret=base64.b32encode(secrets.token_bytes(SECRET_BYTES)).decode()
        )
    return factor


def address_of(factor: TotpFactor) -> str:
    """What the QR code says to the app."""
    return _totp(factor).get_provisioning_uri(factor.user.username, gettext("Contact center"))


def confirm_totp(*, user: User, code: str, by: Actor) -> list[str] | None:
    """Recovery codes, shown this once; None when the code is wrong. A set-up that was confirmed before is left alone."""
    _count(user)
    with transaction.atomic():
        _lock(user)
        factor = TotpFactor.objects.filter(user=user, confirmed__isnull=True).first()
        if factor is None or not _take(factor, _digits(code)):
            return None
        factor.confirmed = clock.now()
        factor.save(update_fields=["confirmed"])
        audit.record("second_factor.set_up", by=by, subject=user, details={"kind": "totp"})
        _forget(user)
        return _write_recovery_codes(user)


# Proving


def check_code(*, user: User, code: str, by: Actor) -> str | None:
    """How somebody proved themselves ("totp" or "recovery"), or None. Raises TooMany before it looks."""
    _count(user)
    with transaction.atomic():
        _lock(user)
        method = _method(user, code)
        if method is None:
            audit.record("second_factor.failed", by=by, subject=user, result="refused")
            return None
        if method == "recovery":
            audit.record("second_factor.recovery_used", by=by, subject=user)
        _forget(user)
        return method


def _method(user: User, code: str) -> str | None:
    digits = _digits(code)
    if len(digits) == DIGITS and digits.isdecimal():
        factor = TotpFactor.objects.filter(user=user, confirmed__isnull=False).first()
        return "totp" if factor is not None and _take(factor, digits) else None
    used = RecoveryCode.objects.filter(user=user, digest=_digest(user, digits), used__isnull=True)
    return "recovery" if used.update(used=clock.now()) else None


def _take(factor: TotpFactor, digits: str) -> bool:
    """Whether the code is right now and was not taken before. Whoever saw it typed cannot type it again."""
    totp, now = _totp(factor), int(clock.now().timestamp()) // STEP
    for step in (now + off for off in CLOCKS_DIFFER):
        if step > factor.last_step and constant_time.bytes_eq(totp.generate(step * STEP), digits.encode()):
            factor.last_step = step
            factor.save(update_fields=["last_step"])
            return True
    return False


def _totp(factor: TotpFactor) -> TOTP:
    # SHA-1 is what every app takes; the others are ignored by some, which then show wrong codes.
    return TOTP(base64.b32decode(factor.secret), DIGITS, SHA1(), STEP)  # noqa: S303 (an HMAC, which SHA-1 is still sound for)


# Recovery codes


@transaction.atomic
def renew_recovery_codes(*, user: User, by: Actor) -> list[str]:
    """New codes; the old ones open nothing any more."""
    if by.user_id != user.pk:
        raise PermissionRefused
    _lock(user)
    audit.record("second_factor.recovery_renewed", by=by, subject=user)
    return _write_recovery_codes(user)


def recovery_codes_left(user: User) -> int:
    return RecoveryCode.objects.filter(user=user, used__isnull=True).count()


def _write_recovery_codes(user: User) -> list[str]:
    RecoveryCode.objects.filter(user=user).delete()
    codes = ["".join(secrets.choice(RECOVERY_ALPHABET) for _ in range(RECOVERY_LENGTH)) for _ in range(RECOVERY_CODES)]
    RecoveryCode.objects.bulk_create(RecoveryCode(user=user, digest=_digest(user, code)) for code in codes)
    return [f"{code[:5]}-{code[5:]}" for code in codes]


def _digest(user: User, code: str) -> bytes:
    """Keyed: who holds a dump can try nothing."""
    return keyed_hash("recovery-code", f"{user.pk}:{code}".encode())


# Taking away


@transaction.atomic
def remove_totp(*, user: User, by: Actor) -> None:
    """One's own. Refused where the role needs it and nothing else is there."""
    if by.user_id != user.pk:
        raise PermissionRefused
    _lock(user)
    if needs_second_factor(user):
        raise SecondFactorNeeded
    if TotpFactor.objects.filter(user=user).delete()[0]:
        RecoveryCode.objects.filter(user=user).delete()
        audit.record("second_factor.removed", by=by, subject=user, details={"kind": "totp"})


@transaction.atomic
def reset_second_factor(*, user: User, by: Actor, code: str = "accounts.manage") -> None:
    """For somebody who lost theirs: all of it goes, and so do their sessions. They set up another at the next sign-in."""
    require(by, code)
    if by.user_id == user.pk:
        raise PermissionRefused
    _lock(user)
    TotpFactor.objects.filter(user=user).delete()
    RecoveryCode.objects.filter(user=user).delete()
    _forget(user)
    audit.record("second_factor.reset", by=by, subject=user)
    end_sessions(user=user, by=by, code=code)


# Shared


def _lock(user: User) -> None:
    """One at a time for each person, so that two requests cannot both take the same code."""
    User.objects.select_for_update(of=("self",), no_key=True).get(pk=user.pk)


def _count(user: User) -> None:
    limit, per = WRONG_CODES
    throttle.hit(_mark(user), limit=limit, per=per)


def _forget(user: User) -> None:
    throttle.forget(_mark(user))


def _mark(user: User) -> str:
    return f"second-factor:{user.pk}"


def _digits(code: str) -> str:
    """As it is meant: people group digits, and copy recovery codes with their hyphen."""
    return "".join(code.split()).replace("-", "").lower()

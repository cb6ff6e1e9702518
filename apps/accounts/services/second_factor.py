"""The second factor: codes of an authenticator app, recovery codes in their place, and taking all of it away.

Everything here is reached with the right password only; what is counted is counted for the account, wherever somebody
tries from, and never keeps out longer than it takes for the count to run down. Keys: `security_keys`.
"""

from __future__ import annotations

import base64
import secrets

from cryptography.hazmat.primitives import constant_time
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from django.db import transaction
from django.utils.translation import gettext

from apps.accounts.errors import SecondFactorNeeded
from apps.accounts.models import SecurityKey, TotpFactor, User
from apps.accounts.rules import needs_second_factor
from apps.accounts.selectors.factors import factors_of
from apps.accounts.services.attempts import count_attempt, forget_attempts, lock_person
from apps.accounts.services.recovery_codes import drop_codes, take_code, write_codes
from apps.accounts.services.users import end_sessions
from apps.core import audit, clock
from apps.core.actor import Actor
from apps.core.errors import PermissionRefused
from apps.core.permissions import require

STEP = 30
DIGITS = 6
CLOCKS_DIFFER = (-1, 0, 1)
"""Steps by which a telephone's clock may be off."""
SECRET_BYTES = 20


# Setting up


@transaction.atomic
def begin_totp(*, user: User) -> TotpFactor:
    """The secret that a set-up page shows: the same one until a code confirms it, however often the page is opened. Never again."""
    lock_person(user)
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
    """Recovery codes, shown this once (none where a key brought some before); None when the code is wrong. A set-up
    that was confirmed before is left alone.
    """
    count_attempt(user)
    with transaction.atomic():
        lock_person(user)
        factor = TotpFactor.objects.filter(user=user, confirmed__isnull=True).first()
        if factor is None or not _take(factor, _digits(code)):
            return None
        factor.confirmed = clock.now()
        factor.save(update_fields=["confirmed"])
        audit.record("second_factor.set_up", by=by, subject=user, details={"kind": "totp"})
        forget_attempts(user)
        return [] if factors_of(user).codes_left else write_codes(user)


# Proving


def check_code(*, user: User, code: str, by: Actor) -> str | None:
    """How somebody proved themselves ("totp" or "recovery"), or None. Raises TooMany before it looks."""
    count_attempt(user)
    with transaction.atomic():
        lock_person(user)
        method = _method(user, code)
        if method is None:
            audit.record("second_factor.failed", by=by, subject=user, result="refused")
            return None
        if method == "recovery":
            audit.record("second_factor.recovery_used", by=by, subject=user)
        forget_attempts(user)
        return method


def _method(user: User, code: str) -> str | None:
    digits = _digits(code)
    if len(digits) == DIGITS and digits.isdecimal():
        factor = TotpFactor.objects.filter(user=user, confirmed__isnull=False).first()
        is_taken = factor is not None and factors_of(user).is_app_enough and _take(factor, digits)
        return "totp" if is_taken else None
    return "recovery" if take_code(user, digits) else None


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


def _digits(code: str) -> str:
    """As it is meant: people group digits, and copy recovery codes with their hyphen."""
    return "".join(code.split()).replace("-", "").lower()


# Taking away


@transaction.atomic
def remove_totp(*, user: User, by: Actor) -> None:
    """One's own. Refused where the role needs it and nothing else is there."""
    if by.user_id != user.pk:
        raise PermissionRefused
    lock_person(user)
    has_key = SecurityKey.objects.filter(user=user).exists()
    if needs_second_factor(user) and not has_key:
        raise SecondFactorNeeded
    if TotpFactor.objects.filter(user=user).delete()[0]:
        if not has_key:
            drop_codes(user)
        audit.record("second_factor.removed", by=by, subject=user, details={"kind": "totp"})


@transaction.atomic
def reset_second_factor(*, user: User, by: Actor, code: str = "accounts.manage") -> None:
    """For somebody who lost theirs: all of it goes, and so do their sessions. They set up another at the next sign-in."""
    require(by, code)
    if by.user_id == user.pk:
        raise PermissionRefused
    lock_person(user)
    TotpFactor.objects.filter(user=user).delete()
    SecurityKey.objects.filter(user=user).delete()
    drop_codes(user)
    forget_attempts(user)
    audit.record("second_factor.reset", by=by, subject=user)
    end_sessions(user=user, by=by, code=code)

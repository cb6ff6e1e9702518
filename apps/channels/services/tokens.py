"""Access tokens of platforms: one for each set of credentials, fetched by one process at a time.

Whoever finds a token about to run out renews it under a lease; the others go on with the old one as long as it
holds, and wait for the new one when it does not. No transaction is open while a platform is asked.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, TypeVar

from django.db import transaction

from apps.channels.contract import SendResult
from apps.channels.errors import LeaseLost
from apps.channels.keys import key_of
from apps.channels.models import PlatformToken
from apps.channels.platform_http import PlatformTrouble
from apps.core.clock import now
from apps.core.leases import HeldLease, take_lease

MARGIN: Final = timedelta(minutes=5)
"""A token is renewed so long before it runs out; one that lives shortly, in its last quarter."""

LEASE: Final = timedelta(seconds=40)
"""Longer than asking a platform takes at most."""

PATIENCE_SECONDS: Final = 10.0
PAUSE_SECONDS: Final = 0.1
KEPT: Final = timedelta(days=1)
LONGEST_LIFE: Final = timedelta(days=400)

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Issued:
    value: str
    lifetime: timedelta


def lasting(seconds: int) -> timedelta:
    """What a platform says of a token's life, within what can be true."""
    return min(timedelta(seconds=min(max(seconds, 1), 10**9)), LONGEST_LIFE)


Issue = Callable[[bool], Issued]
"""Asks the platform for a token; True when the one we have was refused, so that the same again would not help."""


def with_token(
    *, credentials: Sequence[str], issue: Issue, use: Callable[[str], Answer], is_refused: Callable[[Answer], bool]
) -> Answer:
    """Uses the token, and once more a new one when the platform refuses it."""
    token = access_token(credentials=credentials, issue=issue)
    answer = use(token)
    if is_refused(answer):
        answer = use(access_token(credentials=credentials, issue=issue, refused=token))
    return answer


def access_token(*, credentials: Sequence[str], issue: Issue, refused: str = "") -> str:
    """The token of these credentials, another than the `refused` one."""
    key = key_of("token", *credentials)
    until = time.monotonic() + PATIENCE_SECONDS
    while True:
        row = _usable(key, refused)
        if row is not None and row.refresh_at > now():
            return row.value
        lease = take_lease(f"token:{key.hex()}", ttl=LEASE, lost_error=LeaseLost)
        if lease is not None:
            return _renew(key, issue, refused, lease)
        if row is not None:
            return row.value
        if time.monotonic() >= until:
            raise PlatformTrouble(SendResult.retry_later("Another process is still fetching the token."))
        time.sleep(PAUSE_SECONDS)


def _usable(key: bytes, refused: str) -> PlatformToken | None:
    row = PlatformToken.objects.filter(key=key, expires_at__gt=now()).first()
    return None if row is None or row.value == refused else row


def _renew(key: bytes, issue: Issue, refused: str, lease: HeldLease) -> str:
    try:
        row = _usable(key, refused)  # somebody may have been quicker
        if row is not None and row.refresh_at > now():
            return row.value
        issued = issue(bool(refused))
        _keep(key, issued, lease)
        return issued.value
    except LeaseLost as error:
        # Told in other words, because to the inbox a lost lease means that the item is no longer ours.
        raise PlatformTrouble(SendResult.retry_later("Another process fetched the token as well.")) from error
    finally:
        lease.release()


@transaction.atomic
def _keep(key: bytes, issued: Issued, lease: HeldLease) -> None:
    """A process that was replaced keeps nothing: its token is the older one."""
    lease.fence()
    expires = now() + issued.lifetime
    PlatformToken.objects.filter(key=key).delete()
    PlatformToken.objects.filter(expires_at__lt=now() - KEPT).delete()
    PlatformToken(
        key=key,
        value=issued.value,
        refresh_at=expires - min(MARGIN, issued.lifetime / 4),
        expires_at=expires,
    ).save(force_insert=True)

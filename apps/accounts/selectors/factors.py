"""What somebody can prove themselves with beside the password."""

from __future__ import annotations

from dataclasses import dataclass

from apps.accounts.models import RecoveryCode, SecurityKey, TotpFactor, User
from apps.accounts.rules import needs_security_key


@dataclass(frozen=True, kw_only=True)
class Factors:
    keys: tuple[SecurityKey, ...]
    has_app: bool
    codes_left: int
    needs_key: bool
    """By the role: codes of an app open nothing once there is a key."""

    @property
    def has_any(self) -> bool:
        return bool(self.keys) or self.has_app

    @property
    def is_app_enough(self) -> bool:
        return self.has_app and not (self.needs_key and self.keys)

    @property
    def lacks_key(self) -> bool:
        return self.needs_key and not self.keys

    def keys_for(self, rp_id: str) -> tuple[SecurityKey, ...]:
        return tuple(key for key in self.keys if key.rp_id == rp_id)


def factors_of(user: User) -> Factors:
    return Factors(
        keys=tuple(SecurityKey.objects.filter(user=user)),
        has_app=has_app(user),
        codes_left=RecoveryCode.objects.filter(user=user, used__isnull=True).count(),
        needs_key=needs_security_key(user),
    )


def has_app(user: User) -> bool:
    return TotpFactor.objects.filter(user=user, confirmed__isnull=False).exists()

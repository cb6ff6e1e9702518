"""Security keys and passkeys (WebAuthn). `fido2` does the protocol; what is ours is whose key it is, that a challenge
counts once, that a copied key is noticed, and the audit trail.

A key proves that its owner is there and typed its PIN or showed a finger: it alone is as good as password and code.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import IntegrityError, transaction
from django.utils.translation import gettext
from fido2.server import Fido2Server
from fido2.webauthn import (
    AttestedCredentialData,
    AuthenticationResponse,
    AuthenticatorData,
    PublicKeyCredentialRpEntity,
    PublicKeyCredentialUserEntity,
    RegistrationResponse,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from apps.accounts.errors import KeyRefused, KeyTaken, SecondFactorNeeded
from apps.accounts.models import SecurityKey, User
from apps.accounts.rules import needs_second_factor
from apps.accounts.selectors.factors import factors_of
from apps.accounts.services.attempts import count_attempt, forget_attempts, lock_person
from apps.accounts.services.recovery_codes import drop_codes, write_codes
from apps.core import audit, clock, throttle
from apps.core.actor import Actor
from apps.core.crypto import keyed_hash
from apps.core.errors import InvalidInput, NotVisible, PermissionRefused

PATIENCE: Final = timedelta(minutes=5)
"""How long a challenge can be answered."""
MOST_KEYS: Final = 20
_MALFORMED: Final = (
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    NotImplementedError,
    RecursionError,
    struct.error,
)
"""What reading bytes of somebody's own making may raise; none of it says anything about anybody."""


@dataclass(frozen=True, kw_only=True)
class Site:
    """Where somebody stands: the host that keys are made for, and the exact origin that signs must name."""

    rp_id: str
    origin: str


@dataclass(frozen=True, kw_only=True)
class Challenge:
    """What a page was asked to have signed. It waits in the session and counts once."""

    options: dict[str, Any]
    kept: dict[str, Any]


# Registering


def begin_registration(*, user: User, site: Site) -> Challenge:
    options, state = _server(site).register_begin(
        PublicKeyCredentialUserEntity(
            id=keyed_hash("webauthn-user", str(user.pk).encode()), name=user.username, display_name=str(user)
        ),
        _credentials(factors_of(user).keys_for(site.rp_id)),
        resident_key_requirement=ResidentKeyRequirement.PREFERRED,
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return Challenge(options=dict(options), kept=_kept("registration", user, state))


def register_key(
    *, user: User, site: Site, kept: Mapping[str, Any] | None, answer: str, name: str, by: Actor
) -> list[str]:
    """Recovery codes, shown this once, when it is the first second factor. Raises KeyRefused and KeyTaken."""
    if by.user_id != user.pk:
        raise PermissionRefused
    data = _registered(site, _state(kept, "registration", user), answer)
    with transaction.atomic():
        lock_person(user)
        if SecurityKey.objects.filter(user=user).count() >= MOST_KEYS:
            raise InvalidInput(fields={"name": [gettext("Remove a key before you add another.")]})
        key = _write_key(user, site, data, name)
        audit.record("second_factor.set_up", by=by, subject=user, details={"kind": "key", "key_id": key.pk})
        return [] if factors_of(user).codes_left else write_codes(user)


def _registered(site: Site, state: Mapping[str, Any], answer: str) -> AuthenticatorData:
    try:
        response = RegistrationResponse.from_dict(json.loads(answer))
        if response.response.client_data.cross_origin:
            raise KeyRefused
        return _server(site).register_complete(state, response)
    except _MALFORMED as error:
        raise KeyRefused from error


def _write_key(user: User, site: Site, data: AuthenticatorData, name: str) -> SecurityKey:
    credential = data.credential_data
    if credential is None:
        raise KeyRefused
    try:
        with transaction.atomic():
            return SecurityKey.objects.create(
                user=user,
                name=name.strip(),
                rp_id=site.rp_id,
                credential_id=bytes(credential.credential_id),
                credential=bytes(credential),
                sign_count=data.counter,
            )
    except IntegrityError as error:
        raise KeyTaken from error


# Proving


def begin_proof(*, user: User, site: Site) -> Challenge:
    """Raises KeyRefused where the person has no key for this host."""
    keys = factors_of(user).keys_for(site.rp_id)
    if not keys:
        raise KeyRefused
    options, state = _server(site).authenticate_begin(
        _credentials(keys), user_verification=UserVerificationRequirement.REQUIRED
    )
    return Challenge(options=dict(options), kept=_kept("proof", user, state))


def check_key(*, user: User, site: Site, kept: Mapping[str, Any] | None, answer: str, by: Actor) -> bool:
    """Whether one of the person's own keys signed this very challenge at this very origin. Raises TooMany first."""
    count_attempt(user)
    try:
        state = _state(kept, "proof", user)
    except KeyRefused:
        audit.record("second_factor.failed", by=by, subject=user, result="refused", details={"kind": "key"})
        return False
    with transaction.atomic():
        lock_person(user)
        key = _signed(user, site, state, answer, by)
        if key is None:
            audit.record("second_factor.failed", by=by, subject=user, result="refused", details={"kind": "key"})
            return False
        forget_attempts(user)
        return True


def _signed(user: User, site: Site, state: Mapping[str, Any], answer: str, by: Actor) -> SecurityKey | None:
    keys = {bytes(key.credential_id): key for key in factors_of(user).keys_for(site.rp_id)}
    try:
        response = AuthenticationResponse.from_dict(json.loads(answer))
        if response.response.client_data.cross_origin:
            return None
        found = _server(site).authenticate_complete(state, _credentials(list(keys.values())), response)
    except _MALFORMED:
        return None
    key = keys[bytes(found.credential_id)]
    return key if _counts_on(key, response.response.authenticator_data.counter, by) else None


def _counts_on(key: SecurityKey, count: int, by: Actor) -> bool:
    """A count that does not rise means that a second key signs with the same secret: neither is trusted any more."""
    if max(count, key.sign_count) > 0 and count <= key.sign_count:
        audit.record(
            "security_key.copied",
            by=by,
            subject=key.user,
            result="refused",
            details={"key_id": key.pk, "known": key.sign_count, "told": count},
        )
        return False
    key.sign_count, key.last_used = count, clock.now()
    key.save(update_fields=["sign_count", "last_used"])
    return True


# Keeping


@transaction.atomic
def rename_key(*, key_id: int, name: str, by: Actor) -> None:
    """One's own."""
    key = _own_key(key_id, by)
    key.name = name.strip()
    key.save(update_fields=["name"])


@transaction.atomic
def remove_key(*, key_id: int, by: Actor) -> None:
    """One's own. Refused where the role needs it and nothing else is there that would do."""
    key = _own_key(key_id, by)
    lock_person(key.user)
    factors = factors_of(key.user)
    is_last = len(factors.keys) == 1
    if is_last and (factors.needs_key or (needs_second_factor(key.user) and not factors.has_app)):
        raise SecondFactorNeeded
    audit.record("second_factor.removed", by=by, subject=key.user, details={"kind": "key", "key_id": key.pk})
    key.delete()
    if is_last and not factors.has_app:
        drop_codes(key.user)


def _own_key(key_id: int, by: Actor) -> SecurityKey:
    key = SecurityKey.objects.select_related("user").filter(pk=key_id, user=by.user, user__isnull=False).first()
    if key is None:
        raise NotVisible
    return key


# Shared


def _server(site: Site) -> Fido2Server:
    entity = PublicKeyCredentialRpEntity(name=gettext("Contact center"), id=site.rp_id)
    return Fido2Server(entity, verify_origin=lambda origin: origin == site.origin)


def _credentials(keys: Sequence[SecurityKey]) -> list[AttestedCredentialData]:
    return [AttestedCredentialData(bytes(key.credential)) for key in keys]


def _kept(purpose: str, user: User, state: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "purpose": purpose,
        "user": user.pk,
        "challenge": state["challenge"],
        "since": clock.now().isoformat(),
    }


def _state(kept: Mapping[str, Any] | None, purpose: str, user: User) -> dict[str, Any]:
    """The challenge, used up by this: also when two requests bring it at the same moment."""
    if kept is None or kept["purpose"] != purpose or kept["user"] != user.pk:
        raise KeyRefused
    if clock.now() - datetime.fromisoformat(kept["since"]) > PATIENCE:
        raise KeyRefused
    if not throttle.is_first(f"webauthn:{kept['challenge']}", per=2 * PATIENCE):
        raise KeyRefused
    return {"challenge": kept["challenge"], "user_verification": UserVerificationRequirement.REQUIRED}

"""Staff accounts. Who decides by a rule of their own (a vendor's manager, for their own people) names its permission in
`code`, having asked before whose account it is.
"""

from __future__ import annotations

import zoneinfo
from collections.abc import Mapping, Sequence
from typing import Any

from django.contrib.auth.hashers import make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from apps.accounts.errors import ShutOutByHouse
from apps.accounts.events import UserDeactivated
from apps.accounts.models import Role, User, Vendor
from apps.accounts.models.user import Language
from apps.core import audit, clock
from apps.core.actor import Actor
from apps.core.errors import InvalidInput, NotVisible, PermissionRefused
from apps.core.events import publish
from apps.core.live import cut_off
from apps.core.permissions import may, require

MAX_SIGNATURE = 4000
MANAGE = "accounts.manage"


@transaction.atomic
def create_user(
    *,
    username: str,
    display_name: str,
    role: Role,
    by: Actor,
    vendor: Vendor | None = None,
    password: str | None = None,
    email: str = "",
    language: str = Language.ZH_HANS,
    spoken_languages: Sequence[str] = (),
    code: str = MANAGE,
) -> User:
    """Without a password the account cannot sign in until one is set."""
    require(by, code)
    user = User(
        username=User.normalize_username(username),
        display_name=display_name,
        email=email,
        role=role,
        vendor=vendor,
        language=language,
        spoken_languages=list(spoken_languages),
    )
    _check(user, password)
    user.password = make_password(password)
    try:
        with transaction.atomic():
            user.save(force_insert=True)
    except IntegrityError as error:
        raise InvalidInput(fields={"username": [_("A user with this name already exists.")]}) from error
    audit.record("user.created", by=by, subject=user, details={"role": role.key, "vendor_id": user.vendor_id})
    return user


@transaction.atomic
def update_user(*, user: User, by: Actor, code: str = MANAGE, **changes: Any) -> User:
    """Changes names, role, vendor, e-mail or languages. A change of role or vendor ends the person's sessions."""
    require(by, code)
    unknown = set(changes) - {"role", "vendor", "display_name", "email", "language", "spoken_languages"}
    if unknown:
        raise TypeError(f"update_user() does not set {sorted(unknown)}")
    user = _locked(user)
    before = {name: _plain(getattr(user, name)) for name in changes}
    for name, value in changes.items():
        setattr(user, name, value)
    _check(user, None)
    user.save(update_fields=list(changes))
    after = {name: _plain(getattr(user, name)) for name in changes}
    if before != after:
        changed = sorted(name for name in changes if before[name] != after[name])
        audit.record("user.changed", by=by, subject=user, details={"fields": changed})
    return user


@transaction.atomic
def deactivate_user(*, user: User, by: Actor, reason: str = "", code: str = MANAGE) -> User:
    """Shuts somebody out: sessions, sockets and tokens end; what they did stays theirs. Whom the house shuts out, also
    after their company did, is let in by the house alone.
    """
    require(by, code)
    if by.user_id == user.pk:
        raise PermissionRefused
    user = _locked(user)
    if user.is_active:
        user.is_active, user.is_shut_out_by_house = False, code == MANAGE
        user.session_epoch += 1
        user.save(update_fields=["is_active", "is_shut_out_by_house", "session_epoch"])
        user.api_tokens.filter(revoked__isnull=True).update(revoked=clock.now())
        audit.record("user.deactivated", by=by, subject=user, reason=reason)
        publish(UserDeactivated(user_id=user.pk), by=by)
        cut_off([user.pk])
    elif code == MANAGE and not user.is_shut_out_by_house:
        _keep_out(user, by, reason)
    return user


def _keep_out(user: User, by: Actor, reason: str) -> None:
    user.is_shut_out_by_house = True
    user.save(update_fields=["is_shut_out_by_house"])
    audit.record("user.shut_out_by_house", by=by, subject=user, reason=reason)


@transaction.atomic
def reactivate_user(*, user: User, by: Actor, reason: str = "", code: str = MANAGE) -> User:
    require(by, code)
    user = _locked(user)
    require_not_shut_out(user, code)
    if not user.is_active:
        user.is_active, user.is_shut_out_by_house = True, False
        user.save(update_fields=["is_active", "is_shut_out_by_house"])
        audit.record("user.reactivated", by=by, subject=user, reason=reason)
    return user


def require_not_shut_out(user: User, code: str) -> None:
    """`code`: by which permission somebody decides; that of the house alone decides about whom the house shut out."""
    if user.is_shut_out_by_house and code != MANAGE:
        raise ShutOutByHouse


@transaction.atomic
def end_sessions(*, user: User, by: Actor, code: str = MANAGE) -> User:
    """Signs the person out everywhere."""
    if by.user_id != user.pk:
        require(by, code)
    user = _locked(user)
    user.session_epoch += 1
    user.save(update_fields=["session_epoch"])
    audit.record("user.sessions_ended", by=by, subject=user)
    return user


@transaction.atomic
def set_password(*, user: User, password: str, by: Actor) -> User:
    """Ends all of the person's sessions; the caller keeps its own alive with `update_session_auth_hash`."""
    if by.user_id != user.pk:
        require(by, "accounts.manage")
    user = _locked(user)
    _check(user, password)
    user.password = make_password(password)
    user.save(update_fields=["password"])
    audit.record("user.password_set", by=by, subject=user)
    return user


def set_preferences(*, user: User, by: Actor, values: Mapping[str, str]) -> User:
    """What people set for themselves: language, time zone, signature. Any other key is refused."""
    if by.user_id != user.pk and not may(by, "accounts.manage"):
        raise PermissionRefused
    errors: dict[str, list[Any]] = {}
    for name, value in values.items():
        if name == "language" and value not in Language.values:
            errors[name] = [_("This language is not available.")]
        elif name == "time_zone" and value not in zoneinfo.available_timezones():
            errors[name] = [_("This time zone does not exist.")]
        elif name == "signature" and len(value) > MAX_SIGNATURE:
            errors[name] = [_("The signature is too long.")]
        elif name not in ("language", "time_zone", "signature"):
            errors[name] = [_("This cannot be set.")]
    if errors:
        raise InvalidInput(fields=errors)
    for name, value in values.items():
        setattr(user, name, value)
    user.save(update_fields=list(values))
    return user


def _locked(user: User) -> User:
    row = User.objects.select_related("role", "vendor").select_for_update(of=("self",), no_key=True).filter(pk=user.pk)
    found = row.first()
    if found is None:
        raise NotVisible
    return found


def _check(user: User, password: str | None) -> None:
    try:
        user.clean_fields(exclude=["password"])
        if password is not None:
            validate_password(password, user)
    except ValidationError as error:
        fields = error.message_dict if hasattr(error, "error_dict") else {"password": error.messages}
        raise InvalidInput(fields=fields) from error
    if user.role is not None and user.role.is_outsourced and user.vendor is None:
        raise InvalidInput(fields={"vendor": [_("This role needs a vendor.")]})


def _plain(value: Any) -> Any:
    return getattr(value, "pk", value)

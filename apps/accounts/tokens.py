"""Credentials for the REST API: random, shown once, stored as a hash, expiring, revocable, narrowed to scopes."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Collection
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import ApiToken, User
from apps.accounts.rules import comes_from_allowed_place, reads_only
from apps.core import audit, clock
from apps.core.actor import Actor, token
from apps.core.errors import InvalidInput, NotVisible
from apps.core.permissions import all_permissions, require

PREFIX = "cct_"
PREFIX_LENGTH = 12
LIFETIME = timedelta(days=90)
MAX_LIFETIME = timedelta(days=366)
# How exactly we know when a token was last used.
USE_MARK = timedelta(minutes=5)


@transaction.atomic
def issue_token(
    *, user: User, name: str, scopes: Collection[str], by: Actor, expires: datetime | None = None
) -> tuple[ApiToken, str]:
    """The token's row and its plain text, which is nowhere kept. It can never do more than its user."""
    require(by, "accounts.manage")
    now = clock.now()
    expires = expires or now + LIFETIME
    unknown = sorted(set(scopes) - set(all_permissions()))
    if unknown:
        names = {"names": ", ".join(unknown)}
        raise InvalidInput(fields={"scopes": [_("These scopes do not exist: %(names)s") % names]})
    if not now < expires <= now + MAX_LIFETIME:
        raise InvalidInput(fields={"expires": [_("A token expires within one year.")]})
    plain = PREFIX + secrets.token_urlsafe(32)
    row = ApiToken.objects.create(
        name=name,
        user=user,
        prefix=plain[:PREFIX_LENGTH],
        digest=digest_of(plain),
        scopes=sorted(set(scopes)),
        created_by=by.user,
        expires=expires,
    )
    audit.record("token.issued", by=by, subject=row, details={"user_id": user.pk, "scopes": row.scopes})
    return row, plain


@transaction.atomic
def revoke_token(*, token: ApiToken, by: Actor) -> ApiToken:
    """One's own, or anybody's for who manages accounts. Takes effect with the next request."""
    row = ApiToken.objects.visible_to(by).select_for_update(of=("self",), no_key=True).filter(pk=token.pk).first()
    if row is None:
        raise NotVisible
    if row.revoked is None:
        row.revoked = clock.now()
        row.save(update_fields=["revoked"])
        audit.record("token.revoked", by=by, subject=row)
    return row


def actor_for_token(plain: str, ip: str = "") -> Actor | None:
    """Whom a presented token acts for; None for anything but a live token of somebody who may use the API."""
    if not plain.startswith(PREFIX) or not plain.isascii() or len(plain) > 100:
        return None
    now = clock.now()
    row = (
        ApiToken.objects.select_related("user__role", "user__vendor")
        .filter(digest=digest_of(plain), revoked__isnull=True, expires__gt=now)
        .first()
    )
    if row is None or not row.user.may_sign_in or not comes_from_allowed_place(row.user, ip):
        return None
    scopes = frozenset(row.scopes)
    actor = token(row.user, token_id=row.pk, scopes=scopes, ip=ip, reads_only=reads_only(row.user))
    if "api.use" not in actor.permissions:
        return None
    stale = Q(last_used__isnull=True) | Q(last_used__lt=now - USE_MARK)
    if row.last_used is None or row.last_used < now - USE_MARK:
        ApiToken.objects.filter(stale, pk=row.pk).update(last_used=now)
    return actor


def digest_of(plain: str) -> bytes:
    # 256 random bits need no slow hash.
    return hashlib.sha256(plain.encode("ascii")).digest()

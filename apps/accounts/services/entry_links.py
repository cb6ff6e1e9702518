"""Links by which somebody chooses their password: the first one, or a new one. Each opens once, and for some days."""

from __future__ import annotations

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.hashers import make_password
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.db import transaction
from django.urls import reverse
from django.utils.http import base36_to_int, int_to_base36

from apps.accounts.errors import EntryLinkGone
from apps.accounts.models import User
from apps.accounts.services.users import MANAGE, set_password
from apps.core import audit
from apps.core.actor import Actor, person
from apps.core.errors import NotVisible
from apps.core.live import cut_off
from apps.core.permissions import require

MAX_ID = 13
"""Characters of a 64-bit number in base 36."""


class _Tokens(PasswordResetTokenGenerator):
    """Signed, not stored: a link is over with the password that it sets, with the next link, and with the account."""

    key_salt = "apps.accounts.entry_links"

    def _make_hash_value(self, user: AbstractBaseUser, timestamp: int) -> str:
        assert isinstance(user, User)  # noqa: S101 (narrows the type)
        return f"{user.pk}|{user.password}|{user.session_epoch}|{user.is_active}|{user.vendor_id}|{timestamp}"


_tokens = _Tokens()


@transaction.atomic
def make_entry_link(*, user: User, by: Actor, code: str = MANAGE) -> str:
    """The path of the link. From now on the account has no password, and everybody who is signed in with it is out."""
    require(by, code)
    row = User.objects.select_for_update(of=("self",), no_key=True).filter(pk=user.pk, is_active=True).first()
    if row is None:
        raise NotVisible
    row.password = make_password(None)
    row.session_epoch += 1
    row.save(update_fields=["password", "session_epoch"])
    audit.record("user.entry_link_made", by=by, subject=row)
    cut_off([row.pk])
    return reverse("accounts:entry", args=[int_to_base36(row.pk), _tokens.make_token(row)])


def holder_of(uid: str, token: str) -> User:
    """Whose link it is. Raises EntryLinkGone alike for links that are used, old, forged or of somebody shut out."""
    user = _user(uid)
    if user is None or not user.may_sign_in or not _tokens.check_token(user, token):
        raise EntryLinkGone
    return user


def _user(uid: str) -> User | None:
    if len(uid) > MAX_ID:
        return None
    try:
        pk = base36_to_int(uid)
    except ValueError:
        return None
    return User.objects.select_related("role", "vendor").filter(pk=pk).first() if pk < 2**63 else None


@transaction.atomic
def choose_password(*, uid: str, token: str, password: str) -> User:
    """Of two who open it at once, the second finds it gone."""
    User.objects.select_for_update(of=("self",), no_key=True).filter(pk=holder_of(uid, token).pk).first()
    user = holder_of(uid, token)
    return set_password(user=user, password=password, by=person(user))

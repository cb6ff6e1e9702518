"""Who acts, and through which face. Every service takes one as ``by``."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from apps.core import permissions

if TYPE_CHECKING:
    from apps.accounts.models import User


class ActorKind(TextChoices):
    PERSON = "person", _("Person")
    TOKEN = "token", _("API token")
    SYSTEM = "system", _("System")


class Face(TextChoices):
    DESK = "desk", _("Workbench")
    API = "api", _("API")
    ADMIN = "admin", _("Administration")
    PORTAL = "portal", _("Customer portal")
    CHANNEL = "channel", _("Channel")
    SYSTEM = "system", _("System")


@dataclass(frozen=True)
class Actor:
    kind: ActorKind
    face: Face
    user: User | None = None
    token_id: int | None = None
    scopes: frozenset[str] | None = None
    ip: str = ""
    memo: dict[str, Any] = field(default_factory=dict, compare=False, repr=False)
    """What was looked up once for this actor's request (granted ids, permissions). Never outlives the request."""

    @property
    def user_id(self) -> int | None:
        return None if self.user is None else self.user.pk

    @property
    def label(self) -> str:
        """The name that history shows: the staff account, or the kind of machine."""
        return str(ActorKind.SYSTEM.value) if self.user is None else str(self.user)[:150]

    @property
    def key(self) -> str:
        """Identity for throttles, view marks and cursors: stable, and without a name in it."""
        return f"{self.kind.value}:{self.user_id or 0}:{self.token_id or 0}"

    @property
    def permissions(self) -> frozenset[str]:
        codes: frozenset[str] | None = self.memo.get("permissions")
        if codes is None:
            codes = self.memo["permissions"] = self._read_permissions()
        return codes

    def _read_permissions(self) -> frozenset[str]:
        if self.kind is ActorKind.SYSTEM:
            return frozenset(permissions.all_permissions())
        if self.user is None or not self.user.is_active:
            return frozenset()
        codes = permissions.codes_of(self.user)
        return codes if self.scopes is None else codes & self.scopes


SYSTEM = Actor(kind=ActorKind.SYSTEM, face=Face.SYSTEM)


def person(user: User, face: Face = Face.DESK, ip: str = "") -> Actor:
    return Actor(kind=ActorKind.PERSON, face=face, user=user, ip=ip)


def token(user: User, *, token_id: int, scopes: frozenset[str], face: Face = Face.API, ip: str = "") -> Actor:
    """An API credential acts for its user, within its scopes."""
    return Actor(kind=ActorKind.TOKEN, face=face, user=user, token_id=token_id, scopes=scopes, ip=ip)

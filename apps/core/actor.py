"""Who acts, and through which face. Every service takes one as ``by``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from apps.core import permissions

if TYPE_CHECKING:
    from apps.accounts.models import User

Rows = TypeVar("Rows")


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
    behind: User | None = None
    """Who really sits there, where they see the desk as `user` does. What is seen is then what both of them see."""
    reads_only: bool = False
    """Looks and changes nothing: whoever writes is refused where requests and socket messages come in."""
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
        name = f"{self.kind.value}:{self.user_id or 0}:{self.token_id or 0}"
        return name if self.behind is None else f"{name}:{self.behind.pk}"

    @property
    def own_id(self) -> int | None:
        """Whose words are shown that nobody else reads, drafts for instance: nobody's while somebody else looks."""
        return self.user_id if self.behind is None else None

    @property
    def doer_id(self) -> int | None:
        """Who answers for it."""
        return self.user_id if self.behind is None else self.behind.pk

    @property
    def eyes(self) -> tuple[Actor, ...]:
        """Everybody who must see a thing for this actor to see it: the one it is, or both who look."""
        if self.behind is None or self.user is None:
            return (self,)
        found: tuple[Actor, ...] | None = self.memo.get("eyes")
        if found is None:
            found = self.memo["eyes"] = tuple(person(user, self.face, self.ip) for user in (self.user, self.behind))
        return found

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
        if self.behind is not None:
            return frozenset.intersection(*(one.permissions for one in self.eyes))
        codes = permissions.codes_of(self.user)
        return codes if self.scopes is None else codes & self.scopes


SYSTEM = Actor(kind=ActorKind.SYSTEM, face=Face.SYSTEM)


def person(user: User, face: Face = Face.DESK, ip: str = "", *, reads_only: bool = False) -> Actor:
    return Actor(kind=ActorKind.PERSON, face=face, user=user, ip=ip, reads_only=reads_only)


def token(
    user: User,
    *,
    token_id: int,
    scopes: frozenset[str],
    face: Face = Face.API,
    ip: str = "",
    reads_only: bool = False,
) -> Actor:
    """An API credential acts for its user, within its scopes."""
    return Actor(
        kind=ActorKind.TOKEN, face=face, user=user, token_id=token_id, scopes=scopes, ip=ip, reads_only=reads_only
    )


def as_seen_by(user: User, *, behind: User, face: Face = Face.DESK, ip: str = "") -> Actor:
    """`behind` looks at what `user` sees, and changes nothing."""
    return Actor(kind=ActorKind.PERSON, face=face, user=user, ip=ip, behind=behind, reads_only=True)


def through_all_eyes(visible_to: Callable[[Rows, Actor], Rows]) -> Callable[[Rows, Actor], Rows]:
    """For a `visible_to` that asks who somebody is, and not only what is granted: each who looks must see the row."""

    @wraps(visible_to)
    def narrowed(rows: Rows, actor: Actor) -> Rows:
        for one in actor.eyes:
            rows = visible_to(rows, one)
        return rows

    return narrowed

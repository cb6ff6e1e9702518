"""How a person is reached on a handle of theirs. The app that owns conversations says so, in ``ready()``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

    from apps.core.actor import Actor


@dataclass(frozen=True)
class OwnHandle:
    """One that the person had proved, and that something can be sent to. `shown` has passed the reader's lens."""

    key: str
    kind: str
    label: StrOrPromise
    shown: str


@dataclass(frozen=True)
class Words:
    """What is sent, in the language of the person: `brand` stands in it as %(brand)s."""

    subject: StrOrPromise
    text: StrOrPromise
    values: dict[str, str]


class Reach(Protocol):
    def handles(self, customer_id: int, ticket_id: int | None, actor: Actor) -> list[OwnHandle]: ...

    def send(self, customer_id: int, ticket_id: int | None, key: str, words: Words, by: Actor) -> None: ...


_reach: list[Reach] = []


def set_reach(reach: Reach) -> None:
    _reach[:] = [reach]


def reach() -> Reach:
    return _reach[0]

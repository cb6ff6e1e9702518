"""What keeps people of a vendor from being given new work: a certificate that ran out, say. What they hold stays.

Higher apps know the reasons. They register here how to read them, and their words; whoever gives out work asks here.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from django.apps import apps
from django.core.exceptions import ImproperlyConfigured

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

    from apps.accounts.models import User

SKILL: Final = "skill"
"""The parameter that is the key of a skill."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One reason, as a code with plain parameters; `words` says it in the active language."""

    code: str
    params: Mapping[str, str | int] = field(default_factory=dict)
    stops_offers_only: bool = False
    """What people give or take by hand is theirs to judge."""

    def words(self) -> str:
        return words_of_bars({0: self})[0]


Source = Callable[[Collection["User"]], Mapping[int, Bar]]

_sources: list[Source] = []
_words: dict[str, StrOrPromise] = {}


def register_bars(source: Source, words: Mapping[str, StrOrPromise]) -> None:
    """`source` is asked about active people of vendors, and answers by user, of whom nothing bars not at all."""
    if source in _sources:
        return
    if taken := words.keys() & _words.keys():
        raise ImproperlyConfigured(f"Two reasons with these codes: {sorted(taken)}.")
    _sources.append(source)
    _words.update(words)


def bars_of(users: Iterable[User]) -> dict[int, Bar]:
    """A few statements for all of them; none where nobody is of a vendor."""
    concerned = [user for user in users if user.vendor_id is not None]
    found: dict[int, Bar] = {}
    for source in _sources if concerned else ():
        found = {**source(concerned), **found}
    return found


def bar_by_hand(user: User) -> Bar | None:
    """Why work must not be given to somebody by hand, nor taken by them."""
    bar = bars_of([user]).get(user.pk)
    return None if bar is None or bar.stops_offers_only else bar


def cleared(users: Iterable[User]) -> list[User]:
    """Those whom work may be given to by hand."""
    users = list(users)
    barred = {pk for pk, bar in bars_of(users).items() if not bar.stops_offers_only}
    return [user for user in users if user.pk not in barred]


def words_of_bars(bars: Mapping[int, Bar]) -> dict[int, str]:
    """Each in one sentence, in the active language."""
    keys = {bar.params[SKILL] for bar in bars.values() if SKILL in bar.params}
    names: dict[str | int, str] = {}
    if keys:
        skills = apps.get_model("accounts", "Skill")._default_manager.filter(key__in=keys)
        names = {skill.key: str(skill) for skill in skills}
    return {pk: str(_words[bar.code]) % _named(bar.params, names) for pk, bar in bars.items()}


def words_of(code: str) -> StrOrPromise | None:
    return _words.get(code)


def _named(params: Mapping[str, str | int], names: Mapping[str | int, str]) -> dict[str, str | int]:
    return {key: names.get(value, value) if key == SKILL else value for key, value in params.items()}

"""Classes of data. Each is registered by the app that owns its table, in `ready()`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ImproperlyConfigured
from django.db.models import Model, QuerySet

from apps.core.fields import encrypted_fields
from apps.privacy.enums import RetentionAction

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


@dataclass(frozen=True, slots=True)
class Clock:
    """From when the days are counted: the path of a time from the row."""

    key: str
    label: StrOrPromise
    path: str


@dataclass(frozen=True, slots=True)
class DataClass:
    """`rows` are those not disposed of yet, without the rules. `dispose` takes ids of some of them, in a transaction."""

    key: str
    label: StrOrPromise
    rows: Callable[[], QuerySet[Any]]
    dispose: Callable[[Sequence[int]], None]
    clocks: tuple[Clock, ...]
    action: RetentionAction = RetentionAction.DELETE
    paths: Mapping[str, str] = field(default_factory=dict)
    """By which scopes (channel, brand, category) a rule may narrow it, and where the row has their id."""
    kept_with: tuple[str, str] = ("", "pk")
    """Whose legal hold keeps a row: a model and where the row has its id; by default the row itself."""
    least_days: int = 0
    most_days: int | None = None
    law: StrOrPromise = ""
    """Where the two come from."""

    def clock(self, key: str) -> Clock:
        return next((clock for clock in self.clocks if clock.key == key), self.clocks[0])


_classes: dict[str, DataClass] = {}


def register_class(found: DataClass) -> None:
    if found.key in _classes:
        raise ImproperlyConfigured(f"Two classes of data are called {found.key!r}.")
    _classes[found.key] = found


def all_classes() -> list[DataClass]:
    return [_classes[key] for key in sorted(_classes)]


def class_of(key: str) -> DataClass | None:
    """None for one whose app is not there any more."""
    return _classes.get(key)


def with_content(rows: QuerySet[Any], *names: str) -> QuerySet[Any]:
    """Those of which an encrypted column holds anything: what was disposed of is empty and not found again."""
    model: type[Model] = rows.model
    table, fields = model._meta.db_table, encrypted_fields(model)
    where = " OR ".join(f'length("{table}"."{fields[name].column}") > 0' for name in names)
    return rows.extra(where=[f"({where})"])  # noqa: S610 (our own names; ciphertext can be asked nothing else)

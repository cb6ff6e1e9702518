"""What can be shown in the clear for a reason. Higher apps register their records here; this one knows none."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Model

from apps.core.actor import Actor
from apps.privacy.detection import Span
from apps.privacy.enums import FieldClass, Mode
from apps.privacy.lens import Known, Lens

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


@dataclass(frozen=True, slots=True)
class Part:
    """One value that the viewer is not shown: `field` names it within its record, `shown` is what they see instead."""

    field: str
    field_class: FieldClass
    value: str
    shown: str


@dataclass(frozen=True, slots=True)
class Record:
    """A record that the viewer may see, with what of it they see masked."""

    subject: Model
    customer_id: int | None
    ticket_id: int | None
    parts: tuple[Part, ...]
    is_minor: bool = False
    """It is a minor's: who does not see them as others needs approval for each value."""

    def part(self, field: str) -> Part | None:
        return next((part for part in self.parts if part.field == field), None)


# Given the viewer and a public id, the record if they may see it.
Source = Callable[[Actor, str], Record | None]

_sources: dict[str, tuple[type[Model], StrOrPromise, Source]] = {}


def register_revealable(kind: str, model: type[Model], label: StrOrPromise, source: Source) -> None:
    """Called from ``ready()`` of the app that owns the records."""
    _sources[kind] = (model, label, source)


def kinds() -> list[str]:
    return sorted(_sources)


def record_label(kind: str) -> str:
    return str(_sources[kind][1]) if kind in _sources else kind


def record_type(kind: str) -> str:
    """As the audit trail names it."""
    return _sources[kind][0]._meta.label_lower if kind in _sources else ""


def find_record(actor: Actor, kind: str, public_id: str) -> Record | None:
    known = _sources.get(kind)
    return known[2](actor, public_id) if known else None


# What sources are made of


def field_part(lens: Lens, field: str, field_class: FieldClass, value: str) -> Iterator[Part]:
    if value and lens.mode(field_class) is not Mode.RAW:
        yield Part(field, field_class, value, lens.show(field_class, value))


def text_parts(
    lens: Lens, name: str, text: str, *, spans: Sequence[Span] | None = None, known: Iterable[Known] = ()
) -> Iterator[Part]:
    """The places of a text by where they stand in it. Of a text that is hidden as a whole none is told."""
    if lens.mode(FieldClass.FREE_TEXT) in (Mode.RAW, Mode.HIDDEN):
        return
    for span in lens.masked_spans(text, spans, known):
        value = text[span.start : span.end]
        yield Part(f"{name}:{span.start}-{span.end}", span.kind, value, lens.show(span.kind, value))

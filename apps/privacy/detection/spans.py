"""Places in a text."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from apps.privacy.enums import FieldClass


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """`text[start:end]` is personal data of this kind."""

    start: int
    end: int
    kind: FieldClass


def without_overlaps(spans: Iterable[Span]) -> list[Span]:
    """Spans that touch the same characters become one, of the kind that covers most."""
    merged: list[Span] = []
    for span in sorted(spans, key=lambda each: (each.start, -each.end)):
        if merged and span.start < merged[-1].end:
            last = merged[-1]
            kind = last.kind if last.end - last.start >= span.end - span.start else span.kind
            merged[-1] = Span(last.start, max(last.end, span.end), kind)
        else:
            merged.append(span)
    return merged

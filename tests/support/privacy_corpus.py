"""The labelled corpus of tests/privacy/corpus, and how well a detector does on it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from apps.privacy.detection import Span
from apps.privacy.enums import FieldClass

FOLDER = Path(__file__).parents[1] / "privacy" / "corpus"
DEVELOPMENT, TEST = "development", "test"
_LABEL = re.compile(r"\{([a-z.]+)\|([^{}]*)\}")


@dataclass(frozen=True)
class Label:
    """`text[start:end]` is what its kind says: `phone.mobile`, `card`."""

    start: int
    end: int
    kind: str


@dataclass(frozen=True)
class Sample:
    family: str
    text: str
    labels: tuple[Label, ...]


def samples(part: str) -> Iterator[Sample]:
    for path in sorted((FOLDER / part).glob("*.txt")):
        for block in path.read_text(encoding="utf-8").removeprefix("%% ").split("\n%% "):
            family, _newline, marked = block.rstrip("\n").partition("\n")
            yield _sample(family, marked)


def _sample(family: str, marked: str) -> Sample:
    text, labels, position = "", [], 0
    for match in _LABEL.finditer(marked):
        text += marked[position : match.start()]
        labels.append(Label(len(text), len(text) + len(match[2]), match[1]))
        text += match[2]
        position = match.end()
    return Sample(family, text + marked[position:], tuple(labels))


def class_of(kind: str) -> FieldClass:
    """What a lens calls a label's kind."""
    return _CLASSES[kind.partition(".")[0]]


_CLASSES = {
    "phone": FieldClass.PHONE,
    "id": FieldClass.ID_NUMBER,
    "plate": FieldClass.ID_NUMBER,
    "card": FieldClass.BANK_CARD,
    "email": FieldClass.EMAIL,
    "address": FieldClass.ADDRESS,
    "name": FieldClass.NAME,
    "handle": FieldClass.HANDLE,
}


@dataclass
class Score:
    """Counts for one kind, or for all."""

    labels: int = 0
    covered: int = 0
    """Labels of which every character lies in places that were found of their class."""
    exact: int = 0
    found: int = 0
    right: int = 0
    """Of the places that were found, those that touch a label of their class and stand mostly within labels."""

    @property
    def recall(self) -> float:
        return self.covered / self.labels if self.labels else 1.0

    @property
    def precision(self) -> float:
        return self.right / self.found if self.found else 1.0


@dataclass
class Report:
    kinds: dict[str, Score] = field(default_factory=dict)
    """Recall by label, `phone.mobile`."""
    classes: dict[FieldClass, Score] = field(default_factory=dict)
    """Both by what a lens masks."""
    missed: list[tuple[str, str, str]] = field(default_factory=list)
    """Family, kind, value."""
    spurious: list[tuple[str, str, str]] = field(default_factory=list)


def judged(rows: Sequence[Sample], find: Callable[[str], list[Span]]) -> Report:
    report = Report()
    for sample in rows:
        spans = find(sample.text)
        for label in sample.labels:
            _judge_label(report, sample, label, spans)
        for span in spans:
            _judge_span(report, sample, span)
    return report


def _judge_label(report: Report, sample: Sample, label: Label, spans: Sequence[Span]) -> None:
    own = [span for span in spans if span.kind is class_of(label.kind)]
    masked = Counter(place for span in own for place in range(span.start, span.end))
    is_covered = all(masked[place] for place in range(label.start, label.end))
    is_exact = any((span.start, span.end) == (label.start, label.end) for span in own)
    for score in (
        report.kinds.setdefault(label.kind, Score()),
        report.classes.setdefault(class_of(label.kind), Score()),
    ):
        score.labels += 1
        score.covered += is_covered
        score.exact += is_exact
    if not is_covered:
        report.missed.append((sample.family, label.kind, sample.text[label.start : label.end]))


def _judge_span(report: Report, sample: Sample, span: Span) -> None:
    within = sum(max(0, min(span.end, label.end) - max(span.start, label.start)) for label in sample.labels)
    touches = any(
        span.start < label.end and label.start < span.end and span.kind is class_of(label.kind)
        for label in sample.labels
    )
    is_right = touches and 2 * within >= span.end - span.start
    score = report.classes.setdefault(span.kind, Score())
    score.found += 1
    score.right += is_right
    if not is_right:
        report.spurious.append((sample.family, span.kind.value, sample.text[span.start : span.end]))

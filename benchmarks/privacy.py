"""How well personal data is found in the labelled corpus, by kind, and what masking a long message costs.

`python -m benchmarks.privacy` prints the tables of docs/admin/privacy.md; `--missed` shows what was missed or taken
wrongly in the development part. The test part's are never shown: nobody tunes by them.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable, Sequence

import django

from benchmarks import ground

LENGTH = 2000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--missed", action="store_true")
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "contactcenter.settings.test")
    django.setup()
    if options.missed:
        show_missed()
        return
    show_quality()
    show_cost()


def show_missed() -> None:
    from apps.privacy.detection import find_spans
    from tests.support.privacy_corpus import DEVELOPMENT, judged, samples

    report = judged(list(samples(DEVELOPMENT)), find_spans)
    for title, places in (("missed", report.missed), ("taken wrongly", report.spurious)):
        for family, kind, value in places:
            print(f"{title}\t{family}\t{kind}\t{value!r}")


def show_quality() -> None:
    from apps.privacy.detection import find_spans
    from tests.support.privacy_corpus import DEVELOPMENT, TEST, judged, samples

    for part in (DEVELOPMENT, TEST):
        report = judged(list(samples(part)), find_spans)
        head = ["kind", "labels", "found whole", "found exactly"]
        rows = [
            [kind, score.labels, f"{score.recall:.3f}", f"{score.exact / score.labels:.3f}"]
            for kind, score in sorted(report.kinds.items())
        ]
        print(f"\n{part}: labels\n")
        ground.print_rows(head, rows)
        head = ["class", "labels", "recall", "places found", "precision"]
        rows = [
            [kind.value, score.labels, f"{score.recall:.3f}", score.found, f"{score.precision:.3f}"]
            for kind, score in sorted(report.classes.items())
        ]
        print(f"\n{part}: what a lens masks\n")
        ground.print_rows(head, rows)


def show_cost() -> None:
    from apps.privacy.detection import find_spans
    from apps.privacy.enums import FieldClass, Mode
    from apps.privacy.lens import Lens

    known = [
        (FieldClass.NAME, "王小明"),
        (FieldClass.NAME, "Alice Wong"),
        (FieldClass.PHONE, "+8613800138000"),
        (FieldClass.EMAIL, "alice@example.com"),
    ]
    lens = Lens.uniform(Mode.MASKED)
    messages = long_messages()
    stored = [find_spans(text) for text in messages]
    rows = [
        ["finding, once, when it is written", _mean(lambda: [find_spans(text) for text in messages], len(messages))],
        [
            "masking at the stored places and known values, each time it is read",
            _mean(
                lambda: [lens.text(text, spans, known) for text, spans in zip(messages, stored, strict=True)],
                len(messages),
            ),
        ],
        [
            "both at once, for texts that store no places",
            _mean(lambda: [lens.text(text, None, known) for text in messages], len(messages)),
        ],
    ]
    shown = [[name, f"{taken:.3f}"] for name, taken in rows]
    print(f"\na message of {LENGTH} characters\n")
    ground.print_rows(["", "mean, ms"], shown)


def long_messages() -> list[str]:
    """Texts of the corpus' development part, two with personal data and then some without, up to the length."""
    from tests.support.privacy_corpus import DEVELOPMENT, samples

    rows = list(samples(DEVELOPMENT))
    marked, plain = ([row.text for row in rows if bool(row.labels) is wanted] for wanted in (True, False))
    messages = []
    for start in range(0, len(marked) - 1, 2):
        rest = plain[start % len(plain) :] + plain
        messages.append("\n".join([*marked[start : start + 2], *rest])[:LENGTH])
    return messages


def _mean(work: Callable[[], Sequence[object]], messages: int, rounds: int = 5) -> float:
    """Milliseconds of this process's own time a message: the mean of all rounds, after one that warms up."""
    work()
    start = time.process_time()
    for _ in range(rounds):
        work()
    return (time.process_time() - start) * 1000 / rounds / messages


if __name__ == "__main__":
    main()

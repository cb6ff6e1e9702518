"""The labelled corpus: that it is what it was frozen as, and that the detector does as well on it as is told."""

import hashlib

import pytest

from apps.privacy.detection import find_spans
from apps.privacy.enums import FieldClass
from tests.support.privacy_corpus import DEVELOPMENT, FOLDER, TEST, judged, samples

pytestmark = pytest.mark.unit

FROZEN = {
    DEVELOPMENT: "02398b94652073661fe3f5dee3f33ef3ac23c51b89d99b1173be5442f9783b00",
    TEST: "75c4650523d41b5cb89bb0b0f8d1fa2cde1657242d2f456fd0fb53e2e5de1a80",
}


@pytest.mark.parametrize("part", [DEVELOPMENT, TEST])
def test_corpus_is_the_one_that_was_frozen(part: str) -> None:
    digest = hashlib.sha256()
    for path in sorted((FOLDER / part).glob("*.txt")):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    assert digest.hexdigest() == FROZEN[part]


def test_no_sentence_is_in_both_parts_and_there_are_enough() -> None:
    development, test = list(samples(DEVELOPMENT)), list(samples(TEST))
    assert not {row.family for row in development} & {row.family for row in test}
    assert not {row.text for row in development} & {row.text for row in test}
    rows = development + test
    assert sum(bool(row.labels) for row in rows) >= 600
    assert sum(not row.labels for row in rows) >= 400
    assert sum(len(row.labels) for row in rows) >= 1500


def test_personal_data_is_found_in_the_test_part() -> None:
    """Targets, and for what has none what docs/admin/privacy.md tells; a name without any sign of it is not found."""
    report = judged(list(samples(TEST)), find_spans)
    least = dict.fromkeys(
        (FieldClass.PHONE, FieldClass.ID_NUMBER, FieldClass.BANK_CARD, FieldClass.EMAIL), (0.99, 0.98)
    ) | {FieldClass.ADDRESS: (0.95, 0.98), FieldClass.HANDLE: (0.95, 0.98), FieldClass.NAME: (0.82, 0.96)}
    reached = {kind: (score.recall, score.precision) for kind, score in report.classes.items()}
    assert {
        kind: figures for kind, figures in reached.items() if figures[0] < least[kind][0] or figures[1] < least[kind][1]
    } == {}
    assert reached.keys() == least.keys()

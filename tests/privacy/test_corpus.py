"""The labelled corpus: that it is what it was frozen as."""

import hashlib

import pytest

from tests.support.privacy_corpus import DEVELOPMENT, FOLDER, TEST, samples

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

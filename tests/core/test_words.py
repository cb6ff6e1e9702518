import pytest
from django.utils import translation

from apps.core.words import clock_words

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0:00"), (365, "6:05"), (3965, "1:06:05"), (86_399, "23:59:59"), (921_953, "10 d 16 h")],
)
def test_a_span_is_as_short_as_it_is_long(seconds: int, words: str) -> None:
    with translation.override("en"):
        assert clock_words(seconds) == words

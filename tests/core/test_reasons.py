"""A refusal that is kept is told in the language of who reads it."""

import pytest
from django.utils.translation import gettext_lazy, override

from apps.core.errors import AppError, InvalidInput
from apps.core.reasons import kept_reason, told_reason

pytestmark = pytest.mark.unit


class LanternBroken(AppError):
    code = "lantern.broken"
    message = gettext_lazy("Not found.")


class LanternDark(AppError):
    code = "lantern.dark"
    message = "%(reason)s · %(found)s"

    def __init__(self, room: str, **params: object) -> None:
        super().__init__(**params)
        self.room = room


def test_words_of_ours_are_told_in_the_readers_language_and_theirs_as_they_are() -> None:
    with override("zh-hans"):
        kept = kept_reason(LanternDark("hall", reason=gettext_lazy("Not found."), found="Not found."))
        assert "Not found." in kept
        chinese = told_reason("lantern.dark", kept)
    with override("en"):
        assert told_reason("lantern.dark", kept) == "Not found. · Not found."
    assert chinese.endswith(" · Not found.")
    assert chinese != "Not found. · Not found."


def test_what_was_kept_otherwise_stays_as_it_is_and_an_unknown_code_says_nothing() -> None:
    assert told_reason("channels.unexpected", "ValueError: 7") == "ValueError: 7"
    assert told_reason("lantern.broken", '{"params": oil') == '{"params": oil'
    assert told_reason("lantern.gone", kept_reason(LanternBroken())) == ""
    assert told_reason("core.invalid_input", kept_reason(InvalidInput(fields={"oil": ["none"]})))

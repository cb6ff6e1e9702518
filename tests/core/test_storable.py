"""Half of an emoji, or a NUL, must never get as far as a page."""

import dataclasses

import pytest

from apps.channels.contract import SendResult
from apps.channels.enums import DeliveryState
from apps.core.storable import storable

pytestmark = pytest.mark.unit


@dataclasses.dataclass(frozen=True)
class Thing:
    text: str
    parts: tuple[str, ...] = ()
    content: bytes = b""


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("plain 你好", "plain 你好"),
        ("half \ud83d", "half \ufffd"),
        ("\ud83d\ude00 whole in two", "😀 whole in two"),
        ("with\x00in", "within"),
        (["\ud800", {"\ud800": ("\x00",)}], ["\ufffd", {"\ufffd": ("",)}]),
        (Thing("\ud800", ("\ud800",), b"\x00"), Thing("\ufffd", ("\ufffd",), b"\x00")),
        (None, None),
    ],
    ids=["plain", "half", "pair", "nul", "nested", "dataclass", "none"],
)
def test_what_can_be_kept_stays_and_the_rest_is_replaced(given, kept):
    assert storable(given) == kept


def test_members_of_enumerations_stay_what_they_are():
    assert storable(SendResult.sent("id")).state is DeliveryState.SENT

"""A long answer with files becomes what the messenger can carry, and nothing of it is lost."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.channels.contract import Outbound
from apps.channels.parts import UTF_16, one_by_one, split_text

pytestmark = pytest.mark.unit


@given(st.text(max_size=300), st.integers(min_value=8, max_value=60))
def test_no_word_is_lost_and_no_piece_too_large(text: str, limit: int) -> None:
    text = text.encode("utf-8", "ignore").decode()
    pieces = split_text(text, limit)

    assert "".join("".join(pieces).split()) == "".join(text.split())
    assert all(0 < len(piece.encode()) <= limit for piece in pieces)


def test_a_text_is_parted_where_a_reader_would_pause() -> None:
    assert split_text("您好。您的订单已经发货，预计明天送达。感谢您的耐心等待。", 60) == [
        "您好。您的订单已经发货，预计明天送达。",
        "感谢您的耐心等待。",
    ]
    assert split_text("First paragraph.\n\nSecond one.", 20) == ["First paragraph.", "Second one."]
    assert split_text("short", 20) == ["short"]
    assert split_text("   ", 20) == []


def test_characters_are_counted_as_the_platform_does() -> None:
    assert [len(piece) for piece in split_text("好" * 25, 20, UTF_16)] == [10, 10, 5]
    assert split_text("😀" * 7, 12, UTF_16) == ["😀" * 3, "😀" * 3, "😀"]


def test_the_text_goes_first_and_each_piece_has_a_key_of_its_own() -> None:
    whole = Outbound(client_key="wx.1", text="hello", html="<p>hello</p>", attachments=(7, 8))

    found = one_by_one(whole, max_bytes=100)

    assert [(part.client_key, part.text, part.html, part.attachments) for part in found] == [
        ("wx.1", "hello", "", ()),
        ("wx.1.1", "", "", (7,)),
        ("wx.1.2", "", "", (8,)),
    ]


def test_a_file_alone_carries_the_key_of_the_whole() -> None:
    found = one_by_one(Outbound(client_key="wx.1", attachments=(7,)), max_bytes=100)

    assert [(part.client_key, part.attachments) for part in found] == [("wx.1", (7,))]


def test_nothing_at_all_stays_one_message() -> None:
    assert [part.client_key for part in one_by_one(Outbound(client_key="wx.1"), max_bytes=100)] == ["wx.1"]

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from apps.core.search import contains, query_terms, terms

pytestmark = pytest.mark.unit


def finds(text: str, query: str) -> bool:
    wanted = query_terms(query)
    return bool(wanted) and set(wanted) <= terms(text) and contains(text, query)


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("我想退货并申请退款", "退货"),
        ("我想退货并申请退款", "申请退款"),
        ("我想退货并申请退款", "退"),
        ("订单号 20241023123456789 已发货", "20241023123456789"),
        ("订单号 20241023123456789 已发货", "2024102312"),
        ("The quick brown FOX", "fox"),
        ("The quick brown fox", "qui brown"),
        ("Ｏｒｄｅｒ　１２３", "order 123"),
        ("Straße", "STRASSE"),
        ("Internationalization", "international"),
        ("cafe\u0301", "café"),
        ("发票INV2024问题", "inv2024"),
        ("发票INV2024问题", "发票 问题"),
        ("mail to alice@example.com please", "alice@example.com"),
        ("退貨", "退貨"),
        ("안녕하세요", "녕하"),
        ("ありがとう", "がと"),
        ("𠮷野家", "𠮷野"),
        ("a", "a"),
    ],
)
def test_what_is_there_is_found(text: str, query: str) -> None:
    assert finds(text, query)


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("我想退货并申请退款", "货款"),
        ("退货", "退貨"),
        ("brown fox", "rown"),
        ("brown fox", "foxes"),
        ("order 123", "order 124"),
        ("退一下货", "退货"),
        ("internationalization", "internationalize"),
        ("hello", ""),
        ("hello", "  ,.! "),
    ],
)
def test_what_is_not_there_is_not_found(text: str, query: str) -> None:
    assert not finds(text, query)


def test_terms_are_keyed_signed_32_bit_numbers(settings: Settings) -> None:
    before = terms("退货 refund")
    assert all(-(2**31) <= term < 2**31 for term in before)
    assert any(term < 0 for term in terms("a long text about refunds and returns 退货退款"))
    settings.INDEX_KEY = bytes(32)
    assert terms("退货 refund") != before


def test_a_query_is_short() -> None:
    assert len(query_terms("退货")) == 1
    assert len(query_terms("refund")) == 1
    assert query_terms("refund refund") == query_terms("refund")
    assert len(query_terms("字" * 5 + "退" * 500 + "abc " * 500)) <= 64


@given(st.text(max_size=200), st.data())
def test_every_cut_of_a_text_that_begins_at_a_word_is_found(text: str, data: st.DataObject) -> None:
    wanted = query_terms(text)
    assert set(wanted) <= terms(text)
    if wanted:
        assert contains(text, text)


@given(st.text(alphabet=st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF), min_size=2, max_size=40), st.data())
def test_every_part_of_a_chinese_text_is_found(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text) - 2))
    end = data.draw(st.integers(start + 1, len(text)))
    assert finds(text, text[start:end])


def test_huge_texts_are_bounded() -> None:
    assert len(terms("".join(chr(0x4E00 + number % 20000) for number in range(500_000)))) == 20_000

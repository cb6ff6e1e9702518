"""The tool of the walk finds what it should, in every writing."""

import base64
import html
import json
import quopri
from urllib.parse import quote

import pytest

from tests.leaks.finding import Finder
from tests.leaks.planted import ORDER, Group, Planted, Secret

pytestmark = pytest.mark.unit

PLANTED = Planted(Group.INSIDE)
PHONE = Secret("phone", PLANTED.phone, Group.INSIDE)
NAME = Secret("name", PLANTED.name, Group.INSIDE)
EMAIL = Secret("mail", PLANTED.email, Group.INSIDE)
FINDER = Finder([PHONE, NAME, EMAIL])
WIDE = str.maketrans("0123456789", "０１２３４５６７８９")


def found(text: str | bytes) -> set[Secret]:
    return {find.secret for find in FINDER.find(text)}


@pytest.mark.parametrize(
    "text",
    [
        PHONE.text,
        f"+86 {PHONE.text[:3]} {PHONE.text[3:7]} {PHONE.text[7:]}",
        "-".join(PHONE.text),
        PHONE.text.translate(WIDE),
        f"<b>{PHONE.text[:4]}</b>&nbsp;<i>{PHONE.text[4:]}</i>",
        "".join(f"&#{ord(digit)};" for digit in PHONE.text),
        "".join(f"%{ord(digit):02x}" for digit in PHONE.text),
        "".join(f"\\u{ord(digit):04x}" for digit in PHONE.text),
        base64.b64encode(f"tel {PHONE.text}".encode()).decode(),
    ],
)
def test_a_phone_is_found_however_it_is_written(text: str) -> None:
    assert found(f"before {text} after") == {PHONE}


@pytest.mark.parametrize(
    "text",
    [
        NAME.text,
        json.dumps(NAME.text),
        quote(NAME.text),
        html.escape(quote(quote(NAME.text))),
        quopri.encodestring(NAME.text.encode()).decode(),
        base64.urlsafe_b64encode(NAME.text.encode()).decode().rstrip("="),
        " ".join(NAME.text),
    ],
)
def test_a_chinese_name_is_found_however_it_is_written(text: str) -> None:
    assert found(f"before {text} after") == {NAME}


def test_an_address_is_found_in_a_link_and_in_a_header() -> None:
    assert found(f'<a href="mailto:{quote(EMAIL.text)}?x=1">') == {EMAIL}
    assert found(f'attachment; filename="{EMAIL.text.upper()}"') == {EMAIL}


def test_masked_values_are_no_finds() -> None:
    assert not found("138****5678 z***@q**.example 欧阳* +86****1234")


def test_planted_values_are_all_different() -> None:
    values = [secret.text for group in ORDER for secret in Planted(group).secrets()]
    assert not {value for value in values if values.count(value) > 1}

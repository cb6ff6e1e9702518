"""One character for one character: every offset stays."""

from __future__ import annotations

import re
import unicodedata

INVISIBLE = "\u200b"
_BLANKS = "\u00a0\u1680\u202f\u205f\u2800\u3000\t" + "".join(map(chr, range(0x2000, 0x200B)))
_DASHES = "\u2010\u2011\u2012\u2013\u2014\u2015\u2043\u2212\u2500\u30fc\ufe58\ufe63\uff0d"
_UNSEEN = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0"
    "\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff\u20e3]"
)
"""Unicode's Default_Ignorable_Code_Point (DerivedCoreProperties.txt), with the marks of notes between lines and the keycap,
which is drawn around the digit before it.
"""
_MARKS = re.compile("(?<=[0-9])[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20f0]{1,8}")
"""What is drawn over, under and around a digit. On letters such marks are accents, and count."""
_DOTS = "\u00b7\u2022\u2027\u30fb\uff0e\u3002"


# Everything else stands for itself.
_ODD = re.compile("[^\n -~\u4e00-\u9fff]")


class _Canon(dict[str, str]):
    """Fills itself with the canonical form of each character as it is met."""

    def __missing__(self, char: str) -> str:
        self[char] = result = _canonical_char(char)
        return result


def _canonical_char(char: str) -> str:
    if char in _BLANKS or char == "\r":
        return " "
    if char in _DASHES:
        return "-"
    if _UNSEEN.match(char):
        return INVISIBLE
    if char in _DOTS:
        return "." if char in "\uff0e\u3002" else "\u00b7"
    digit = unicodedata.digit(char, None)
    if digit is not None:
        return str(digit)
    folded = unicodedata.normalize("NFKC", char)
    return folded if len(folded) == 1 else char


_canon = _Canon()


def canonical(text: str) -> str:
    """The text with one canonical character for each of its own; offsets are the same."""
    canon = _ODD.sub(lambda odd: _canon[odd[0]], text)
    return canon if canon.isascii() else _MARKS.sub(lambda marks: INVISIBLE * len(marks[0]), canon)


def visible(text: str) -> str:
    """Canonical, and without what nobody sees: for comparing words. The offsets are not the text's."""
    return canonical(text).replace(INVISIBLE, "")


def lowered(text: str) -> str:
    """Canonical and in lower case, still one character for each of the original."""
    canon = canonical(text)
    lower = canon.lower()
    if len(lower) == len(canon):
        return lower
    return "".join(char.lower() if len(char.lower()) == 1 else char for char in canon)


def is_han(char: str) -> bool:
    return "\u4e00" <= char <= "\u9fff"

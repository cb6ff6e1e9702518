"""Bytes to text, whatever the label says.

Labels in real mail are often narrower than the bytes under them (gb2312 over gb18030, iso-8859-1 over
windows-1252), wrong (ascii over UTF-8) or missing. Only text encodings on the list below are ever looked up,
so that a label such as `zlib` or `idna` cannot choose a codec.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

_WIDER: Final = {
    "ascii": "ascii",
    "us-ascii": "ascii",
    "ansi_x3.4-1968": "ascii",
    "iso646-us": "ascii",
    "7bit": "ascii",
    "8bit": "",
    "gb2312": "gb18030",
    "gb_2312-80": "gb18030",
    "gb2312-80": "gb18030",
    "x-gb2312": "gb18030",
    "euc-cn": "gb18030",
    "x-euc-cn": "gb18030",
    "gbk": "gb18030",
    "x-gbk": "gb18030",
    "cp936": "gb18030",
    "ms936": "gb18030",
    "windows-936": "gb18030",
    "chinese": "gb18030",
    "gb18030": "gb18030",
    "gb-18030": "gb18030",
    "hz": "hz",
    "hz-gb-2312": "hz",
    "big5": "big5hkscs",
    "big-5": "big5hkscs",
    "cn-big5": "big5hkscs",
    "x-x-big5": "big5hkscs",
    "big5-hkscs": "big5hkscs",
    "cp950": "cp950",
    "euc-tw": "",
    "utf8": "utf-8",
    "utf-8": "utf-8",
    "utf_8": "utf-8",
    "unicode-1-1-utf-8": "utf-8",
    "cp65001": "utf-8",
    "utf8mb4": "utf-8",
    "utf-7": "utf-7",
    "unicode-1-1-utf-7": "utf-7",
    "utf-16": "utf-16",
    "utf-16le": "utf-16-le",
    "utf-16be": "utf-16-be",
    "utf-32": "utf-32",
    "latin1": "cp1252",
    "latin-1": "cp1252",
    "iso-8859-1": "cp1252",
    "iso8859-1": "cp1252",
    "iso_8859-1": "cp1252",
    "cp1252": "cp1252",
    "windows-1252": "cp1252",
    "ansi": "cp1252",
    "iso-8859-9": "cp1254",
    "iso-8859-11": "cp874",
    "tis-620": "cp874",
    "windows-874": "cp874",
    "shift_jis": "cp932",
    "shift-jis": "cp932",
    "sjis": "cp932",
    "x-sjis": "cp932",
    "windows-31j": "cp932",
    "cp932": "cp932",
    "euc-jp": "euc_jp",
    "x-euc-jp": "euc_jp",
    "iso-2022-jp": "iso2022_jp_ext",
    "iso-2022-jp-1": "iso2022_jp_ext",
    "iso-2022-jp-2": "iso2022_jp_2",
    "euc-kr": "cp949",
    "ks_c_5601-1987": "cp949",
    "ksc5601": "cp949",
    "cp949": "cp949",
    "iso-2022-kr": "iso2022_kr",
    "koi8-r": "koi8_r",
    "koi8-u": "koi8_u",
    "macintosh": "mac_roman",
    "x-mac-roman": "mac_roman",
    "iso-8859-8-i": "iso8859_8",
    "iso-8859-6-i": "iso8859_6",
    "ibm437": "cp437",
    "ibm850": "cp850",
}
for _number in (2, 3, 4, 5, 6, 7, 8, 10, 13, 14, 15, 16):
    _WIDER[f"iso-8859-{_number}"] = _WIDER[f"iso8859-{_number}"] = f"iso8859_{_number}"
for _number in (1250, 1251, 1253, 1254, 1255, 1256, 1257, 1258):
    _WIDER[f"windows-{_number}"] = _WIDER[f"cp{_number}"] = f"cp{_number}"

_SAMPLE_BYTES: Final = 16 * 1024
_SINGLE_BYTE_FALLBACK: Final = "cp1252"
_MULTIBYTE_UTF8: Final = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
_CONTROLS: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Decoded:
    text: str
    charset: str
    is_repaired: bool


def known_charset(label: str) -> str:
    """The Python codec for a label, or "" when the label says nothing we trust."""
    return _WIDER.get(label.strip().strip("\"'").lower(), "")


def decode_bytes(data: bytes, label: str = "") -> Decoded:
    """Text of `data`; never raises, never holds NUL or lone surrogates."""
    decoded = _decode(data, label)
    if _CONTROLS.search(decoded.text):
        return Decoded(_CONTROLS.sub("", decoded.text), decoded.charset, is_repaired=True)
    return decoded


def _decode(data: bytes, label: str) -> Decoded:
    codec = known_charset(label)
    if data.startswith(b"\xef\xbb\xbf"):
        return Decoded(data[3:].decode("utf-8", "replace"), "utf-8", codec not in {"", "utf-8"})
    if data.isascii() and codec not in {"utf-7", "hz", "iso2022_jp_ext", "iso2022_jp_2", "iso2022_kr"}:
        if codec.startswith(("utf-16", "utf-32")) and b"\0" not in data:
            return Decoded(data.decode("ascii"), "ascii", is_repaired=True)
        if not codec.startswith(("utf-16", "utf-32")):
            return Decoded(data.decode("ascii"), codec or "ascii", is_repaired=bool(label) and not codec)
    if codec not in {"", "utf-8"} and _is_surely_utf8(data):
        return Decoded(data.decode("utf-8", "replace"), "utf-8", is_repaired=True)
    if codec:
        strict = _strictly(data, codec)
        if strict is not None:
            return Decoded(strict, codec, is_repaired=False)
    return _repaired(data, codec)


def _repaired(data: bytes, codec: str) -> Decoded:
    utf8 = _strictly(data, "utf-8")
    if utf8 is not None:
        return Decoded(utf8, "utf-8", is_repaired=True)
    if codec and codec != "ascii":
        lenient = _with_few_losses(data, codec)
        if lenient is not None:
            return Decoded(lenient, codec, is_repaired=True)
    if _looks_like_gb18030(data):
        return Decoded(data.decode("gb18030", "replace"), "gb18030", is_repaired=True)
    guessed = _guess(data)
    return Decoded(data.decode(guessed, "replace"), guessed, is_repaired=True)


def _strictly(data: bytes, codec: str) -> str | None:
    try:
        return data.decode(codec)
    except (UnicodeError, LookupError):
        if codec == "cp1252":
            return data.decode("latin-1")
        return None


def _with_few_losses(data: bytes, codec: str) -> str | None:
    """A label is believed when fewer than one character in fifty is broken."""
    text = data.decode(codec, "replace")
    losses = text.count("\ufffd")
    is_cut_short = losses == 1 and len(text) > 1 and text.endswith("\ufffd")
    return text if losses * 50 <= len(text) or is_cut_short or (losses <= 1 and len(text) > 4) else None


def _is_surely_utf8(data: bytes) -> bool:
    """Four or more well-formed sequences and nothing else: no other encoding does that by accident."""
    if b"\x1b" in data or len(_MULTIBYTE_UTF8.findall(data[:_SAMPLE_BYTES])) < 4:
        return False
    return _strictly(data, "utf-8") is not None


def _looks_like_gb18030(data: bytes) -> bool:
    """Mostly the common characters of GB 2312's first level and its punctuation, as ordinary Chinese text is."""
    text = _strictly(data, "gb18030")
    if text is None:
        return False
    foreign = [char for char in text[:_SAMPLE_BYTES] if ord(char) > 127]
    if not foreign:
        return False
    common = 0
    for char in foreign:
        try:
            lead = char.encode("gb2312")[0]
        except UnicodeEncodeError:
            continue
        common += lead in {0xA1, 0xA3} or 0xB0 <= lead <= 0xD7
    return common * 10 >= len(foreign) * 8


def _guess(data: bytes) -> str:
    """charset-normalizer as the last resort, on a sample, so that its time is bounded."""
    from charset_normalizer import from_bytes  # slow to import, rarely needed

    sample = data[:_SAMPLE_BYTES]
    best = from_bytes(sample, steps=3, chunk_size=512).best()
    codec = best.encoding if best is not None else _SINGLE_BYTE_FALLBACK
    return codec if codec in _TEXT_CODECS else _SINGLE_BYTE_FALLBACK


_TEXT_CODECS: Final = frozenset(filter(None, _WIDER.values())) | {
    "utf_8",
    "big5",
    "gbk",
    "gb2312",
    "shift_jis",
    "euc_kr",
}

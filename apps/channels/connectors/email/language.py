"""The language a text is written in, as far as an acknowledgement needs to know."""

from __future__ import annotations

import re
from typing import Final

_HAN: Final = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0003ffff]")
_KANA: Final = re.compile("[\u3041-\u30ff]")
_HANGUL: Final = re.compile("[\uac00-\ud7af]")
_LATIN: Final = re.compile("[A-Za-z]")
_QUOTE_STARTS: Final = re.compile(r"(?m)^(>|On .{5,120} wrote:|-{2,} ?(?:Original|原始邮件|转发邮件)|在.{2,80}写道)")
_SAMPLE: Final = 4000


def guess_language(subject: str, text: str) -> str:
    """`zh-hans`, `ja`, `ko`, `en` or "" where the letters do not tell. A Latin letter weighs a quarter of a Han one."""
    sample = text[:_SAMPLE]
    quote = _QUOTE_STARTS.search(sample)
    own = sample[: quote.start()] if quote and quote.start() > 0 else sample
    sample = f"{subject[:200]} {own}"
    han, kana, hangul = (len(pattern.findall(sample)) for pattern in (_HAN, _KANA, _HANGUL))
    latin = len(_LATIN.findall(sample)) / 4
    if kana * 5 > han and kana > 2:
        return "ja"
    if hangul > han and hangul > 2:
        return "ko"
    if han and han >= latin / 2:
        return "zh-hans"
    return "en" if latin >= 1 else ""

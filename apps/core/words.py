"""Small things about names and words in Chinese and Latin script, the same on every page."""

from __future__ import annotations

import unicodedata

from django.utils.translation import gettext as _

HOURS_OF_A_DAY = 24
CJK_FIRST, CJK_LAST = "\u3400", "\u9fff"


def initials(name: str) -> str:
    """What fits a small round: the last character of a Chinese name, which tells more than the family's, or two letters."""
    words = str(name).replace("@", " ").replace("…", " ").split()  # a handle may be shown by its end alone
    if not words:
        return "?"
    last = words[-1][-1]
    if CJK_FIRST <= last <= CJK_LAST:
        return last
    return (words[0][0] + (words[-1][0] if len(words) > 1 else "")).upper()


def clock_words(seconds: int) -> str:
    """A span as a clock shows it, 6:05 or 1:06:05: short and easily read from afar. Of days, nobody reads the seconds."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours >= HOURS_OF_A_DAY:
        days, hours = divmod(hours, HOURS_OF_A_DAY)
        return _("%(days)s d %(hours)s h") % {"days": days, "hours": hours}
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def span_words(seconds: int) -> str:
    """A span as one says it, 35 min, 2 h 10 min or 3 d 4 h."""
    minutes = int(seconds) // 60
    hours, rest = divmod(minutes, 60)
    if hours >= HOURS_OF_A_DAY:
        days, hours = divmod(hours, HOURS_OF_A_DAY)
        return _("%(days)s d %(hours)s h") % {"days": days, "hours": hours}
    if hours:
        return _("%(hours)s h %(minutes)s min") % {"hours": hours, "minutes": rest}
    return _("%(minutes)s min") % {"minutes": minutes}


def in_order(label: object) -> bytes:
    """Sorts labels as readers look for them: Latin by letter, then Chinese by sound.

    GB 18030 holds the common characters in the order of their pinyin, so nothing else need know it.
    """
    return unicodedata.normalize("NFKC", str(label)).casefold().encode("gb18030", "replace")

"""Rows as files that spreadsheets open as they are meant: no cell a formula, and CSV in UTF-8 with its mark."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from typing import Final

from xlsxwriter import Workbook

Sheet = tuple[str, Sequence[object], Iterable[Sequence[object]]]
"""Name, head and rows of one page of a workbook."""
CELL_LIMIT: Final = 32_767

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""With these a spreadsheet begins to calculate (OWASP, CSV Injection)."""
_AS_TEXT: Final = {
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
    "in_memory": True,
}
_UNWRITABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
"""What XML cannot hold."""
_NOT_IN_NAMES = re.compile(r"[\[\]:*?/\\\x00-\x1f]")


def csv_file(head: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """Each text stands in quotation marks: a spreadsheet that parts cells at another sign finds none to part at."""
    text = io.StringIO()
    sheet = csv.writer(text, quoting=csv.QUOTE_NONNUMERIC)
    sheet.writerow([_cell(each) for each in head])
    sheet.writerows([_cell(each) for each in row] for row in rows)
    return text.getvalue().encode("utf-8-sig")


def _cell(value: object) -> object:
    """Numbers stay numbers; a text that could calculate begins with an apostrophe."""
    if value is None or isinstance(value, (int, float)):
        return value
    text = str(value).replace("\0", "")
    return f"'{text}" if text.startswith(FORMULA) else text


def xlsx_file(sheets: Iterable[Sheet]) -> bytes:
    """A workbook. Texts are written as texts, so that none is ever a formula or a link; numbers stay numbers."""
    content = io.BytesIO()
    with Workbook(content, _AS_TEXT) as book:
        bold, taken = book.add_format({"bold": True}), set[str]()
        for name, head, rows in sheets:
            page = book.add_worksheet(_sheet_name(name, taken))
            page.freeze_panes(1, 0)
            page.write_row(0, 0, [str(each) for each in head], bold)
            for number, row in enumerate(rows, start=1):
                page.write_row(number, 0, [_entry(each) for each in row])
    return content.getvalue()


def _entry(value: object) -> object:
    """Longer texts than a cell takes end in a sign of that."""
    if value is None or isinstance(value, (int, float)):
        return value
    text = _UNWRITABLE.sub("", str(value))
    return text if len(text) <= CELL_LIMIT else text[: CELL_LIMIT - 1] + "…"


def _sheet_name(name: str, taken: set[str]) -> str:
    """What a spreadsheet allows: 31 characters, some signs not, none twice."""
    plain = _NOT_IN_NAMES.sub(" ", str(name)).strip(" '")[:28] or "-"
    unique, count = plain, 1
    while unique.casefold() in taken:
        count += 1
        unique = f"{plain} {count}"
    taken.add(unique.casefold())
    return unique

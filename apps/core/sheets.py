"""Rows as a CSV file that spreadsheets open as it is meant: UTF-8 with its mark, and no cell a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""With these a spreadsheet begins to calculate (OWASP, CSV Injection)."""


def csv_file(head: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    text = io.StringIO()
    sheet = csv.writer(text)
    sheet.writerow([_cell(each) for each in head])
    sheet.writerows([_cell(each) for each in row] for row in rows)
    return text.getvalue().encode("utf-8-sig")


def _cell(value: object) -> object:
    """Numbers stay numbers; a text that could calculate begins with an apostrophe."""
    if value is None or isinstance(value, (int, float)):
        return value
    text = str(value).replace("\0", "")
    return f"'{text}" if text.startswith(FORMULA) else text

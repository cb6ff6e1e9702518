"""Files that are handed out: nothing in them calculates, and nothing opens without the password."""

import csv
import io
import zipfile

import pytest
from lxml import etree

from apps.core.sealed_zip import new_password, unzipped, zipped
from apps.core.sheets import CELL_LIMIT, csv_file, xlsx_file

pytestmark = pytest.mark.unit
NAMES = {"m": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}
TEXT, PAGE = ("{" + NAMES["m"] + "}" + tag for tag in ("t", "sheet"))


def parts_of(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        return {name: book.read(name) for name in book.namelist()}


def test_no_text_becomes_a_formula_a_link_or_a_number():
    wicked = ["=1+1", "+1", "@SUM(A1)", "{=1}", "http://evil.example/", "00123", "mailto:a@b.example", "\x00\x0b=2"]
    parts = parts_of(xlsx_file([("Sheet", ["head"], [[each] for each in wicked])]))

    sheet = etree.fromstring(parts["xl/worksheets/sheet1.xml"])
    assert not sheet.xpath("//m:f|//m:hyperlink", namespaces=NAMES)
    assert {cell.get("t") for cell in sheet.xpath("//m:c", namespaces=NAMES)} == {"s"}
    texts = [node.text for node in etree.fromstring(parts["xl/sharedStrings.xml"]).iter(TEXT)]
    assert texts[1:] == [*wicked[:-1], "=2"]


@pytest.mark.parametrize(
    "text", ["=1+1", "+8613800138000", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1+1", "＋1", "－1", "＠A1"]
)
def test_no_text_of_a_csv_calculates(text):
    """Known attack 28."""
    content = csv_file(["text", "number"], [[text, -1.5]]).decode("utf-8-sig")
    _head, (cell, number) = csv.reader(io.StringIO(content, newline=""))
    assert (cell, number) == (f"'{text}", "-1.5")


@pytest.mark.parametrize("sign", [";", "\t", "|", ","])
def test_no_text_of_a_csv_is_parted_into_a_formula(sign):
    """The variant: where a comma is the sign for decimals, spreadsheets part cells at another one."""
    content = csv_file(["name"], [[f"Li{sign}=1+1"], [f'Li"{sign}=1+1']]).decode("utf-8-sig")
    cells = [cell for row in csv.reader(io.StringIO(content), delimiter=sign) for cell in row]
    assert cells == ["name", f"Li{sign}=1+1", f'Li"{sign}=1+1']


def test_numbers_stay_numbers_and_names_of_pages_are_what_a_spreadsheet_takes():
    parts = parts_of(xlsx_file([("a/b:c" + "x" * 40, ["n"], [[7], [None], [1.5]]), ("A B C" + "x" * 40, [], [])]))

    sheet = etree.fromstring(parts["xl/worksheets/sheet1.xml"])
    assert [node.text for node in sheet.xpath("//m:row[position()>1]//m:v", namespaces=NAMES)] == ["7", "1.5"]
    names = [node.get("name") for node in etree.fromstring(parts["xl/workbook.xml"]).iter(PAGE)]
    assert names == ["a b c" + "x" * 23, "A B C" + "x" * 23 + " 2"]


def test_a_text_longer_than_a_cell_ends_in_a_sign_of_it():
    parts = parts_of(xlsx_file([("s", ["h"], [["字" * 40_000]])]))
    texts = [node.text for node in etree.fromstring(parts["xl/sharedStrings.xml"]).iter(TEXT)]
    assert len(texts[1]) == CELL_LIMIT
    assert texts[1].endswith("字…")


def test_an_archive_opens_with_its_password_only():
    password = new_password()
    content = zipped({"list.txt": "王小明 13800138000".encode()}, password=password)

    assert "王小明".encode() not in content
    assert unzipped(content, password=password) == {"list.txt": "王小明 13800138000".encode()}
    with pytest.raises(RuntimeError):
        unzipped(content, password=new_password())
    assert len({new_password() for _ in range(50)}) == 50

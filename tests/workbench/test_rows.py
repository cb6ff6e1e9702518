"""Rows are HTML made by hand, so what customers write must be proved harmless in each of their places."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.utils import translation
from lxml import html

from apps.core.clock import now
from apps.tickets.selectors.lists import TagChip
from apps.tickets.selectors.search import SnippetPart
from apps.workbench.marks import due_mark
from apps.workbench.rows import RowWriter
from apps.workbench.samples import sample_row

pytestmark = pytest.mark.unit
EVIL = "<img src=x onerror=alert(1)>\"'>{0}&amp;"


def test_nothing_that_somebody_wrote_becomes_markup() -> None:
    row = sample_row(
        subject=EVIL, preview=EVIL, customer_name=EVIL, channel_label=EVIL, status_label=EVIL, priority_label=EVIL,
        assignee_id=1, assignee_name=EVIL, assignee_initials=EVIL, tags=(TagChip(1, EVIL, EVIL),), priority=40,
        next_due_at=now(), channel_icon="no-such-icon",
    )  # fmt: skip
    found = RowWriter(EVIL)
    for written in (
        found.write(row),
        found.write(row, (SnippetPart(EVIL, is_hit=True), SnippetPart(EVIL, is_hit=False))),
    ):
        tree = html.fragment_fromstring(written)
        assert tree.xpath("//img") == []
        assert [name for node in tree.iter() for name in node.attrib if name.startswith("on")] == []
        assert tree.xpath("string(//*[contains(@class, 'ticket-row-who')])") == EVIL
        assert tree.xpath("//*[contains(@class, 'ticket-row-subject')]/span[2]/@title") == [EVIL]


def test_a_row_says_what_it_is_about() -> None:
    with translation.override("en"):
        row = sample_row(number=7, customer_id=None, subject="", status="open", status_label="Open", is_unread=True)
        tree = html.fragment_fromstring(RowWriter("queue:care").write(row))
    assert tree.get("href") == "/desk/tickets/7/?view=queue%3Acare"
    assert tree.get("data-unread") == ""
    assert "Internal" in tree.text_content()
    assert "No subject" in tree.text_content()
    assert tree.xpath("//*[@class='status']/@data-status") == ["open"]
    assert tree.xpath("//*[@data-empty]/@title") == ["Unassigned"]


def test_a_customer_without_a_name_is_not_called_internal() -> None:
    with translation.override("en"):
        tree = html.fragment_fromstring(RowWriter("mine").write(sample_row(customer_id=7, customer_name="")))
    assert "Unknown" in tree.text_content()
    assert "Internal" not in tree.text_content()


def test_the_open_ticket_is_current_and_never_unread() -> None:
    tree = html.fragment_fromstring(RowWriter("mine", 1042).write(sample_row(is_unread=True)))
    assert tree.get("aria-current") == "true"
    assert "data-unread" not in tree.attrib


def test_a_merged_ticket_says_so_and_not_how_it_stood() -> None:
    row = RowWriter("all").write(replace(sample_row(), is_merged=True, status_label="Open"))
    assert "Merged" in row
    assert "Open" not in row


def test_a_follow_up_is_told_from_another_deadline() -> None:
    due = now() + timedelta(hours=2)
    titles = [due_mark(due, state, now()).title for state in ("", "follow_up", "window")]
    assert [title.split(" ")[0] for title in titles] == ["Due", "Nobody", "The"]


@pytest.mark.parametrize(("minutes", "tone"), [(-5, "danger"), (30, "warning"), (300, "")])
def test_a_deadline_shows_how_near_it_is(minutes: int, tone: str) -> None:
    row = replace(sample_row(), next_due_at=now() + timedelta(minutes=minutes))
    tree = html.fragment_fromstring(RowWriter("mine").write(row))
    assert tree.xpath("//*[@class='time-chip']/@data-tone") == [tone]

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
import time_machine
from django.utils import timezone, translation
from django.utils.formats import date_format

from apps.core.templatetags.ui import ago, hue, icon, short_time
from apps.core.words import in_order, initials
from apps.workbench.marks import span_words
from apps.workbench.samples import sample_entry, sample_history
from apps.workbench.templatetags import desk
from apps.workbench.templatetags.desk import timeline_blocks

pytestmark = pytest.mark.unit
NOON = datetime(2026, 6, 11, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("age", "shown"),
    [
        (timedelta(seconds=20), "now"),
        (timedelta(minutes=4), "4 min ago"),
        (timedelta(hours=3), "09:00"),
        (timedelta(days=1), "Yesterday"),
        (timedelta(days=40), "May 2"),
        (timedelta(days=400), "2025-05-07"),
    ],
)
def test_lists_say_when_in_few_words(age: timedelta, shown: str) -> None:
    with translation.override("en"), timezone.override(UTC):
        assert short_time(NOON - age, NOON) == shown


def test_a_time_shows_the_whole_of_itself_on_hover() -> None:
    with translation.override("en"), timezone.override(UTC), time_machine.travel(NOON, tick=False):
        html = ago(NOON - timedelta(minutes=4), "when")
    assert 'datetime="2026-06-11T11:56:00+00:00"' in html
    assert 'title="2026-06-11 11:56"' in html
    assert ">4 min ago<" in html
    assert ago(None) == ""


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("王小明", "明"),
        ("Mary Whitfield", "MW"),
        ("mary", "M"),
        ("", "?"),
        ("m***@x.com", "MX"),
        ("Visitor …ymAQ", "VY"),
    ],
)
def test_initials(name: str, letters: str) -> None:
    assert initials(name) == letters


def test_labels_stand_where_readers_look_for_them() -> None:
    labels = ["退款", "Urgent", "安装", "broken", "物流", "发票"]
    assert sorted(labels, key=in_order) == ["broken", "Urgent", "安装", "发票", "退款", "物流"]


@pytest.mark.parametrize("hour", [0, 12])
def test_midnight_and_noon_are_times_like_others(hour: int) -> None:
    with translation.override("en"):
        assert (
            date_format(datetime(2026, 6, 11, hour, 0, tzinfo=UTC), "DATETIME_FORMAT") == f"June 11, 2026, {hour:02}:00"
        )


def test_a_language_keeps_its_capitals() -> None:
    with translation.override("en"):
        assert desk.language_name("zh-hans") == "Simplified Chinese"


def test_a_person_keeps_their_colour() -> None:
    assert hue(42) == hue("42")
    assert {hue(number) for number in range(200)} == set(range(1, 8))


def test_an_icon_that_does_not_exist_breaks_no_page() -> None:
    assert icon("no-such-icon") == icon("circle")
    assert 'aria-hidden="true"' in icon("mail")


@pytest.fixture
def no_channels(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk, "vocabulary", lambda: SimpleNamespace(channels={}))


@pytest.mark.usefixtures("no_channels")
def test_the_timeline_parts_days_and_folds_changes() -> None:
    text = {"agent": "Ann", "assigned_line": "a", "status_line": "b", "priority_line": "c"}
    start = timezone.now() - timedelta(hours=2)
    entries = [
        sample_entry(sequence=1, created=start - timedelta(days=1), is_inbound=True),
        sample_entry(sequence=2, created=timezone.now(), is_inbound=True),
    ]
    with time_machine.travel(start + timedelta(hours=3, minutes=1), tick=False):
        history = sample_history(text)
    blocks = timeline_blocks(entries, history, read_to=1)
    assert [block.shape for block in blocks if block.shape != "day"] == ["message", "system", "unread", "message"]
    assert [len(block.entries) for block in blocks if block.shape == "system"] == [3]
    assert blocks[0].shape == "day"


@pytest.mark.usefixtures("no_channels")
def test_everything_read_has_no_line_above_the_new() -> None:
    entries = [sample_entry(sequence=1, is_inbound=True)]
    assert [block.shape for block in timeline_blocks(entries, [], read_to=1)] == ["day", "message"]
    assert [block.shape for block in timeline_blocks(entries, [], read_to=0)] == ["day", "message"]


@pytest.mark.usefixtures("no_channels")
def test_what_the_system_says_is_a_line() -> None:
    entries = [
        sample_entry(sequence=1, is_system=True, notice="proof_requested", notice_label="Asked."),
        sample_entry(sequence=2, is_system=True, html="<p>A text of its own</p>"),
    ]
    assert [block.shape for block in timeline_blocks(entries)] == ["day", "notice", "message"]


def test_a_line_with_a_notice_keeps_its_head(monkeypatch: pytest.MonkeyPatch) -> None:
    channels = {1: SimpleNamespace(kind="weibo")}
    monkeypatch.setattr(desk, "vocabulary", lambda: SimpleNamespace(channels=channels))
    chat: dict[str, Any] = {"is_inbound": True, "channel_id": 1, "author_name": "Li", "created": NOON}
    entries = [
        sample_entry(sequence=1, **chat),
        sample_entry(sequence=2, **chat),
        sample_entry(sequence=3, notice="edited", notice_label="Edited", **chat),
    ]

    blocks = [block for block in timeline_blocks(entries) if block.entry is not None]

    assert [block.is_grouped for block in blocks] == [False, True, False]


def test_time_left_is_one_figure() -> None:
    with translation.override("en"):
        spans = [timedelta(minutes=5), timedelta(hours=5), timedelta(days=5)]
        assert [span_words(span) for span in spans] == ["5 m", "5 h", "5 d"]

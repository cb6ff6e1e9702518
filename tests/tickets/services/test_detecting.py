"""Texts of an older detector are looked at once more, and only those."""

from io import StringIO

import pytest
from django.core.management import call_command

from apps.privacy.detection import DETECTOR_VERSION, find_spans, unpack
from apps.tickets.models import Message, Ticket
from apps.tickets.services.detecting import detect_again
from tests.factories.tickets import say

pytestmark = pytest.mark.integration
TEXT = "Call 13800138000 please"


@pytest.fixture
def old(ticket: Ticket) -> list[Message]:
    rows = [say(ticket, f"{TEXT} {number}") for number in range(5)]
    for row in rows[:3]:
        row.spans = {"v": DETECTOR_VERSION - 1, "spans": []}
        row.save(update_fields=["spans"])
    return rows


def test_old_places_are_renewed_and_kept(old: list[Message]) -> None:
    out = StringIO()
    call_command("detect_again", stdout=out)
    assert f"{Message.objects.count()} texts, 3 looked at anew" in out.getvalue()
    for row in Message.objects.filter(pk__in=[row.pk for row in old]):
        assert unpack(row.spans) == find_spans(row.text)
    assert detect_again().renewed == 0


def test_it_goes_on_where_it_was_stopped(old: list[Message]) -> None:
    first = detect_again(batch=2)
    assert (first.seen, first.renewed) == (2, 0)
    second = detect_again(before=first.before, batch=2)
    assert (second.seen, second.renewed) == (2, 2)
    call_command("detect_again", limit=1, stdout=StringIO())
    assert detect_again().renewed == 0

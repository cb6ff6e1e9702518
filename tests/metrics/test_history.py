"""From events to waits and conversations, worked out by hand; and the same whatever order the news came in."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.core.events import EventBase
from apps.metrics.folding.history import History, Step, read_history
from apps.metrics.folding.work import Contact, Hold, first_reply, handlings, last_holder, waits_by_presence
from apps.tickets import events

pytestmark = pytest.mark.unit

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
CARE, SALES = 1, 2
ALICE, BOB = 71, 72


def at(seconds: int) -> datetime:
    return NOON + timedelta(seconds=seconds)


def history(*told: tuple[int, EventBase] | tuple[int, EventBase, int]) -> History:
    """Of (second, event, who did it)."""
    steps = [Step(ordinal, at(one[0]), one[1], *one[2:]) for ordinal, one in enumerate(told)]
    return read_history(steps, opened_at=NOON)


def opened(queue: int = CARE) -> EventBase:
    return events.TicketOpened(ticket_id=9, queue_id=queue)


def given_to(new: int | None, old: int | None = None) -> EventBase:
    return events.TicketAssigned(ticket_id=9, old_user_id=old, new_user_id=new)


def moved_to(queue: int) -> EventBase:
    return events.TicketFieldChanged(ticket_id=9, field="queue", old=CARE, new=queue)


def became(new: str, reason: str = "") -> EventBase:
    return events.TicketStatusChanged(ticket_id=9, old="open", new=new, reason=reason)


def sent(message: int, contact: int = 5, **more: Any) -> EventBase:
    return events.MessageSent(ticket_id=9, message_id=message, sequence=1, interaction_id=contact, **more)


def chat(start: int, end: int | None, pk: int = 5, **more: Any) -> Contact:
    facts = {"kind": "chat", "is_live": True, "is_inbound": True, **more}
    return Contact(id=pk, channel_id=3, started_at=at(start), ended_at=None if end is None else at(end), **facts)


def held(user: int, start: int | None, end: int | None = None, pk: int = 1) -> Hold:
    moments = [None if moment is None else at(moment) for moment in (start, end)]
    return Hold(pk, user, None, "finished", "chat", None, *moments)


def rows(found: History, *contacts: Contact) -> list[tuple[Any, ...]]:
    """(queue, from, to, how, who, whether the customer was there), in seconds."""

    def second(moment: datetime | None) -> float | None:
        return None if moment is None else (moment - NOON).total_seconds()

    return [
        (wait.queue_id, second(wait.entered_at), second(wait.left_at), wait.end, wait.user_id, contact is not None)
        for wait, contact in waits_by_presence(found.waits, contacts)
    ]


def test_a_wait_ends_with_whoever_takes_it_and_begins_again_when_they_let_go():
    found = history((0, opened()), (20, given_to(ALICE)), (21, became("open")), (60, given_to(None, ALICE)))
    assert rows(found) == [(CARE, 0, 20, "answered", ALICE, False), (CARE, 60, None, "", None, False)]


def test_another_queue_is_another_line_and_a_team_alone_is_not():
    found = history((0, opened()), (5, given_to(None)), (10, moved_to(SALES)), (40, given_to(BOB)))
    assert rows(found) == [(CARE, 0, 10, "moved", None, False), (SALES, 10, 40, "answered", BOB, False)]
    assert [found.queue_at(at(second)) for second in (-5, 9, 10)] == [CARE, CARE, SALES]


@pytest.mark.parametrize(
    ("event", "how", "who"),
    [
        (became("resolved"), "dropped", None),
        (became("pending", "reply"), "answered", ALICE),
        (events.TicketMergedInto(ticket_id=9, into_id=4), "dropped", None),
        (events.TicketFieldChanged(ticket_id=9, field="spam", old=False, new=True), "dropped", None),
    ],
    ids=["resolved", "answered-without-holding", "merged", "spam"],
)
def test_what_else_ends_a_wait(event: EventBase, how: str, who: int | None):
    assert rows(history((0, opened()), (30, event, ALICE))) == [(CARE, 0, 30, how, who, False)]


def test_what_came_in_as_spam_waits_from_when_somebody_says_it_is_none():
    no_spam = events.TicketFieldChanged(ticket_id=9, field="spam", old=True, new=False)
    assert rows(history((0, opened()), (90, no_spam))) == [(CARE, 90, None, "", None, False)]
    steps = [Step(1, NOON, opened())]
    assert read_history(steps, opened_at=NOON, is_spam=True).waits == []


def test_who_leaves_a_chat_has_abandoned_it_and_the_ticket_goes_on_waiting():
    found = history((0, opened()), (300, given_to(ALICE)))
    assert rows(found, chat(0, 45)) == [
        (CARE, 0, 45, "abandoned", None, True),
        (CARE, 45, 300, "answered", ALICE, False),
    ]
    assert rows(found, chat(0, 45, was_ended_by_us=True))[0] == (CARE, 0, 45, "dropped", None, True)
    assert rows(found, chat(0, None)) == [(CARE, 0, 300, "answered", ALICE, True)]
    assert rows(found, chat(0, 45, is_live=False)) == [(CARE, 0, 300, "answered", ALICE, False)]


def test_who_comes_back_while_the_ticket_waits_is_there_again():
    found = history((0, opened()), (300, given_to(ALICE)))
    assert rows(found, chat(0, 45), chat(280, 900, pk=6)) == [
        (CARE, 0, 45, "abandoned", None, True),
        (CARE, 45, 280, "moved", None, False),
        (CARE, 280, 300, "answered", ALICE, True),
    ]


def test_a_conversation_is_handled_by_each_who_holds_it_and_wrapped_up_by_the_last():
    wrapped = events.TicketWrappedUp(ticket_id=9, category_id=None, is_solved=True)
    found = history((0, opened()), (10, given_to(ALICE)), (100, given_to(BOB, ALICE)), (430, wrapped, BOB))
    visit = chat(0, 400)
    one, other = handlings([held(ALICE, 10, 100), held(BOB, 100, 430, pk=2)], [visit], found)

    assert (one.started_at, one.ended_at, one.wrap_up) == (at(10), at(100), timedelta())
    assert (other.started_at, other.ended_at, other.wrap_up) == (at(100), at(400), timedelta(seconds=30))
    assert last_holder(visit, [one, other]) == other.hold
    late = history((0, opened()), (400 + 1801, wrapped, BOB))
    assert handlings([held(BOB, 100)], [visit], late)[0].wrap_up == timedelta()
    assert handlings([held(BOB, None), held(BOB, 400, pk=3)], [visit], found) == []


def test_only_a_persons_own_words_are_a_reply_and_what_is_taken_back_never_was():
    undone = events.MessageUndone(ticket_id=9, message_id=2, sequence=1)
    words = [(5, sent(1, is_automatic=True), ALICE), (6, sent(7, is_forward=True), ALICE), (7, sent(8))]
    found = history((0, opened()), *words, (8, sent(2), ALICE), (9, undone, ALICE), (30, sent(3), BOB))
    reply = first_reply(chat(0, None), found)
    assert reply is not None
    assert (reply.at, reply.user_id) == (at(30), BOB)
    assert first_reply(chat(0, None, pk=6), found) is None


ANYTHING = [
    given_to(ALICE), given_to(None, ALICE), given_to(BOB, ALICE), moved_to(SALES), moved_to(CARE), became("pending"),
    became("open"), became("resolved"), events.TicketMergedInto(9, 4), events.TicketUnmerged(9, 4), sent(2),
    events.MessageUndone(9, 2, 1), events.TicketFieldChanged(9, "spam", False, True),
    events.TicketFieldChanged(9, "spam", True, False),
]  # fmt: skip
TOLD = st.lists(st.integers(0, len(ANYTHING) - 1), max_size=12)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(told=TOLD, doubled=st.lists(st.integers(0, 12), max_size=12), seed=st.integers(0, 999))
def test_doubled_and_disordered_news_tell_the_same_story(told: list[int], doubled: list[int], seed: int):
    happened = [opened(), *(ANYTHING[number] for number in told)]
    steps = [Step(number, at(number), event, ALICE) for number, event in enumerate(happened)]
    mixed = [*steps, *(steps[number] for number in doubled if number < len(steps))]
    Random(seed).shuffle(mixed)
    visit = chat(2, 8)
    found = read_history(mixed, opened_at=NOON)

    assert found == read_history(steps, opened_at=NOON)
    parts = [wait for wait, _contact in waits_by_presence(found.waits, [visit])]
    assert all(wait.left_at is not None for wait in parts[:-1])
    for one, following in pairwise(parts):
        assert one.entered_at <= (one.left_at or one.entered_at) <= following.entered_at
    assert {wait.end for wait in parts if wait.left_at is None} <= {""}

"""Questions asked at the same time are put together, and each gets its own answer."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence

import pytest
from asgiref.sync import async_to_sync
from django.db import OperationalError
from django.utils import translation

from apps.core.errors import NotVisible
from apps.core.together import Together

pytestmark = pytest.mark.unit


def test_questions_that_come_while_others_are_answered_share_the_next_calls() -> None:
    calls: list[list[int]] = []

    def double(numbers: Sequence[int]) -> list[int | Exception]:
        calls.append(list(numbers))
        return [NotVisible() if number == 3 else 2 * number for number in numbers]

    async def story() -> list[int | BaseException]:
        together: Together[int, int] = Together(double, pause=0, most=3)
        return await asyncio.gather(*map(together.ask, range(7)), return_exceptions=True)

    answers = async_to_sync(story)()
    assert isinstance(answers.pop(3), NotVisible)
    assert answers == [0, 2, 4, 8, 10, 12]
    assert calls == [[0, 1, 2], [3, 4, 5], [6]]


def test_a_question_that_breaks_the_call_does_not_take_the_others_along() -> None:
    def invert(numbers: Sequence[int]) -> list[float | Exception]:
        return [1 / number for number in numbers]

    async def story() -> list[float | BaseException]:
        together: Together[int, float] = Together(invert, pause=0, most=10)
        return await asyncio.gather(*map(together.ask, (1, 0, 2)), return_exceptions=True)

    one, broken, half = async_to_sync(story)()
    assert (one, type(broken), half) == (1, ZeroDivisionError, 0.5)


def test_while_the_database_is_away_everybody_hears_it_and_it_is_asked_once() -> None:
    calls: list[int] = []

    def away(numbers: Sequence[int]) -> list[int | Exception]:
        calls.append(len(numbers))
        raise OperationalError

    async def story() -> list[int | BaseException]:
        together: Together[int, int] = Together(away, pause=0, most=10)
        return await asyncio.gather(*map(together.ask, range(3)), return_exceptions=True)

    assert [type(answer) for answer in async_to_sync(story)()] == [OperationalError] * 3
    assert calls == [3]


def test_nobody_is_answered_in_the_language_of_who_asked_first() -> None:
    def language(questions: Sequence[int]) -> list[str | Exception | None]:
        return [translation.get_language() for _ in questions]

    async def story() -> str | None:
        together: Together[int, str | None] = Together(language, pause=0, most=10)
        with translation.override("de"):
            return await together.ask(1)

    assert async_to_sync(story)() != "de"


def test_a_call_that_waits_for_a_lock_does_not_hold_up_those_who_come_after() -> None:
    unlocked = threading.Event()

    def answer(numbers: Sequence[int]) -> list[int | Exception]:
        if 0 in numbers:
            assert unlocked.wait(60)
        return list(numbers)

    async def story() -> list[int]:
        together: Together[int, int] = Together(answer, pause=0, most=10, lanes=2)
        first = asyncio.create_task(together.ask(0))
        await asyncio.sleep(0)
        await asyncio.sleep(0)  # now it is asked
        second = await together.ask(1)
        unlocked.set()
        return [await first, second]

    assert async_to_sync(story)() == [0, 1]

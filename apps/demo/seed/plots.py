"""Decides what happens on each ticket of the demo: who writes what and when. Pure: the same seed gives the same plots."""

import random
import tomllib
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from apps.demo.seed.people import CITIES, COURIERS, PRODUCTS, Person
from apps.demo.seed.vocabulary import STAFF, TEAMS, StaffPlan, queue_of
from apps.tickets.enums import Priority, Status

CHANNELS = {"support-mail": 46, "contact-form": 26, "partner-api": 14, "front-desk": 14}
# Customers write in the day and the evening; the list is hour of the day → weight.
HOURS = (1, 1, 0, 0, 0, 0, 1, 3, 8, 14, 16, 13, 10, 12, 14, 14, 12, 10, 8, 9, 11, 9, 5, 2)


@dataclass(frozen=True)
class Turn:
    """`who` is c (customer), a (agent) or n (internal note)."""

    who: str
    text: str
    at: datetime


@dataclass(frozen=True)
class Plot:
    story: str
    customer: int
    person: Person
    channel: str
    category: str
    queue: str
    subject: str
    turns: tuple[Turn, ...]
    status: Status
    priority: Priority
    type: str
    assignee: StaffPlan | None
    tags: tuple[str, ...]
    has_photo: bool
    summary: str
    is_solved: bool
    done_at: datetime | None = None
    facts: dict[str, str] = field(default_factory=dict)


@cache
def stories() -> tuple[dict[str, Any], ...]:
    with (Path(__file__).parent / "stories.toml").open("rb") as file:
        return tuple(tomllib.load(file)["story"])


def draw_plots(*, rng: random.Random, people: list[Person], count: int, until: datetime, days: int) -> list[Plot]:
    """`count` tickets opened in the `days` before `until`, oldest first. Some customers come back more than once."""
    openings = sorted(_opening(rng, until, days) for _ in range(count))
    return [_draw(rng, people, opened, until) for opened in openings]


def _opening(rng: random.Random, until: datetime, days: int) -> datetime:
    # Newer days are a little busier, and the last one has enough to do.
    age = days * rng.random() ** 1.35
    moment = until - timedelta(days=age)
    hour = rng.choices(range(24), HOURS)[0]
    local = moment.replace(hour=(hour - 8) % 24, minute=rng.randrange(60), second=rng.randrange(60), microsecond=0)
    if local > until:
        return until - timedelta(minutes=rng.randrange(3, 400))
    return local


def _draw(rng: random.Random, people: list[Person], opened: datetime, until: datetime) -> Plot:
    story = rng.choices(stories(), [entry.get("weight", 1) for entry in stories()])[0]
    customer = min(int(rng.expovariate(1.6) * len(people) / 2), len(people) - 1)
    person = people[customer]
    status = _status(rng, (until - opened) / timedelta(days=1), str(story["key"]))
    queue = queue_of(str(story["category"]))
    assignee = _assignee(rng, queue, str(story["category"]), person.language, status)
    facts = _facts(rng, person, assignee, opened)
    told = story[person.language]
    turns = _turns(rng, [(who, text.format(**facts)) for who, text in told["turns"]], opened, until, status)
    done_at = min(turns[-1].at + timedelta(minutes=rng.randrange(5, 900)), until) if status in _DONE else None
    return Plot(
        story=str(story["key"]),
        customer=customer,
        person=person,
        channel=rng.choices(tuple(CHANNELS), tuple(CHANNELS.values()))[0],
        category=str(story["category"]),
        queue=queue,
        subject=rng.choice(told["subject"]).format(**facts),
        turns=turns,
        status=status,
        priority=Priority(story.get("priority", rng.choices((10, 20, 30), (8, 84, 8))[0])),
        type=str(story["type"]),
        assignee=assignee,
        tags=tuple(story.get("tags", ())) if rng.random() < 0.7 else (),
        has_photo=bool(story.get("attachment")),
        summary=_summary(story, person.language),
        is_solved=rng.random() < 0.93,
        done_at=done_at,
        facts=facts,
    )


_DONE = (Status.RESOLVED, Status.CLOSED)
# Age in days up to which the row holds → how often each status occurs.
_MIX: tuple[tuple[float, dict[Status, int]], ...] = (
    (0.35, {Status.NEW: 46, Status.OPEN: 40, Status.PENDING: 10, Status.RESOLVED: 4}),
    (3.0, {Status.NEW: 7, Status.OPEN: 34, Status.PENDING: 24, Status.ON_HOLD: 8, Status.RESOLVED: 27}),
    (14.0, {Status.OPEN: 9, Status.PENDING: 13, Status.ON_HOLD: 6, Status.RESOLVED: 62, Status.CLOSED: 10}),
    (float("inf"), {Status.OPEN: 1, Status.PENDING: 2, Status.ON_HOLD: 1, Status.CLOSED: 96}),
)


def _status(rng: random.Random, age: float, key: str) -> Status:
    mix = next(mix for limit, mix in _MIX if age <= limit)
    status = rng.choices(tuple(mix), tuple(mix.values()))[0]
    return Status.RESOLVED if key == "praise" and status == Status.ON_HOLD else status


def _assignee(rng: random.Random, queue: str, category: str, language: str, status: Status) -> StaffPlan | None:
    if status == Status.NEW or (status == Status.OPEN and rng.random() < 0.25):
        return None
    fitting = [
        person
        for person in STAFF
        if person.role in {"agent", "vendor_agent"}
        and any(_serves(team, queue, category) for team in person.teams)
        and not (language == "en" and person.vendor)
    ]
    return rng.choice(fitting) if fitting else None


def _serves(team: str, queue: str, category: str) -> bool:
    plan = TEAMS[team]
    return queue in plan.queues and (not plan.categories or category in plan.categories)


def _facts(rng: random.Random, person: Person, assignee: StaffPlan | None, opened: datetime) -> dict[str, str]:
    language = person.language
    day = opened - timedelta(days=rng.randrange(2, 9))
    amount = rng.choice((129, 199, 268, 399, 599, 899, 1299, 2199))
    name = person.name if language == "zh" else person.name.split()[0]
    return {
        "order": f"LH{day:%y%m%d}{rng.randrange(1000, 9999)}",
        "product": rng.choice(PRODUCTS[language]),
        "courier": rng.choice(COURIERS[language]),
        "city": rng.choice(CITIES[language]),
        "amount": f"{amount} 元" if language == "zh" else f"{amount}.00",
        "date": f"{day.month} 月 {day.day} 日" if language == "zh" else f"{day.day} {day:%B}",
        "name": name,
        "agent": assignee.zh if assignee else ("陆清和" if language == "zh" else "Emma"),
    }


def _turns(
    rng: random.Random, told: list[tuple[str, str]], opened: datetime, until: datetime, status: Status
) -> tuple[Turn, ...]:
    told = _as_far_as(rng, told, status)
    moment = opened
    turns = []
    for index, (who, text) in enumerate(told):
        if index:
            wait = rng.lognormvariate(3.6, 1.0) if who != "c" else rng.lognormvariate(4.6, 1.1)
            moment = min(moment + timedelta(minutes=1 + wait), until - timedelta(seconds=len(told) - index))
        turns.append(Turn(who, text, moment))
    return tuple(turns)


def _as_far_as(rng: random.Random, told: list[tuple[str, str]], status: Status) -> list[tuple[str, str]]:
    """A running conversation stops where its status says: on the customer's word, or on ours."""
    if status in _DONE:
        return told
    if status == Status.NEW:
        return told[:1]
    last = "a" if status == Status.PENDING else "c"
    stops = [index + 1 for index, (who, _text) in enumerate(told) if who == last]
    return told[: rng.choice(stops)] if stops else told[:1]


def _summary(story: dict[str, Any], language: str) -> str:
    subject = story[language]["subject"][0].split("{")[0].strip(" ：:，,")
    return (
        f"{subject}：已按流程处理，客户确认。"
        if language == "zh"
        else f"{subject}: handled, confirmed by the customer."
    )

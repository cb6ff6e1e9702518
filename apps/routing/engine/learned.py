"""Learned matching: who was successful with a category before. Plain counts, smoothed, so that it can be explained."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Final, NamedTuple

PRIOR_STRENGTH: Final = 20
"""What is known of a category weighs as much as so many pieces of work of a person's own."""
STEPS: Final = 20
"""People within one step of five per cent are held to be equal; then the queue's strategy decides."""


class Record(NamedTuple):
    """How often somebody ended work of a category, and how often with success."""

    successes: int
    trials: int


class Experience:
    """The counts of all agents, by agent and category, as the shell took them from the history."""

    def __init__(self, records: Mapping[tuple[int, int], Record]) -> None:
        self._records = records
        self._usual = _usual(records)

    def record(self, agent: int, category: int | None) -> Record:
        return Record(0, 0) if category is None else self._records.get((agent, category), Record(0, 0))

    def success(self, agent: int, category: int | None) -> float:
        """The mean of a Beta distribution, whose prior is the success that is usual in the category."""
        usual = 0.5 if category is None else self._usual.get(category, 0.5)
        successes, trials = self.record(agent, category)
        return (successes + usual * PRIOR_STRENGTH) / (trials + PRIOR_STRENGTH)

    def step(self, agent: int, category: int | None) -> int:
        """Higher is better."""
        return int(self.success(agent, category) * STEPS)


def _usual(records: Mapping[tuple[int, int], Record]) -> dict[int, float]:
    totals: dict[int, list[int]] = defaultdict(lambda: [0, 0])
    for (_agent, category), record in records.items():
        totals[category][0] += record.successes
        totals[category][1] += record.trials
    return {category: (good + 1) / (trials + 2) for category, (good, trials) in totals.items()}

"""The claim: every acknowledged input exists once, in order, with its effects.

The long version with the same code is `benchmarks/ledger.py`.
"""

from pathlib import Path

import pytest

from tests.support.ledger.trial import Trial

pytestmark = [pytest.mark.ledger, pytest.mark.timeout(1200)]

INPUTS = 80
REPLIES = 3
FAULTS = 8


def test_every_acknowledged_input_exists_once_in_order_while_everything_is_killed(tmp_path: Path) -> None:
    trial = Trial(tmp_path, seed=20261121)
    try:
        trial.run(seconds=45, pause=3.0, conversations=4, inputs=INPUTS, replies=REPLIES, faults=FAULTS)
        report = trial.report()
    finally:
        trial.stop()

    assert report.sent >= INPUTS, "the driver got too little in to prove anything"
    assert len(trial.faults) >= FAULTS
    assert report.complaints == [], "\n".join([*trial.faults, *trial.healing])

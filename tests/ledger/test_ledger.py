"""The claim: every acknowledged input exists once, in order, with its effects.

The long version with the same code is `benchmarks/ledger.py`.
"""

from pathlib import Path

import pytest

from tests.support.ledger.trial import Trial

pytestmark = [pytest.mark.ledger, pytest.mark.timeout(420)]


def test_every_acknowledged_input_exists_once_in_order_while_everything_is_killed(tmp_path: Path) -> None:
    trial = Trial(tmp_path, seed=20261121)
    try:
        trial.run(seconds=45, pause=3.0, conversations=4)
        report = trial.report()
    finally:
        trial.stop()

    assert report.sent > 80, "the driver got too little in to prove anything"
    assert len(trial.faults) >= 8
    assert report.complaints == []

"""The ledger test for as long as one likes: `.venv/bin/python -m benchmarks.ledger --seconds 3600 --seed 1`."""

import argparse
import tempfile
from pathlib import Path

from tests.support.ledger.trial import Trial


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=3600)
    parser.add_argument("--pause", type=float, default=4.0, help="mean seconds between two faults")
    parser.add_argument("--conversations", type=int, default=8, help="of each kind, at the same time")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--directory", type=Path, help="keep logs and data here")
    options = parser.parse_args()
    directory = options.directory or Path(tempfile.mkdtemp(prefix="ledger-"))
    trial = Trial(directory, options.seed)
    try:
        trial.run(seconds=options.seconds, pause=options.pause, conversations=options.conversations)
        report = trial.report()
    finally:
        trial.stop()
    print(f"seed {options.seed}, {options.seconds:.0f} s, {len(trial.faults)} faults")
    print(f"acknowledged {report.sent}, sent again {report.resent}, tries in vain {report.retries}")
    print(f"answers {report.replies}, deliveries {report.deliveries}, at rest after {report.healed_after:.1f} s")
    for line in trial.healing:
        print("healing", line)
    for complaint in report.complaints:
        print("!", complaint)
    return 1 if report.complaints else 0


if __name__ == "__main__":
    raise SystemExit(main())

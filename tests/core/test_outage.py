import pytest
from structlog.testing import capture_logs

from apps.core.outage import Outage

pytestmark = pytest.mark.unit


def test_what_is_away_is_told_once_and_its_return_too() -> None:
    outage = Outage("thing.unavailable")
    with capture_logs() as told:
        outage.worked()
        for _ in range(3):
            outage.failed(ConnectionError("6379"), place="here")
        for _ in range(2):
            outage.worked()
        outage.failed(TimeoutError())

    assert [(line["event"], line["log_level"]) for line in told] == [
        ("thing.unavailable", "warning"),
        ("thing.unavailable.back", "info"),
        ("thing.unavailable", "warning"),
    ]
    assert (told[0]["error"], told[0]["place"]) == ("ConnectionError", "here")

import logging
from typing import Any

import pytest
import structlog

from contactcenter import logs

pytestmark = pytest.mark.unit


def test_personal_values_are_removed() -> None:
    event = logs.drop_private(None, "info", {"event": "x", "email": "a@b.example", "phone": "138", "ticket": 5})
    assert event == {"event": "x", "email": "[removed]", "phone": "[removed]", "ticket": 5}


def test_what_people_search_for_is_cut_from_requests() -> None:
    event = logs.drop_private(None, "info", {"event": "x", "request": "GET /desk/?q=13800000000"})
    assert event["request"] == "GET /desk/"


def test_query_strings_are_cut_from_foreign_records() -> None:
    record = logging.LogRecord("django.request", logging.WARNING, "", 1, "%s: %s", ("Not Found", "/x?q=secret"), None)
    assert logs.QuerylessFilter().filter(record)
    assert record.getMessage() == "Not Found: /x"


@pytest.mark.parametrize("how", ["json", "console"])
@pytest.mark.parametrize(
    "planted",
    [
        "/x\nERROR all is well",
        '/x\r\n{"level": "error"}',
        "/\x1b[2J\x1b[31mred",
        "/\u2028\u2029\x85x",
        "/\x00\x07\x9b31m",
    ],
)
def test_what_somebody_asks_for_stays_one_line(how: str, planted: str) -> None:
    """Bad input 105: neither a line nor a colour of their own, whether it is in the message or beside it."""
    formatter = formatter_of(logs.logging_settings("INFO", how))
    record = logging.LogRecord("django.request", logging.WARNING, "", 1, "Not Found: %s", (planted,), None)
    beside = logging.LogRecord("x", logging.WARNING, "", 1, {"event": "refused", "path": planted}, None, None)
    for each in (record, beside):
        text = formatter.format(each)
        assert len(text.splitlines()) == 1
        assert not logs.CONTROLS.search(text)


def formatter_of(settings: dict[str, Any]) -> structlog.stdlib.ProcessorFormatter:
    chosen = settings["formatters"]["structured"]
    return structlog.stdlib.ProcessorFormatter(
        processors=chosen["processors"], foreign_pre_chain=chosen["foreign_pre_chain"]
    )


def test_a_refusal_is_a_line_and_a_failure_has_its_traceback() -> None:
    def logged(status: int) -> logging.LogRecord:
        raised = (ValueError, ValueError(), None)
        record = logging.LogRecord("django.request", logging.WARNING, "", 1, "Forbidden: %s", ("/admin/",), raised)
        record.status_code = status
        assert logs.PlainRefusalFilter().filter(record)
        return record

    assert logged(403).exc_info is None
    assert logged(500).exc_info is not None
    assert "plain_refusals" in logs.logging_settings("INFO", "json")["handlers"]["stderr"]["filters"]


def test_tracebacks_show_no_local_variables(capsys: pytest.CaptureFixture[str]) -> None:
    formatter = formatter_of(logs.logging_settings("INFO", "json"))
    planted = "138" + "0013" + "8000"
    try:
        raise ValueError("broken " + "on purpose", len(planted))
    except ValueError:
        record = logging.getLogger("x").makeRecord(
            "x", logging.ERROR, "", 1, "failed", (), __import__("sys").exc_info()
        )
    text = formatter.format(record)
    assert "broken on purpose" in text
    assert planted not in text

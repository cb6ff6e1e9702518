"""Structured logs: one JSON object a line, and never a customer's data."""

import logging
import re
from typing import Any

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

# Keys whose values are personal or secret whoever logs them.
PRIVATE_KEYS = re.compile(
    r"^(ip|email|e_mail|phone|name|subject|body|text|note|address|recipient|sender|password|token|cookie|authorization)$"
)
QUERY = re.compile(r"\?\S*")
# What ends a line, moves a terminal's cursor or turns the direction of writing round.
CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


def drop_private(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    """Removes values under private keys, and query strings, which carry what people search for."""
    for key in [key for key in event if PRIVATE_KEYS.match(key)]:
        event[key] = "[removed]"
    request = event.get("request")
    if request is not None:
        event["request"] = QUERY.sub("", str(request))
    return event


def escape_controls(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    """One event is one line, whatever somebody asked for; of a traceback, which we write, lines stay."""
    return {key: value if key == "exception" else _escaped(value) for key, value in event.items()}


def _escaped(value: Any) -> Any:
    if isinstance(value, str):
        return CONTROLS.sub(lambda found: found[0].encode("unicode_escape").decode(), value)
    if isinstance(value, dict):
        return {key: _escaped(each) for key, each in value.items()}
    return [_escaped(each) for each in value] if isinstance(value, (list, tuple)) else value


class QuerylessFilter(logging.Filter):
    """Cuts query strings from what libraries log about requests (their `args` hold the path)."""

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple):
            record.args = tuple(QUERY.sub("", arg) if isinstance(arg, str) else arg for arg in record.args)
        return True


class PlainRefusalFilter(logging.Filter):
    """A page that was refused is a line, not a traceback: nothing failed."""

    def filter(self, record: logging.LogRecord) -> bool:
        if getattr(record, "status_code", 500) < 500:
            record.exc_info = None
        return True


def shared_processors() -> list[Processor]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        drop_private,
    ]


def configure() -> None:
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared_processors(),
            structlog.stdlib.PositionalArgumentsFormatter(),
            structlog.processors.StackInfoRenderer(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )


def logging_settings(level: str, form: str) -> dict[str, Any]:
    """Django's LOGGING: `form` is json for machines or console for people. Locals are never shown in tracebacks."""
    tracebacks: list[Processor]
    renderer: Processor
    if form == "json":
        tracebacks = [structlog.processors.format_exc_info]
        renderer = structlog.processors.JSONRenderer(ensure_ascii=False)
    else:
        tracebacks = []
        renderer = structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {"queryless": {"()": QuerylessFilter}, "plain_refusals": {"()": PlainRefusalFilter}},
        "formatters": {
            "structured": {
                "()": structlog.stdlib.ProcessorFormatter,
                "processors": [
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    *tracebacks,
                    escape_controls,
                    renderer,
                ],
                "foreign_pre_chain": shared_processors(),
            }
        },
        "handlers": {
            "stderr": {
                "class": "logging.StreamHandler",
                "formatter": "structured",
                "filters": ["queryless", "plain_refusals"],
            }
        },
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            # Their handlers would print a second time, with addresses.
            "django": {"level": level, "handlers": [], "propagate": True},
            "django.server": {"level": "ERROR", "handlers": [], "propagate": True},
            "uvicorn": {"level": "WARNING", "handlers": [], "propagate": True},
            "uvicorn.access": {"level": "CRITICAL", "handlers": [], "propagate": False},
            "celery": {"level": "WARNING"},
            "httpx": {"level": "WARNING"},
            "imapclient": {"level": "WARNING"},
            "aiosmtpd": {"level": "WARNING"},
        },
    }

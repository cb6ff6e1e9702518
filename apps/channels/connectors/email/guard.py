"""Checks on a mail's raw bytes before anything is parsed: linear, and no regular expression that backtracks.

The guard refuses nothing. It says which bounds a mail passes, so that the reader leaves the excess out with a notice,
and it finds the few mails for which reading is not even tried.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from apps.channels.connectors.email.limits import DEFAULT_LIMITS, Limits
from apps.channels.connectors.email.parsed import Notice

_BLANK_LINE: Final = re.compile(rb"\r?\n\r?\n")
_HEADER_NAME: Final = re.compile(rb"(?<![^\n])[!-9;-~]+[ \t]*:")
_RECIPIENT_HEADER: Final = re.compile(rb"(?i)(?<![^\n])(?:to|cc)[ \t]*:((?:[^\n]*\n[ \t])*[^\n]*)")


@dataclass(frozen=True, slots=True)
class Inspection:
    size: int
    header_bytes: int
    header_count: int
    longest_header: int
    part_estimate: int
    nesting_estimate: int
    recipient_estimate: int
    notices: tuple[Notice, ...]
    is_readable: bool
    """False: do not parse at all, show the mail as raw text with the notice."""


def inspect(raw: bytes, limits: Limits = DEFAULT_LIMITS) -> Inspection:
    """Measure a mail against the limits."""
    blank = _BLANK_LINE.search(raw)
    head = raw[: blank.start() if blank else len(raw)]
    bounded_head = head[: limits.header_block_bytes]
    starts = [match.start() for match in _HEADER_NAME.finditer(bounded_head)]
    lengths = [end - start for start, end in pairwise([*starts, len(bounded_head)])]
    lowered = raw[: limits.message_bytes].lower()
    measured = {
        "header_bytes": len(head),
        "headers": len(starts),
        "longest_header": max(lengths, default=0),
        "parts": lowered.count(b"\ncontent-type:"),
        "depth": lowered.count(b"\ncontent-type: multipart/") + lowered.count(b"\ncontent-type: message/rfc822"),
        "recipients": sum(match.group(1).count(b"@") for match in _RECIPIENT_HEADER.finditer(bounded_head)),
    }
    bounds = {
        "header_bytes": limits.header_block_bytes,
        "headers": limits.headers,
        "longest_header": limits.header_bytes,
        "parts": limits.parts,
        "depth": limits.depth,
        "recipients": limits.recipients,
    }
    notices = [
        Notice(f"limit_{name}", f"{measured[name]}>{bound}") for name, bound in bounds.items() if measured[name] > bound
    ]
    too_large = len(raw) > limits.message_bytes
    if too_large:
        notices.append(Notice("limit_size", f"{len(raw)}>{limits.message_bytes}"))
    return Inspection(
        size=len(raw),
        header_bytes=measured["header_bytes"],
        header_count=measured["headers"],
        longest_header=measured["longest_header"],
        part_estimate=measured["parts"],
        nesting_estimate=measured["depth"],
        recipient_estimate=measured["recipients"],
        notices=tuple(notices),
        is_readable=bool(raw) and not too_large,
    )

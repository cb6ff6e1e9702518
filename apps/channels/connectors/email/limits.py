"""What a mail may cost before and while it is read.

Every bound exists because a small mail once held a parser for minutes (see docs/admin/email.md).
A bound that is passed never loses the mail: the rest is left out with a notice and the original is kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

KIB: Final = 1024
MIB: Final = 1024 * KIB


@dataclass(frozen=True, slots=True)
class Limits:
    message_bytes: int = 50 * MIB
    header_block_bytes: int = 256 * KIB
    header_bytes: int = 64 * KIB
    headers: int = 1000
    parts: int = 500
    depth: int = 20
    recipients: int = 200
    parameters: int = 100
    references: int = 100
    encoded_words: int = 1000
    text_chars: int = 500_000
    """As much as a message of a ticket holds, so that nothing is shortened later without a notice."""
    html_chars: int = 2_000_000
    html_depth: int = 400
    links: int = 5000
    attachments: int = 200
    raw_text_chars: int = 50_000
    """How much of a mail nobody could parse is shown as text."""


DEFAULT_LIMITS: Final = Limits()

PARSE_SECONDS: Final = 5.0
"""What one mail may take in the child process: processor time, and wall clock with its transfer included.

A mail that uses up the first is at fault itself and shown raw; one that only meets a busy machine is read again later.
"""

PARSE_MEMORY_BYTES: Final = 1024 * MIB
"""Address space of the child process."""

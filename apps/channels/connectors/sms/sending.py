"""What sending has in common on platforms for text messages."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from apps.channels.contract import Outbound, SendResult
from apps.channels.enums import FailureKind

SOON: Final = timedelta(minutes=1)
LATER: Final = timedelta(hours=1)
NEXT_DAY: Final = timedelta(hours=12)


def recipient(outbound: Outbound) -> str:
    """The one phone it goes to; "" when there is none, or more than one, which a text message cannot do."""
    return outbound.recipients.to[0] if len(outbound.recipients.to) == 1 else ""


def local_refusal(outbound: Outbound, limit: int) -> SendResult | None:
    """What would certainly be refused, told without asking the platform."""
    if not recipient(outbound).startswith("+"):
        return SendResult.failed(FailureKind.RECIPIENT_GONE, "A text message goes to one phone number.")
    if outbound.attachments:
        return SendResult.failed(FailureKind.REJECTED, "A text message carries no files.")
    if not outbound.text.strip():
        return SendResult.failed(FailureKind.REJECTED, "There is no text to send.")
    if len(outbound.text) > limit:
        return SendResult.failed(FailureKind.REJECTED, f"The text has {len(outbound.text)} characters of {limit}.")
    return None


Verdict = FailureKind | timedelta
"""What a platform's error means; a time means that it may be tried again after it."""


def judge(code: str, message: str, known: Mapping[str, Verdict]) -> SendResult:
    """By the code, or by the longest known beginning of it; what is not known was refused for good."""
    detail = f"{code}: {message}"
    beginnings = [known_code for known_code in known if code.startswith(known_code)]
    verdict = known[max(beginnings, key=len)] if beginnings else FailureKind.REJECTED
    if isinstance(verdict, timedelta):
        return SendResult.retry_later(detail, verdict)
    if verdict is FailureKind.UNKNOWN_OUTCOME:
        return SendResult.unknown(detail)
    return SendResult.failed(verdict, detail)


# --- Length -------------------------------------------------------------------------------------------------------

# The default alphabet of GSM 03.38; those of the second group take two places.
GSM: Final = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
GSM_DOUBLE: Final = frozenset("^{}\\[~]|€")


def segments(text: str) -> int:
    """How many text messages of a phone network this is: what is paid for."""
    if all(char in GSM or char in GSM_DOUBLE for char in text):
        length, single, joined = sum(2 if char in GSM_DOUBLE else 1 for char in text), 160, 153
    else:
        length, single, joined = len(text.encode("utf-16-be")) // 2, 70, 67
    return 1 if length <= single else -(-length // joined)


def sent_detail(text: str) -> str:
    count = segments(text)
    return f"{count} segments" if count > 1 else "1 segment"

"""From a read mail to the neutral shape that intake takes."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from apps.channels.connectors.email import notices
from apps.channels.connectors.email.automatic import Classification, MailKind, classify
from apps.channels.connectors.email.parsed import MailAddress, ParsedMail, Report
from apps.channels.connectors.email.threading import ThreadTokens, candidate_ids, root_id
from apps.channels.connectors.email.trust import SenderTrust, judge_sender
from apps.channels.contract import BounceInfo, Ignored, Inbound, InboundFile, Parsed, Receipt
from apps.channels.enums import DeliveryState
from apps.channels.errors import Unreadable
from apps.channels.keys import key_of, message_key
from apps.core.quotes import split_quote, split_quote_html

_ARRIVED: Final = frozenset({"delivered", "relayed", "expanded"})
_LANGUAGES: Final = {"zh": "zh-hans", "en": "en"}


def to_parsed(
    mail: ParsedMail, tokens: ThreadTokens, *, own_addresses: Collection[str], auth_server: str = ""
) -> Parsed:
    """What a mail means: a message, news about one of ours, or nothing."""
    classification = classify(mail, own_addresses)
    if "own_loop" in classification.reasons and mail.header("x-contact-center-loop") is not None:
        return Ignored("own automatic mail came back")
    if mail.message_id and tokens.is_ours(mail.message_id):
        return Ignored("own mail came back")
    if mail.report is not None and tokens.is_ours(mail.report.original_message_id):
        news = _news(mail.report)
        if news is not None:
            return news
    return _message(mail, classification, tokens, judge_sender(mail, auth_server))


def _news(report: Report) -> Receipt | None:
    """A report that says something arrived or was read; a failure goes on as a message that says so."""
    if report.kind == "receipt":
        return Receipt(DeliveryState.READ, client_key=report.original_message_id)
    actions = {recipient.action for recipient in report.recipients}
    if report.kind == "delivery" and actions and actions <= _ARRIVED:
        return Receipt(DeliveryState.DELIVERED, client_key=report.original_message_id)
    return None


def _message(mail: ParsedMail, classification: Classification, tokens: ThreadTokens, trust: SenderTrust) -> Inbound:
    if not mail.from_.address:
        raise Unreadable(reason=_("no sender address"))
    claim = tokens.find_thread(mail)
    text, quoted = split_quote(mail.text)
    html, _quoted = split_quote_html(mail.html) if mail.html else ("", "")
    codes = [notice.code for notice in mail.notices]
    if not mail.from_.is_plain:
        codes.append("sender_flagged")
    elif trust is SenderTrust.FAIL:
        codes.append("sender_unverified")
    return Inbound(
        sender_kind="email",
        sender_value=mail.from_.address,
        sender_name=mail.from_.name,
        sender_verified=trust is SenderTrust.PASS and mail.from_.is_plain,
        language=_LANGUAGES.get(mail.language[:2], ""),
        thread_key=key_of("mail", root_id(mail), mail.from_.address.lower()),
        thread_hints=tuple(message_key(item) for item in candidate_ids(mail)),
        reply_token=claim.token if claim else "",
        subject=mail.subject,
        text=text,
        html=html,
        quoted=quoted,
        attachments=tuple(
            InboundFile(item.name, item.content_type, item.content, item.content_id, item.inline)
            for item in mail.attachments
        ),
        sent_at=mail.date,
        envelope=_envelope(mail, classification, trust, tokens),
        message_keys=(message_key(mail.message_id),) if mail.message_id else (),
        is_automatic=classification.kind is not MailKind.PERSON,
        is_bounce=_bounce(mail.report, tokens),
        is_spam="spam" in classification.reasons or (trust is SenderTrust.FAIL and mail.from_.is_plain),
        notice=notices.most_important(codes)[:60],
    )


def _bounce(report: Report | None, tokens: ThreadTokens) -> BounceInfo | None:
    """Only a report that carries our own Message-ID says anything about our delivery: anybody can write one."""
    if report is None or report.kind != "delivery" or not tokens.is_ours(report.original_message_id):
        return None
    failed = [item for item in report.recipients if item.action not in _ARRIVED]
    worst = next((item for item in failed if item.is_permanent), failed[0] if failed else None)
    if worst is None:
        return BounceInfo(client_key=report.original_message_id, is_permanent=not report.recipients)
    return BounceInfo(
        client_key=report.original_message_id,
        recipient=worst.address,
        is_permanent=worst.is_permanent and worst.action != "delayed",
        status=worst.status,
        detail=worst.diagnostic,
    )


def _envelope(
    mail: ParsedMail, classification: Classification, trust: SenderTrust, tokens: ThreadTokens
) -> dict[str, Any]:
    """What people are shown, so without the secrets in our own addresses; the mail as it came keeps them."""

    def pair(address: MailAddress) -> list[str]:
        return [tokens.plain_address(address.name), tokens.plain_address(address.address)]

    return {
        "from": pair(mail.from_),
        "from_flags": list(mail.from_.flags),
        "sender": pair(mail.sender) if mail.sender.address else None,
        "reply_to": [pair(item) for item in mail.reply_to if item.address],
        "to": [pair(item) for item in mail.to if item.address],
        "cc": [pair(item) for item in mail.cc if item.address],
        "message_id": mail.message_id,
        "in_reply_to": list(mail.in_reply_to),
        "references": list(mail.references),
        "delivered_to": [tokens.plain_address(address) for address in mail.delivered_addresses[:20]],
        "trust": str(trust),
        "classification": {"kind": str(classification.kind), "reasons": list(classification.reasons)},
        "quality": str(mail.quality),
        "notices": [[notice.code, notice.detail] for notice in mail.notices],
        "raw_sha256": mail.raw_sha256,
    }

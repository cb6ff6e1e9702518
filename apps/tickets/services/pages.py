"""The page on which a customer reads a conversation and answers, opened by the link that went to their phone."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from apps.channels import registry
from apps.channels.connectors.page.tokens import handle_of, unseal
from apps.channels.connectors.submission import Submission, pack
from apps.channels.contract import IdentityClaim
from apps.channels.keys import key_of
from apps.channels.models import Channel
from apps.channels.reply_tokens import seal_ticket
from apps.channels.services import inbox
from apps.core import throttle
from apps.core.clock import now
from apps.core.errors import InvalidInput
from apps.customers.identities import tail_of
from apps.customers.models import Identity
from apps.customers.selectors import family_identities
from apps.tickets.errors import EmptyMessage, PageGone, ProofWrong
from apps.tickets.models import Ticket
from apps.tickets.services.lifecycle import head_of

MAX_TEXT: Final = 10_000
PROOFS: Final = (5, timedelta(hours=1))
ANSWERS: Final = (30, timedelta(hours=1))


@dataclass(frozen=True, slots=True)
class ConversationPage:
    """One customer's view of one ticket, until the link is over."""

    key: str
    """Names the conversation with this phone, whichever link opened it: for cookies and counting."""
    ticket: Ticket
    channel: Channel
    identity: Identity
    asks_proof: bool


def open_page(token: str) -> ConversationPage:
    """Raises PageGone for whatever does not hold any more: time, channel, ticket, or that the phone is the customer's."""
    sealed = unseal(token)
    if sealed is None or sealed.expires_at <= now():
        raise PageGone
    channel = Channel.objects.active().select_related("brand").filter(pk=sealed.channel_id, kind="page").first()
    rows = Ticket.objects.select_related("customer__merged_into", "merged_into")
    ticket = rows.filter(pk=sealed.ticket_id).first()
    if channel is None or ticket is None or ticket.customer is None:
        raise PageGone
    phones = (row for row in family_identities(ticket.customer) if row.kind == "phone" and not row.is_claimed)
    identity = next((row for row in phones if hmac.compare_digest(handle_of(row.kind, row.value), sealed.handle)), None)
    if identity is None:
        raise PageGone
    asks_proof = bool(registry.get("page").setting(channel, "asks_proof"))
    head = head_of(ticket)
    key = key_of("conversation-page", str(head.pk), sealed.handle).hex()[:24]
    return ConversationPage(key, head, channel, identity, asks_proof)


def prove(page: ConversationPage, digits: str) -> None:
    """Raises ProofWrong, and TooMany after a few tries."""
    throttle.hit(f"page-proof:{page.key}", limit=PROOFS[0], per=PROOFS[1])
    tail = tail_of(page.identity.kind, page.identity.value)
    # A number too short to have a tail proves nothing, least of all by saying nothing.
    if not tail or not hmac.compare_digest(digits.strip().encode(), tail.encode()):
        raise ProofWrong


def answer_page(*, page: ConversationPage, text: str, nonce: str) -> None:
    """Puts the customer's words into the inbox, once for each `nonce`."""
    text = text.replace("\0", "").strip()
    if not text:
        raise EmptyMessage
    if len(text) > MAX_TEXT:
        raise InvalidInput(fields={"text": [str(InvalidInput.message)]})
    throttle.hit(f"page-answer:{page.key}", limit=ANSWERS[0], per=ANSWERS[1])
    # The link went to this handle and to no other: who has it was reached there.
    sender = IdentityClaim(page.identity.kind, page.identity.value, page.identity.scope, verified=True)
    submission = Submission(sender=sender, text=text, language=page.ticket.language, thread=seal_ticket(page.ticket.pk))
    inbox.accept(
        channel=page.channel,
        external_id=f"{page.key}:{nonce[:64]}",
        order_by=f"{sender.kind}:{sender.value}",
        payload=pack(submission),
    )

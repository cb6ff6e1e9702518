"""A visitor agreed in the form before the chat; once the desk knows whose chat it is, that becomes their consent."""

from __future__ import annotations

from apps.core.actor import Actor, ActorKind, Face
from apps.livechat.models import ChatSession
from apps.privacy.enums import Purpose, Shown
from apps.privacy.models import PrivacyNotice
from apps.privacy.services.consenting import give_consent
from apps.tickets.models import Interaction

VISITOR = Actor(kind=ActorKind.SYSTEM, face=Face.CHANNEL)


def note_agreement(session: ChatSession) -> None:
    agreed_at = session.details.get("consent_at")
    contact = Interaction.objects.filter(pk=session.interaction_id).select_related("channel", "ticket").first()
    if not agreed_at or contact is None or contact.customer_id is None:
        return
    version = session.details.get("notice")
    notice = PrivacyNotice.objects.filter(brand=contact.channel.brand_id, version=version).first() if version else None
    give_consent(
        customer_id=contact.customer_id,
        purpose=Purpose.SERVICE,
        shown=Shown.CHAT,
        notice=notice,
        channel_id=contact.channel_id,
        language=contact.ticket.language,
        proof=f"chat {session.public_id}, box ticked at {agreed_at}",
        by=VISITOR,
    )

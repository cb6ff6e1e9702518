"""Somebody agreed to the brand's notice before they wrote; once it is known whose words these are, it is their consent."""

from __future__ import annotations

from apps.channels.contract import Agreement
from apps.channels.models import Channel, InboundEvent
from apps.core.actor import Actor
from apps.customers.models import Customer
from apps.privacy.enums import Purpose, Shown
from apps.privacy.models import PrivacyNotice
from apps.privacy.services.consenting import give_consent


def note_agreement(
    agreement: Agreement, channel: Channel, customer: Customer, event: InboundEvent, *, by: Actor
) -> None:
    notice = PrivacyNotice.objects.filter(brand=channel.brand_id, version=agreement.notice).first()
    give_consent(
        customer_id=customer.pk,
        purpose=Purpose.SERVICE,
        shown=Shown(agreement.shown),
        notice=notice,
        channel_id=channel.pk,
        language=customer.language,
        proof=f"{agreement.shown} {event.public_id}, box ticked",
        said_at=event.received,
        by=by,
    )

"""What a manager does with a webhook channel on its pages."""

from __future__ import annotations

import secrets as randomness
import time
import uuid
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from django.db import transaction
from django.utils.datastructures import CaseInsensitiveMapping

from apps.accounts.models import Brand
from apps.channels import intake
from apps.channels.borders import lacks_basis
from apps.channels.connectors.webhook import outgoing
from apps.channels.connectors.webhook.access import MAX_BODY, SIGNED, Access, Call, judge, live_secrets, scheme_of
from apps.channels.connectors.webhook.connector import KIND, CallTooLarge, items_of
from apps.channels.connectors.webhook.definitions import Definition
from apps.channels.connectors.webhook.forms import default_settings
from apps.channels.connectors.webhook.signing import STANDARD_PREFIX, Verdict
from apps.channels.contract import Outbound, Recipients, SendResult
from apps.channels.errors import BasisMissing
from apps.channels.models import Channel, InboundEvent
from apps.channels.services import inbox, repair
from apps.channels.services.configuration import configure_channel
from apps.core import audit, throttle
from apps.core.actor import Actor
from apps.core.ids import read_public_id
from apps.core.permissions import may, require

STORED_CALLS: Final = 20


@dataclass(frozen=True, slots=True)
class Tried:
    """What became of a call that was made from here."""

    verdict: Verdict
    new: int = 0
    known: int = 0


@transaction.atomic
def create_channel(
    *, key: str, name: Mapping[str, str], brand: Brand, definition: Definition | None, language: str, by: Actor
) -> Channel:
    """A channel that nobody can call yet: it has no secret."""
    require(by, "channels.configure")
    settings = default_settings() | dict(definition.settings if definition else {})
    sample = definition.sample if definition else ""
    channel = Channel(key=key, brand=brand, kind=KIND, name=name, default_language=language)
    channel.save()
    audit.record("contact_channels.channel.created", by=by, subject=channel, details={"kind": KIND})
    return configure_channel(channel=channel, settings=settings, secrets={"sample": sample}, by=by)


def save_step(*, channel: Channel, settings: Mapping[str, Any], secrets: Mapping[str, Any], by: Actor) -> Channel:
    """Replaces the settings of one step, and leaves those of the others."""
    merged = default_settings() | channel.settings | dict(settings)
    return configure_channel(channel=channel, settings=merged, secrets=secrets, by=by)


def changed_secrets(channel: Channel, secret: str, *, keeps_former: bool) -> dict[str, str]:
    """A new secret takes the place of the old one, which goes on counting for as long as the manager wants it to."""
    current = str(channel.secrets.get("secret") or "")
    if not secret.strip() or secret.strip() == current:
        return {}
    return {"secret": secret.strip(), "former_secret": current if keeps_former else ""}


def end_former_secret(*, channel: Channel, by: Actor) -> Channel:
    return configure_channel(channel=channel, settings=channel.settings, secrets={"former_secret": ""}, by=by)


def new_secret(access: str) -> str:
    if access == Access.STANDARD:
        return STANDARD_PREFIX + b64encode(randomness.token_bytes(32)).decode()
    return randomness.token_urlsafe(32)


@transaction.atomic
def go_live(*, channel: Channel, queue: int, by: Actor) -> int:
    """Says which queue the channel leads to and takes in what waited for it; returns how many calls those were."""
    require(by, "channels.configure", channel)
    intake.choose_destination(channel, queue, by)
    if not channel.is_active:
        if lacks_basis(channel):
            raise BasisMissing
        channel.is_active = True
        channel.save(update_fields=["is_active", "updated"])
    audit.record("channels.went_live", by=by, subject=channel, details={"queue": queue})
    waiting = may(by, "channels.repair", channel)
    return repair.replay_parked(channel=channel, by=by, error_code=intake.NO_RULE) if waiting else 0


# --- Trying it ----------------------------------------------------------------------------------------------------


def call_from_here(*, channel: Channel, body: bytes, by: Actor) -> Tried:
    """Makes the call that the other system would make, proved with our secret, through the same door."""
    require(by, "channels.configure", channel)
    throttle.hit(f"channels.webhook_try:{by.key}", limit=30, per=timedelta(minutes=1))
    if len(body) > MAX_BODY:
        raise CallTooLarge
    call = proved_call(channel, body)
    verdict = judge(channel, call)
    if verdict is not Verdict.GENUINE:
        return Tried(verdict)
    with transaction.atomic():
        rows = [
            inbox.accept(
                channel=channel,
                external_id=item.external_id,
                order_by=item.order_by,
                payload=item.payload,
                envelope=item.envelope,
            )
            for item in items_of(channel, call)
        ]
    audit.record("channels.webhook_tried", by=by, subject=channel)
    new = sum(row is not None for row in rows)
    return Tried(verdict, new=new, known=len(rows) - new)


def proved_call(channel: Channel, body: bytes) -> Call:
    """The call with all that proves it. From another network than the listed ones it would be refused, so it comes from there."""
    settings, secret = channel.settings, next(iter(live_secrets(channel)), "")
    access, headers, query = Access(settings.get("access", Access.HMAC)), {"Content-Type": "application/json"}, {}
    if access in SIGNED and secret:
        headers |= scheme_of(settings).sign(secret, body, message_id=f"msg_{uuid.uuid4().hex}", at=int(time.time()))
    elif access == Access.BASIC:
        pair = b64encode(f"{settings.get('basic_user', '')}:{secret}".encode()).decode()
        headers["Authorization"] = f"Basic {pair}"
    elif access == Access.TOKEN and settings.get("token_place") == "query":
        query = {str(settings.get("token_name")): secret}
    elif access == Access.TOKEN:
        headers[str(settings.get("token_name"))] = secret
    networks = settings.get("networks") or ("127.0.0.1",)
    return Call(body, CaseInsensitiveMapping(headers), query, str(networks[0]).partition("/")[0])


def send_test(*, channel: Channel, recipient: str, text: str, by: Actor) -> SendResult:
    """Makes the outgoing call once, with words of the manager's."""
    require(by, "channels.configure", channel)
    throttle.hit(f"channels.webhook_send:{by.key}", limit=10, per=timedelta(minutes=1))
    outbound = Outbound(
        client_key=f"test.{uuid.uuid4().hex}",
        recipients=Recipients(to=(recipient,)),
        from_name=str(channel.brand.sender_name) or str(channel.brand.name),
        text=text,
        language=channel.default_language,
        references=(recipient,),
    )
    result = outgoing.send(channel.settings, str(channel.secrets.get("send_secret") or ""), outbound)
    audit.record("channels.webhook_sent", by=by, subject=channel, result=str(result.failure or result.state))
    return result


def stored_calls(channel: Channel, by: Actor, limit: int = STORED_CALLS) -> list[InboundEvent]:
    """The latest, without what is in them."""
    rows = InboundEvent.objects.visible_to(by).filter(channel=channel)
    return list(rows.defer("payload", "original", "envelope", "error").order_by("-pk")[:limit])


def open_stored_call(*, channel: Channel, public_id: str, by: Actor) -> InboundEvent | None:
    """One stored call with its content. Reading it is audited."""
    require(by, "channels.repair", channel)
    pk = read_public_id(InboundEvent, public_id) or 0
    row = InboundEvent.objects.visible_to(by).select_related("channel").filter(channel=channel, pk=pk).first()
    if row is not None:
        audit.record_view("channels.inbound_read", by=by, subject=row)
    return row

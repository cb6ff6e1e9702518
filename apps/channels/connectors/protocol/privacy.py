"""What a client's user is told of their data, allows, takes back and asks for. The same rules as on every other door."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

from django.urls import reverse
from django.utils import formats
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from apps.channels import registry
from apps.channels.connectors.protocol.clients import Client, guests_of
from apps.channels.models import Channel
from apps.core import throttle
from apps.core.actor import Actor, ActorKind, Face
from apps.customers.lookup import customer_of_handles
from apps.privacy import people
from apps.privacy.enums import CameBy, CheckedBy, Purpose, RequestKind, Shown
from apps.privacy.errors import NobodyKnown
from apps.privacy.models import DataSubjectRequest
from apps.privacy.offering import offered_choices
from apps.privacy.selectors.notices import notice_in_force
from apps.privacy.services.asking import ASKED_HERE, ask_oneself, asked_by
from apps.privacy.services.consenting import Choice, give_consent, withdraw_consent

USER: Final = Actor(kind=ActorKind.SYSTEM, face=Face.CHANNEL)
MINUTELY: Final = 30
IN_CHAT: Final = "chat"


def overview(client: Client) -> dict[str, Any]:
    """Of somebody who has not written yet there is nothing but the notice."""
    pk = customer_of(client)
    person = people.directory().person(pk) if pk is not None else None
    return {
        "notice": notice_as_told(client.channel),
        "choices": [_choice(row) for row in offered_choices(person.ids, lacks_guardian=person.lacks_guardian)]
        if person is not None
        else [],
        "offered": [{"kind": kind.value, "label": str(label)} for kind, label in ASKED_HERE],
        "requests": [_request(row) for row in asked_by(person.id)] if person is not None else [],
    }


def notice_as_told(channel: Channel) -> dict[str, Any] | None:
    """Which version is shown, where it can be read, and whether it has to be agreed to."""
    notice = notice_in_force(channel.brand_id)
    if notice is None:
        return None
    address = reverse("privacy:notice-version", args=[channel.brand.key, notice.version])
    return {"version": notice.version, "address": address, "needs_consent": notice.needs_consent}


def customer_of(client: Client) -> int | None:
    """By the handle that the client proved, or by one under which they wrote before signing in."""
    kind = registry.get(client.channel.kind).identity_kind
    before = [] if client.is_guest else guests_of(client.conversation)
    return customer_of_handles(kind, client.channel.key, [client.user_id, *before])


def choose(client: Client, *, purpose: str, is_allowed: bool) -> dict[str, Any]:
    """Raises NobodyKnown, TooMany."""
    pk, chat = _known(client), client.channel.kind == IN_CHAT
    shown = Shown.CHAT if chat else Shown.APP
    if is_allowed:
        give_consent(
            customer_id=pk,
            purpose=Purpose(purpose),
            shown=shown,
            notice=notice_in_force(client.channel.brand_id),
            channel_id=client.channel.pk,
            by=USER,
        )
    else:
        withdraw_consent(customer_id=pk, purpose=Purpose(purpose), shown=shown, by=USER)
    return {**overview(client), "told": _("Changed. It holds at once.")}


def ask(client: Client, *, kind: str, wish: str = "") -> dict[str, Any]:
    """A signed token says who they are; of a guest that is still to be checked. Raises NobodyKnown, TooMany."""
    ask_oneself(
        customer_id=_known(client),
        kind=RequestKind(kind),
        came_by=CameBy.CHAT if client.channel.kind == IN_CHAT else CameBy.APP,
        wish=wish,
        checked_by=None if client.is_guest else CheckedBy.KNOWN,
    )
    return {**overview(client), "told": _("We have your request and will answer it.")}


def _known(client: Client) -> int:
    throttle.hit(f"channels.app:privacy:{client.conversation.pk}", limit=MINUTELY, per=timedelta(minutes=1))
    pk = customer_of(client)
    if pk is None:
        raise NobodyKnown
    return pk


def _choice(row: Choice) -> dict[str, Any]:
    since = None if row.said is None else row.said.withdrawn_at or row.said.given_at
    return {
        "purpose": row.purpose.value,
        "label": row.label,
        "is_allowed": row.is_allowed,
        "state_label": _("allowed") if row.is_allowed else _("not allowed"),
        "action_label": _("Take back") if row.is_allowed else _("Allow"),
        "since": since.isoformat() if since is not None else None,
        "notice": row.said.notice.version if row.said is not None and row.said.notice is not None else None,
    }


def _request(row: DataSubjectRequest) -> dict[str, Any]:
    return {
        "id": row.public_id,
        "kind": row.kind,
        "label": str(RequestKind(row.kind).label),
        "state": row.state,
        "state_label": str(row.get_state_display()),
        "received_at": row.received_at.isoformat(),
        "due_at": row.due_at.isoformat(),
        "due_label": _("answered by %(day)s")
        % {"day": formats.date_format(localtime(row.due_at), "SHORT_DATE_FORMAT")},
    }

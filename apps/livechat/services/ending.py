"""An agent ends a chat, and says what becomes of its ticket: all of it, or nothing."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from apps.core.actor import Actor
from apps.core.errors import InvalidInput
from apps.core.richtext import text_to_html
from apps.customers.enums import IdentityKind
from apps.customers.services.customers import add_identity
from apps.livechat.enums import Afterwards
from apps.livechat.services.sessions import end_by_agent
from apps.tickets.enums import DraftKind
from apps.tickets.models import Draft, Ticket
from apps.tickets.selectors.routes import Way, refusal_of, route_key
from apps.tickets.services.drafts import save_draft
from apps.tickets.services.lifecycle import WrapUpInput, resolve_ticket, wrap_up_ticket
from apps.tickets.services.messages.sending import open_ways


@transaction.atomic
def finish_chat(*, ticket: Ticket, by: Actor, then: Afterwards, wrap_up: WrapUpInput, email: str = "") -> Ticket:
    """Raises WrapUpIncomplete when it is to be resolved, and InvalidInput when it is to go on by mail to nobody."""
    if then is Afterwards.MAIL and email:
        _add_address(ticket, email, by)
    end_by_agent(ticket=ticket, by=by)
    if then is Afterwards.RESOLVE:
        return resolve_ticket(ticket=ticket, by=by, wrap_up=wrap_up)
    if _says_something(ticket, wrap_up):
        ticket = wrap_up_ticket(ticket=ticket, by=by, wrap_up=wrap_up)
    if then is Afterwards.MAIL:
        _prepare_mail(ticket, by)
    return ticket


def _says_something(ticket: Ticket, wrap_up: WrapUpInput) -> bool:
    """More than the ticket says already."""
    if wrap_up.summary.strip() or wrap_up.is_solved is not None:
        return True
    if wrap_up.category is not None and wrap_up.category.pk != ticket.category_id:
        return True
    return wrap_up.tags is not None and {tag.pk for tag in wrap_up.tags} != set(
        ticket.tags.values_list("pk", flat=True)
    )


def _add_address(ticket: Ticket, email: str, by: Actor) -> None:
    if ticket.customer is None:
        raise InvalidInput(fields={"email": [_("This ticket has no customer.")]})
    add_identity(customer=ticket.customer, kind=IdentityKind.EMAIL, value=email, by=by)


def _prepare_mail(ticket: Ticket, by: Actor) -> None:
    """The agent's own draft, which opens the composer with the mail chosen. Words that were begun stay."""
    way = _mail(ticket)
    if way is None:
        raise InvalidInput(fields={"email": [_("Enter where the mail shall go.")]})
    kept = Draft.objects.filter(user_id=by.user_id or 0, ticket=ticket, kind=DraftKind.REPLY).first()
    data: dict[str, Any] = {"channel": [route_key(way.channel.pk, is_public=False)]}
    save_draft(by=by, ticket=ticket, kind=DraftKind.REPLY, html=kept.html if kept else _greeting(ticket), data=data)


def _mail(ticket: Ticket) -> Way | None:
    """To somebody of the conversation."""
    ways = (way for way in open_ways(ticket) if way.connector.capabilities.has_copies and way.addressing.to)
    return next((way for way in ways if not refusal_of(way)), None)


def _greeting(ticket: Ticket) -> str:
    with translation.override(ticket.language or None):
        return text_to_html(_("Hello, this is about our chat on the website."))

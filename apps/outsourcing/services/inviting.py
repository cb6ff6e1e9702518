"""Links by mail: the person alone reads them. A link stands in the sealed delivery and nowhere else, not in the audit trail."""

from __future__ import annotations

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from apps.accounts.models import User
from apps.channels import registry
from apps.channels.contract import Outbound, Recipients
from apps.channels.models import Channel
from apps.channels.services.outbox import queue_delivery
from apps.core import audit
from apps.core.actor import Actor
from apps.core.errors import InvalidInput
from apps.outsourcing.selectors.people import mailbox_of


def mail_link(*, user: User, link: str, by: Actor) -> None:
    """Joins the caller's transaction: the account, its link and the mail are there together or not at all."""
    sender = mailbox_of(user.vendor_id)
    if sender is None:
        raise InvalidInput(
            fields={"by_mail": [gettext_lazy("No mailbox sends invitations. The link can be shown to you.")]}
        )
    if not user.email:
        raise InvalidInput(fields={"email": [gettext_lazy("A link by mail needs an address.")]})
    with translation.override(user.language):
        outbound = _letter(sender, user, f"{settings.SITE_URL}{link}")
    queue_delivery(
        channel=sender, message_id=None, ticket_id=None, outbound=outbound, order_by=f"invitation {user.pk}", by=by
    )
    audit.record("user.entry_link_mailed", by=by, subject=user, details={"channel": sender.key})


def _letter(sender: Channel, user: User, address: str) -> Outbound:
    # Of no ticket: what somebody answers is new mail to that mailbox.
    return Outbound(
        client_key=registry.get(sender.kind).client_key_for(sender, ticket_id=0),
        recipients=Recipients(to=(user.email,)),
        subject=_("Your account of the contact center"),
        text=_text(user, address),
        language=user.language,
        automatic=True,
    )


def _text(user: User, address: str) -> str:
    hours = settings.PASSWORD_RESET_TIMEOUT // 3600
    within = ngettext("It opens once, within %(hours)d hour.", "It opens once, within %(hours)d hours.", hours)
    parts = (
        _("Hello %(name)s,") % {"name": user},
        _("choose your password here. You then sign in as %(name)s.") % {"name": user.username},
        address,
        within % {"hours": hours},
        _("Did you not expect this? Then leave it alone: without the link nobody comes in."),
    )
    return "\n\n".join(parts)

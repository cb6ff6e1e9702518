"""Alerts as mail: durable deliveries of the mailbox that the manager chose, one for each person and look, however much
happened at once.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Final

import structlog
from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.accounts.models import User
from apps.alerts.enums import Step, Way
from apps.alerts.models import Alert, AlertRule
from apps.alerts.words import news_line
from apps.channels import registry
from apps.channels.contract import Outbound, Recipients
from apps.channels.models import Channel
from apps.channels.selectors.senders import can_mail
from apps.channels.services.outbox import queue_delivery
from apps.core.actor import SYSTEM, person

logger = structlog.get_logger(__name__)

Change = tuple[Alert, Step, int | None]
WALLBOARD: Final = "/desk/wallboard/"


def mail(changes: Iterable[Change]) -> None:
    wanted = [change for change in changes if Way.MAIL in change[0].rule.ways]
    for (sender, user), theirs in _letters(wanted).items():
        told = _seen_by(user, theirs)
        if told:
            _queue(sender, user, told)


def _letters(wanted: Sequence[Change]) -> dict[tuple[Channel, User], list[Change]]:
    found: dict[tuple[Channel, User], list[Change]] = defaultdict(list)
    for rule in {change[0].rule_id: change[0].rule for change in wanted}.values():
        sender = _sender(rule)
        if sender is not None:
            for user in _people(rule):
                found[sender, user] += [change for change in wanted if change[0].rule_id == rule.pk]
    return found


def _seen_by(user: User, changes: Sequence[Change]) -> list[Change]:
    """Whoever was chosen may see less today than then."""
    rows = Alert.objects.visible_to(person(user)).filter(pk__in=[change[0].pk for change in changes])
    seen = set(rows.values_list("pk", flat=True))
    return [change for change in changes if change[0].pk in seen]


def _sender(rule: AlertRule) -> Channel | None:
    if rule.sender is not None and can_mail(rule.sender):
        return rule.sender
    # The alert itself must not fail for want of a mailbox; screens and webhooks tell it all the same.
    logger.warning("alert.no_mailbox", rule=rule.key)
    return None


def _people(rule: AlertRule) -> list[User]:
    """Whoever was switched off since the manager chose them is left out."""
    rows = rule.people.filter(is_active=True).exclude(email="").select_related("role", "vendor").order_by("pk")
    return [user for user in rows if user.may_sign_in]


def _queue(sender: Channel, user: User, told: Sequence[Change]) -> None:
    with translation.override(user.language):
        subject, text = _subject(told), _text(told)
    # Of no ticket: what somebody answers is new mail to that mailbox.
    key = registry.get(sender.kind).client_key_for(sender, ticket_id=0)
    outbound = Outbound(
        client_key=key,
        recipients=Recipients(to=(user.email,)),
        subject=subject,
        text=text,
        language=user.language,
        automatic=True,
    )
    queue_delivery(
        channel=sender, message_id=None, ticket_id=None, outbound=outbound, order_by=f"alerts {user.pk}", by=SYSTEM
    )


def _subject(told: Sequence[Change]) -> str:
    if len(told) == 1:
        return news_line(*told[0])
    fired = sum(step == Step.FIRED for _alert, step, _figure in told)
    if not fired:
        return ngettext("%(count)d alert is over", "%(count)d alerts are over", len(told)) % {"count": len(told)}
    return ngettext("%(count)d new alert", "%(count)d new alerts", fired) % {"count": fired}


def _text(told: Sequence[Change]) -> str:
    lines = [f"{news_line(*change)}\n    {change[0].rule}" for change in told]
    link = _("The wallboard: %(url)s") % {"url": f"{settings.SITE_URL}{WALLBOARD}"}
    return "\n\n".join([*lines, link])

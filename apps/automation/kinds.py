"""What an endpoint may be told: one kind of event, all of one subject, or everything. Read from the registry of events,
so that an event of any app can be asked for as soon as it exists.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING, Final

from django.utils.translation import gettext_lazy as _

from apps.core.events import event_types

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

ALL: Final = "*"
TEST: Final = "webhook.test"
"""Sent by hand only; it is no event of the log."""

SUBJECTS: Final[dict[str, StrOrPromise]] = {
    "ticket": _("Everything about tickets"),
    "message": _("Everything about messages"),
    "delivery": _("Everything about deliveries"),
    "customer": _("Everything about customers"),
    "app": _("Everything about users of your app"),
    "counter": _("Everything about visits to counters"),
    "sla": _("Everything about service levels"),
    "routing": _("Everything about offers of work"),
    "agent": _("Everything about the states of agents"),
    "user": _("Everything about staff accounts"),
}
LABELS: Final[dict[str, StrOrPromise]] = {
    "ticket.opened": _("A ticket was opened"),
    "ticket.status_changed": _("The status of a ticket changed"),
    "ticket.assigned": _("A ticket was given to somebody"),
    "ticket.field_changed": _("A field of a ticket changed"),
    "ticket.tagged": _("Tags of a ticket changed"),
    "ticket.merged": _("A ticket was merged into another"),
    "ticket.unmerged": _("A merge was undone"),
    "ticket.linked": _("Tickets were linked"),
    "ticket.watched": _("Somebody began or ceased to watch a ticket"),
    "ticket.wrapped_up": _("A ticket was wrapped up"),
    "ticket.sender_blocked": _("A sender was blocked"),
    "ticket.columns_changed": _("Computed columns of a ticket changed"),
    "message.received": _("A customer wrote"),
    "message.sent": _("We wrote to a customer"),
    "message.noted": _("An internal note was written"),
    "message.recorded": _("The system noted something"),
    "message.undone": _("A message was taken back"),
    "delivery.changed": _("A delivery changed its state"),
    "customer.created": _("A customer was created"),
    "customer.updated": _("A customer was changed"),
    "customer.identity_added": _("A customer got one more way to be reached"),
    "customer.identity_removed": _("A customer lost a way to be reached"),
    "customer.merged": _("Two customers became one"),
    "customer.unmerged": _("A merge of customers was undone"),
    "customer.verified": _("A customer proved a phone or an address"),
    "customer.verification_requested": _("A customer was asked to prove a phone or an address"),
    "customer.merge_suggested": _("Two customers may be one"),
    "customer.merge_dismissed": _("Two customers stay two"),
    "sla.warning": _("A promise is in danger"),
    "sla.breached": _("A promise was broken"),
    "sla.met": _("A promise was kept"),
    "app.message_waiting": _("A message waits for a user of your app who is away"),
    "routing.offered": _("A ticket was offered to somebody"),
    "routing.accepted": _("An offer was accepted"),
    "routing.declined": _("An offer was declined"),
    "routing.missed": _("An offer was not answered in time"),
    "routing.withdrawn": _("An offer was withdrawn"),
    "routing.freed": _("A ticket was taken from somebody who is gone"),
    "agent.state_changed": _("An agent changed state"),
    "user.deactivated": _("A staff account was switched off"),
    TEST: _("Test event"),
}


def label_of(pattern: str) -> StrOrPromise:
    """For people. A kind without a label of its own is told by its name."""
    if pattern == ALL:
        return _("Everything")
    subject, _dot, rest = pattern.partition(".")
    return SUBJECTS.get(subject, pattern) if rest == ALL else LABELS.get(pattern, pattern)


def patterns() -> list[str]:
    """All that can be chosen: everything, then by subject."""
    kinds = sorted(event_types())
    subjects = sorted({kind.partition(".")[0] for kind in kinds})
    return [ALL, *(name for subject in subjects for name in (f"{subject}.{ALL}", *_of_subject(subject, kinds)))]


def kinds_of(chosen: Iterable[str]) -> set[str]:
    """The kinds that the chosen patterns stand for today."""
    wanted = set(chosen)
    return {kind for kind in event_types() if wanted & {ALL, f"{kind.partition('.')[0]}.{ALL}", kind}}


def _of_subject(subject: str, kinds: Collection[str]) -> list[str]:
    return [kind for kind in kinds if kind.partition(".")[0] == subject]

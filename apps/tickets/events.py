"""What happens to tickets, as facts. They are the history, the source of live screens and of everything that reacts.

Fields hold ids and keys; names are looked up when somebody reads. Payloads are stored encrypted. ``version`` is the
ticket's after the change: from it the second of two editors is told what the first one did.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from apps.core.events import EventBase, event


@event("ticket.opened", _("A ticket was opened"))
@dataclass(frozen=True)
class TicketOpened(EventBase):
    ticket_id: int
    queue_id: int
    channel_id: int | None = None
    customer_id: int | None = None
    follows_id: int | None = None


@event("ticket.status_changed", _("The status of a ticket changed"))
@dataclass(frozen=True)
class TicketStatusChanged(EventBase):
    """``reason``: "" by hand, else customer_reply, reply, assigned, transferred, timeout, undo."""

    ticket_id: int
    old: str
    new: str
    reason: str = ""
    version: int = 0


@event("ticket.assigned", _("A ticket was given to somebody"))
@dataclass(frozen=True)
class TicketAssigned(EventBase):
    ticket_id: int
    old_user_id: int | None
    new_user_id: int | None
    old_team_id: int | None = None
    new_team_id: int | None = None
    is_transfer: bool = False
    version: int = 0


@event("ticket.transferred", _("A ticket was handed on"))
@dataclass(frozen=True)
class TicketTransferred(EventBase):
    """From somebody or a queue to somebody, to a queue or back to the house, once for all that changed with it. The words
    for whoever gets it are the note `message_id`. ``reason``: transferred, taken_over, handed_to_house, handed_back;
    ``cause``: the key of why, as managers name it.
    """

    ticket_id: int
    old_user_id: int | None
    new_user_id: int | None
    old_queue_id: int
    new_queue_id: int
    is_kept_in_house: bool = False
    message_id: int | None = None
    reason: str = "transferred"
    cause: str = ""
    version: int = 0


@event("ticket.field_changed", _("A field of a ticket changed"))
@dataclass(frozen=True)
class TicketFieldChanged(EventBase):
    """``field`` is priority, type, category, queue, subject, customer, spam; values are ids, keys or the text."""

    ticket_id: int
    field: str
    old: str | int | bool | None
    new: str | int | bool | None
    is_transfer: bool = False
    version: int = 0


@event("ticket.tagged", _("Tags of a ticket changed"))
@dataclass(frozen=True)
class TicketTagged(EventBase):
    ticket_id: int
    added: tuple[int, ...] = ()
    removed: tuple[int, ...] = ()
    version: int = 0


@event("ticket.merged", _("A ticket was merged into another"))
@dataclass(frozen=True)
class TicketMergedInto(EventBase):
    ticket_id: int
    into_id: int


@event("ticket.unmerged", _("A merge was undone"))
@dataclass(frozen=True)
class TicketUnmerged(EventBase):
    ticket_id: int
    from_id: int


@event("ticket.linked", _("Tickets were linked"))
@dataclass(frozen=True)
class TicketLinked(EventBase):
    ticket_id: int
    other_id: int
    link: str
    is_removed: bool = False


@event("ticket.watched", _("Somebody began or ceased to watch a ticket"))
@dataclass(frozen=True)
class TicketWatched(EventBase):
    """``is_helper``: they join whoever holds the ticket, or leave again."""

    ticket_id: int
    user_id: int
    is_watching: bool
    is_helper: bool = False


@event("ticket.wrapped_up", _("A ticket was wrapped up"))
@dataclass(frozen=True)
class TicketWrappedUp(EventBase):
    ticket_id: int
    category_id: int | None
    is_solved: bool | None


@event("ticket.sender_blocked", _("A sender was blocked"))
@dataclass(frozen=True)
class SenderBlocked(EventBase):
    ticket_id: int
    is_lifted: bool = False


@event("ticket.columns_changed", _("Computed columns of a ticket changed"))
@dataclass(frozen=True)
class TicketColumnsChanged(EventBase):
    """A higher app wrote its columns (deadline, intent); no history line, but lists must look again."""

    ticket_id: int
    columns: tuple[str, ...]


@event("message.received", _("A customer wrote"))
@dataclass(frozen=True)
class MessageReceived(EventBase):
    ticket_id: int
    message_id: int
    sequence: int
    channel_id: int | None = None
    interaction_id: int | None = None
    customer_id: int | None = None
    is_automatic: bool = False
    is_third_person: bool = False
    is_public: bool = False


@event("message.sent", _("We wrote to a customer"))
@dataclass(frozen=True)
class MessageSent(EventBase):
    """A message of ours was written to the customer; whether it went out is told by delivery.changed. ``is_public``:
    everybody reads it, under a post.
    """

    ticket_id: int
    message_id: int
    sequence: int
    channel_id: int | None = None
    interaction_id: int | None = None
    is_automatic: bool = False
    is_forward: bool = False
    is_public: bool = False


@event("message.noted", _("An internal note was written"))
@dataclass(frozen=True)
class MessageNoted(EventBase):
    ticket_id: int
    message_id: int
    sequence: int
    mentioned: tuple[int, ...] = ()


@event("message.recorded", _("The system noted something"))
@dataclass(frozen=True)
class MessageRecorded(EventBase):
    """The system wrote an entry of its own into the timeline (a bounce, for instance)."""

    ticket_id: int
    message_id: int
    sequence: int
    notice: str


@event("message.undone", _("A message was taken back"))
@dataclass(frozen=True)
class MessageUndone(EventBase):
    ticket_id: int
    message_id: int
    sequence: int


@dataclass(frozen=True, kw_only=True)
class OfferEvent(EventBase):
    """An offer of a ticket to one agent. `work_kind` is what it demands of them while it runs."""

    ticket_id: int
    user_id: int
    work_kind: str = ""


@event("routing.offered", _("A ticket was offered to somebody"))
@dataclass(frozen=True, kw_only=True)
class OfferMade(OfferEvent):
    pass


@event("routing.accepted", _("An offer was accepted"))
@dataclass(frozen=True, kw_only=True)
class OfferAccepted(OfferEvent):
    pass


@event("routing.declined", _("An offer was declined"))
@dataclass(frozen=True, kw_only=True)
class OfferDeclined(OfferEvent):
    pass


@event("routing.missed", _("An offer was not answered in time"))
@dataclass(frozen=True, kw_only=True)
class OfferMissed(OfferEvent):
    """Nobody answered in time."""


@event("routing.withdrawn", _("An offer was withdrawn"))
@dataclass(frozen=True, kw_only=True)
class OfferWithdrawn(OfferEvent):
    """Taken back before there was an answer."""


@event("routing.freed", _("A ticket was taken from somebody who is gone"))
@dataclass(frozen=True, kw_only=True)
class WorkFreed(OfferEvent):
    """Taken from an agent who is gone, or whose contract does not cover it any more. `reason`: connection_lost,
    deactivated, vendor_closed, contract.
    """

    reason: str = ""


@event("ticket.review_asked", _("A person is asked to look at an automatic decision"))
@dataclass(frozen=True, kw_only=True)
class DecisionReviewAsked(EventBase):
    """`decision`: all, routing, escalation, closing. What was written is kept with the review."""

    ticket_id: int
    decision: str


@event("ticket.review_settled", _("A person has looked at an automatic decision"))
@dataclass(frozen=True, kw_only=True)
class DecisionReviewSettled(EventBase):
    """`state`: upheld or changed."""

    ticket_id: int
    decision: str
    state: str

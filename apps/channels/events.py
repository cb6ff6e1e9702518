"""What happens to messages on their way out, as facts."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from apps.core.events import EventBase, event


@event("delivery.changed", _("A delivery changed its state"))
@dataclass(frozen=True, kw_only=True)
class DeliveryChanged(EventBase):
    """``state`` and ``failure`` are values of DeliveryState and FailureKind; ids are None outside of tickets."""

    delivery_id: int
    channel_id: int
    message_id: int | None
    ticket_id: int | None
    state: str
    failure: str = ""


@event("app.message_waiting", _("A message waits for a user of your app who is away"))
@dataclass(frozen=True, kw_only=True)
class AppMessageWaiting(EventBase):
    """An answer lies ready for a user of the company's app, and no client of theirs has said that it has it.

    ``app_user`` is what the company's backend calls the user, ``sequence`` the number of the newest that waits. There is
    no text in it: whoever pushes a notice has no business with it.
    """

    channel_id: int
    ticket_id: int | None
    message_id: int | None
    app_user: str
    conversation: str
    sequence: int

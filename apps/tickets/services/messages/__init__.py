"""What people write: answers, notes, contacts recorded by hand, mail that starts a case, forwards; and taking back."""

from apps.tickets.services.messages.contacts import record_contact
from apps.tickets.services.messages.forwarding import forward
from apps.tickets.services.messages.notes import add_note
from apps.tickets.services.messages.previewing import preview
from apps.tickets.services.messages.replying import reply
from apps.tickets.services.messages.retrying import retry_delivery
from apps.tickets.services.messages.sending import open_ways
from apps.tickets.services.messages.starting import open_internal, start_outbound
from apps.tickets.services.messages.undoing import undo_send

__all__ = [
    "add_note",
    "forward",
    "open_internal",
    "open_ways",
    "preview",
    "record_contact",
    "reply",
    "retry_delivery",
    "start_outbound",
    "undo_send",
]

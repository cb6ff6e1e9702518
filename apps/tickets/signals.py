"""For the few effects of higher apps that belong into the same transaction."""

from django.dispatch import Signal

ticket_read = Signal()
"""A person has read `ticket` up to the message `sequence`."""

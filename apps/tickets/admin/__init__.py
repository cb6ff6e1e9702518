"""Vocabulary of tickets, where they come in, who sees what, and the tickets themselves, read-only."""

from apps.tickets.admin.intake import IntakeRuleAdmin
from apps.tickets.admin.tickets import TicketAdmin
from apps.tickets.admin.vocabulary import CategoryAdmin, QueueAdmin, SavedViewAdmin

__all__ = ["CategoryAdmin", "IntakeRuleAdmin", "QueueAdmin", "SavedViewAdmin", "TicketAdmin"]

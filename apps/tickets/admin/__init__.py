"""Vocabulary of tickets, where they come in, who sees what, and the tickets themselves, read-only."""

from django.contrib import admin

from apps.tickets.admin import access
from apps.tickets.admin.intake import ContentRuleAdmin, IntakeRuleAdmin
from apps.tickets.admin.tickets import TicketAdmin
from apps.tickets.admin.vocabulary import CategoryAdmin, QueueAdmin, SavedViewAdmin

access.add_to(admin.site)

__all__ = ["CategoryAdmin", "ContentRuleAdmin", "IntakeRuleAdmin", "QueueAdmin", "SavedViewAdmin", "TicketAdmin"]

from apps.tickets.models.assignment import Assignment, Mention, Watcher
from apps.tickets.models.attachment import Attachment
from apps.tickets.models.category import Category, CategoryGroupObjectPermission
from apps.tickets.models.content import ContentRule
from apps.tickets.models.draft import Draft, DraftFile
from apps.tickets.models.hand_over import HandOverReason
from apps.tickets.models.intake import IntakeRule
from apps.tickets.models.interaction import Interaction
from apps.tickets.models.message import Message, MessageKey
from apps.tickets.models.queue import Queue, QueueGroupObjectPermission
from apps.tickets.models.reading import ReadMark, SavedView
from apps.tickets.models.review import DecisionReview
from apps.tickets.models.search import SearchRow
from apps.tickets.models.ticket import Ticket, TicketLink
from apps.tickets.models.wrapup import WrapUp

__all__ = [
    "Assignment",
    "Attachment",
    "Category",
    "CategoryGroupObjectPermission",
    "ContentRule",
    "DecisionReview",
    "Draft",
    "DraftFile",
    "HandOverReason",
    "IntakeRule",
    "Interaction",
    "Mention",
    "Message",
    "MessageKey",
    "Queue",
    "QueueGroupObjectPermission",
    "ReadMark",
    "SavedView",
    "SearchRow",
    "Ticket",
    "TicketLink",
    "Watcher",
    "WrapUp",
]

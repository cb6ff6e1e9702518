from apps.tickets.api.views.actions import Assignment, Links, Merge, Spam, State, Transfer, Watch
from apps.tickets.api.views.attachments import AttachmentContent, Attachments
from apps.tickets.api.views.events import Events
from apps.tickets.api.views.helpers import Helper, Helpers
from apps.tickets.api.views.messages import Interactions, Messages, TicketInteractions, TicketMessages
from apps.tickets.api.views.proofs import TicketProofs
from apps.tickets.api.views.tickets import History, Tickets
from apps.tickets.api.views.vocabulary import Categories, Queues
from apps.tickets.api.views.ways import ReplyPreview, ReplyRoutes

__all__ = [
    "Assignment",
    "AttachmentContent",
    "Attachments",
    "Categories",
    "Events",
    "Helper",
    "Helpers",
    "History",
    "Interactions",
    "Links",
    "Merge",
    "Messages",
    "Queues",
    "ReplyPreview",
    "ReplyRoutes",
    "Spam",
    "State",
    "TicketInteractions",
    "TicketMessages",
    "TicketProofs",
    "Tickets",
    "Transfer",
    "Watch",
]

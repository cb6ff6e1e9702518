from django.db import models
from django.utils.translation import gettext_lazy as _


class Status(models.TextChoices):
    NEW = "new", _("New")
    OPEN = "open", _("Open")
    PENDING = "pending", _("Pending customer")
    ON_HOLD = "on_hold", _("On hold")
    RESOLVED = "resolved", _("Resolved")
    CLOSED = "closed", _("Closed")


ACTIVE = (Status.NEW, Status.OPEN, Status.PENDING, Status.ON_HOLD)
DONE = (Status.RESOLVED, Status.CLOSED)


class Priority(models.IntegerChoices):
    """Higher is more urgent, so that a list sorts by the number."""

    LOW = 10, _("Low")
    NORMAL = 20, _("Normal")
    HIGH = 30, _("High")
    URGENT = 40, _("Urgent")


class TicketType(models.TextChoices):
    QUESTION = "question", _("Question")
    INCIDENT = "incident", _("Incident")
    REQUEST = "request", _("Request")
    COMPLAINT = "complaint", _("Complaint")
    TASK = "task", _("Task")


class MessageKind(models.TextChoices):
    CUSTOMER = "customer", _("customer")
    AGENT = "agent", _("agent")
    BOT = "bot", _("bot")
    NOTE = "note", _("internal note")
    SYSTEM = "system", _("system")


class InteractionState(models.TextChoices):
    OPEN = "open", _("open")
    CLOSED = "closed", _("closed")


class AssignmentState(models.TextChoices):
    OFFERED = "offered", _("offered")
    ACCEPTED = "accepted", _("accepted")
    DECLINED = "declined", _("declined")
    MISSED = "missed", _("missed")
    TRANSFERRED = "transferred", _("transferred")
    FINISHED = "finished", _("finished")
    WITHDRAWN = "withdrawn", _("withdrawn")
    """Taken back before there was an answer: somebody else took the ticket, or the agent was not there any more."""


RUNNING = (AssignmentState.OFFERED, AssignmentState.ACCEPTED)


class WorkKind(models.TextChoices):
    """What a piece of work demands of a person while it runs. As `apps.routing.engine.types.WorkKind`."""

    CHAT = "chat", _("Live chat")
    MESSENGER = "messenger", _("Messenger")
    MAIL = "mail", _("Mail")
    CALL = "call", _("Call")
    COUNTER = "counter", _("Visit")
    TICKET = "ticket", _("Other ticket")


class ContactKind(models.TextChoices):
    """What somebody wrote down afterwards, and who came or called."""

    CALL_IN = "call_in", _("Call from the customer")
    CALL_OUT = "call_out", _("Call to the customer")
    VISIT_IN = "visit_in", _("Visit by the customer")
    VISIT_OUT = "visit_out", _("Visit to the customer")

    @property
    def is_inbound(self) -> bool:
        return self in (ContactKind.CALL_IN, ContactKind.VISIT_IN)


class DraftKind(models.TextChoices):
    REPLY = "reply", _("reply")
    NOTE = "note", _("note")
    NEW = "new", _("new ticket")


class LinkKind(models.TextChoices):
    RELATED = "related", _("related to")
    SECOND_MATTER = "second_matter", _("second matter of the same conversation")
    DUPLICATE = "duplicate", _("duplicate of")


class Relation(models.TextChoices):
    """How a ticket stands to another, said from its own side: a `LinkKind` in either direction, or parent and child."""

    RELATED = "related", _("Related to")
    DUPLICATE = "duplicate", _("Duplicate of")
    DUPLICATED = "duplicated", _("Duplicated by")
    PARENT = "parent", _("Part of")
    CHILD = "child", _("Contains")
    SECOND_MATTER = "second_matter", _("Second matter of")
    FIRST_MATTER = "first_matter", _("First matter of")

    @property
    def inverse(self) -> "Relation":
        """The same said from the other ticket."""
        return _INVERSE[self]


_PAIRS = (
    (Relation.RELATED, Relation.RELATED),
    (Relation.DUPLICATE, Relation.DUPLICATED),
    (Relation.PARENT, Relation.CHILD),
    (Relation.SECOND_MATTER, Relation.FIRST_MATTER),
)
_INVERSE = {one: other for pair in _PAIRS for one, other in (pair, pair[::-1])}


class SlaState(models.TextChoices):
    """What `Ticket.sla_state` says beside the next deadline. Empty: nothing is promised, or all of it came."""

    RUNNING = "running", _("In time")
    WARNING = "warning", _("Due soon")
    BREACHED = "breached", _("Overdue")
    PAUSED = "paused", _("Paused")
    FOLLOW_UP = "follow_up", _("Follow-up")


ENDANGERED = (SlaState.WARNING, SlaState.BREACHED)
"""What the filter "due soon or overdue" finds."""


class ViewScope(models.TextChoices):
    PRIVATE = "private", _("Only me")
    TEAM = "team", _("My team")
    ALL = "all", _("Everybody")


class Breach(models.TextChoices):
    """What becomes of words that break a channel's content rule."""

    ALLOW = "allow", _("Send it")
    ASK = "ask", _("Ask the writer to confirm")
    REFUSE = "refuse", _("Do not send it")


class LinkPolicy(models.TextChoices):
    ANY = "any", _("All links")
    LISTED = "listed", _("Only to the listed domains")
    NONE = "none", _("No links")


class HandOver(models.TextChoices):
    """Between a vendor and the house."""

    TO_HOUSE = "to_house", _("From a vendor to the house")
    TO_VENDOR = "to_vendor", _("Back to the vendor")


class DecisionKind(models.TextChoices):
    """What is decided about a ticket without a person."""

    ALL = "all", _("everything that was decided automatically")
    ROUTING = "routing", _("who gets it")
    ESCALATION = "escalation", _("its priority, queue and team, changed by a service level")
    CLOSING = "closing", _("that it is closed by itself")


class ReviewState(models.TextChoices):
    OPEN = "open", _("Waits for a person")
    UPHELD = "upheld", _("Left as it is")
    CHANGED = "changed", _("Changed")

"""What happened to a ticket: who, what, from, to, when, through which face. Read from events, which nobody can edit."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.utils.text import Truncator
from django.utils.translation import gettext as _

from apps.accounts.models import Team, User
from apps.core.actor import Actor, Face
from apps.core.events import parse_event
from apps.core.models import Event
from apps.tickets import events
from apps.tickets.enums import DecisionKind, Priority, Relation, ReviewState, Status, TicketType
from apps.tickets.models import HandOverReason, Message, Ticket
from apps.tickets.selectors.rendering import View, view_of
from apps.tickets.selectors.vocabulary import vocabulary

if TYPE_CHECKING:
    from apps.core.events import EventBase

LIMIT = 500
WHY_LENGTH = 200
"""Of a whisper; all of it stands in the timeline."""


@dataclass(frozen=True, slots=True)
class HistoryRow:
    """One line: `what` names the thing, `old` and `new` its values as the viewer may see them, `sentence` all of it."""

    id: int
    at: datetime
    kind: str
    actor_label: str
    actor_id: int | None
    face: str
    face_label: str
    what: str
    old: str
    new: str
    sentence: str
    icon: str


@dataclass(frozen=True, slots=True)
class Names:
    """Everything the lines refer to by id, read at once."""

    users: Mapping[int, str]
    teams: Mapping[int, str]
    whispers: Mapping[int, str]
    causes: Mapping[str, str]
    """Why something was handed over, by the key of the reason."""
    numbers: Mapping[int, int]
    linked: Collection[int]
    """The linked tickets that the viewer sees: of the others not even the link is told."""
    ticket: Ticket
    view: View

    def user(self, pk: int | None) -> str:
        return "" if pk is None else self.users.get(pk, "")

    def number(self, pk: int) -> str:
        """Other tickets are named by number, which says nothing about them."""
        return f"#{self.numbers[pk]}" if pk in self.numbers else ""


def ticket_history(actor: Actor, ticket: Ticket, limit: int = LIMIT) -> list[HistoryRow]:
    """Oldest first. `ticket` was taken through `visible_to`."""
    rows = _events(ticket)[:limit]
    parsed = [(row, parse_event(row)) for row in reversed(rows)]
    names = _names(actor, ticket, [event for _row, event in parsed])
    return [line for row, event in parsed if (line := _line(row, event, names)) is not None]


def changes_since(ticket: Ticket, version: int, actor: Actor) -> list[dict[str, Any]]:
    """The edits made after the ticket had `version`, newest first. A message is no edit: nothing clashes with it."""
    rows: list[tuple[Event, EventBase]] = []
    for row in _events(ticket, _EDITS)[:LIMIT]:
        event = parse_event(row)
        if getattr(event, "version", 0) <= version:
            break
        rows.append((row, event))
    if not rows:
        return []
    names = _names(actor, ticket, [event for _row, event in rows])
    lines = [line for row, event in rows if (line := _line(row, event, names)) is not None]
    return [
        {"field": line.what, "by": line.actor_label, "old": line.old, "new": line.new, "at": line.at.isoformat()}
        for line in lines
    ]


def _events(ticket: Ticket, kinds: Iterable[str] | None = None) -> Any:
    since = ticket.opened_at - timedelta(days=1)
    wanted = list(_LINES if kinds is None else kinds)
    return Event.objects.filter(ticket_id=ticket.pk, created__gte=since, kind__in=wanted).order_by("-ordinal")


def _names(actor: Actor, ticket: Ticket, facts: Iterable[EventBase]) -> Names:
    users: set[int] = set()
    teams: set[int] = set()
    whispers: set[int] = set()
    causes: set[str] = set()
    others: set[int] = set()
    linked: set[int] = set()
    for fact in facts:
        if isinstance(fact, events.TicketAssigned):
            users.update(pk for pk in (fact.old_user_id, fact.new_user_id) if pk)
            teams.update(pk for pk in (fact.old_team_id, fact.new_team_id) if pk)
        elif isinstance(fact, events.TicketTransferred):
            users.update(pk for pk in (fact.old_user_id, fact.new_user_id) if pk)
            whispers.update(pk for pk in (fact.message_id,) if pk)
            causes.update(key for key in (fact.cause,) if key)
        elif isinstance(fact, events.TicketWatched | events.OfferEvent):
            users.add(fact.user_id)
        elif isinstance(fact, events.TicketMergedInto):
            others.add(fact.into_id)
        elif isinstance(fact, events.TicketUnmerged):
            others.add(fact.from_id)
        elif isinstance(fact, events.TicketLinked):
            linked.add(fact.other_id)
        elif isinstance(fact, events.TicketOpened) and fact.follows_id:
            others.add(fact.follows_id)
    seen = dict(Ticket.objects.visible_to(actor).filter(pk__in=linked).values_list("pk", "number")) if linked else {}
    merged = dict(Ticket.objects.filter(pk__in=others).values_list("pk", "number")) if others else {}
    view = view_of(actor, [ticket])
    # Who sees masked reads the words in the timeline, where what others on the ticket are called is known as well.
    said = Message.objects.of_ticket(ticket).shown_to(actor).filter(pk__in=whispers) if whispers and view.is_raw else ()
    reasons = HandOverReason.objects.filter(key__in=causes) if causes else ()
    return Names(
        whispers={row.pk: _shortened(row.text) for row in said},
        causes={row.key: str(row.name) for row in reasons},
        users={row.pk: str(row) for row in User.objects.filter(pk__in=users)} if users else {},
        teams={row.pk: str(row.name) for row in Team.objects.filter(pk__in=teams)} if teams else {},
        numbers={**merged, **seen},
        linked=seen,
        ticket=ticket,
        view=view,
    )


def _shortened(text: str) -> str:
    return Truncator(" ".join(text.split())).chars(WHY_LENGTH)


def _line(row: Event, event: EventBase, names: Names) -> HistoryRow | None:
    describe = _LINES.get(row.kind)
    described = describe(event, names) if describe else None
    if described is None:
        return None
    what, old, new, sentence, icon = described
    if isinstance(event, events.TicketAssigned) and event.new_user_id and event.new_user_id == row.actor_user_id:
        sentence = _("Took the ticket")
    actor_label = names.user(row.actor_user_id) or row.actor_label
    label = _("System") if row.actor_user_id is None else actor_label
    return HistoryRow(
        id=row.pk,
        at=row.created,
        kind=row.kind,
        actor_label=label,
        actor_id=row.actor_user_id,
        face=row.face,
        face_label=str(Face(row.face).label),
        what=what,
        old=old,
        new=new,
        sentence=sentence,
        icon=icon,
    )


Described = tuple[str, str, str, str, str] | None


def _opened(event: events.TicketOpened, names: Names) -> Described:
    if event.follows_id and (number := names.number(event.follows_id)):
        return _("Ticket"), "", "", _("Opened, following %(number)s") % {"number": number}, "ticket-plus"
    return _("Ticket"), "", "", _("Opened"), "ticket-plus"


def _status(event: events.TicketStatusChanged, names: Names) -> Described:
    old, new = str(Status(event.old).label), str(Status(event.new).label)
    sentence = _("Status: %(old)s → %(new)s") % {"old": old, "new": new}
    if event.reason in _BY_ITSELF:
        sentence = _("%(sentence)s (%(cause)s)") % {"sentence": sentence, "cause": _BY_ITSELF[event.reason]()}
    return _("Status"), old, new, sentence, "circle-dot"


_BY_ITSELF: Mapping[str, Callable[[], str]] = {
    "timeout": lambda: _("by itself: nobody wrote for as many days as are set"),
    "customer_reply": lambda: _("by itself: the customer wrote"),
}
"""Changes of the status that nobody decided, with the rule that did."""


def _assigned(event: events.TicketAssigned, names: Names) -> Described:
    if event.is_transfer:
        return None  # told by `_transferred`
    old = names.user(event.old_user_id) or names.teams.get(event.old_team_id or 0, "")
    new = names.user(event.new_user_id) or names.teams.get(event.new_team_id or 0, "")
    sentence = _("Assigned to %(name)s") % {"name": new} if new else _("Assignment removed")
    return _("Assignee"), old, new, sentence, "user-round-check"


def _transferred(event: events.TicketTransferred, names: Names) -> Described:
    """From whom to whom, and why: in the words that came along."""
    old = names.user(event.old_user_id) or vocabulary().queue_label(event.old_queue_id)
    new = names.user(event.new_user_id)
    if not new:
        new = _("the house") if event.is_kept_in_house else vocabulary().queue_label(event.new_queue_id)
    templates = {
        "taken_over": _("Took over from %(old)s"),
        "handed_to_house": _("Handed by %(old)s to the house"),
        "handed_back": _("Handed back to %(new)s"),
    }
    template = templates.get(event.reason) or _("Transferred from %(old)s to %(new)s")
    sentence = template % {"old": old, "new": new}
    if cause := names.causes.get(event.cause):
        sentence = _("%(sentence)s (%(cause)s)") % {"sentence": sentence, "cause": cause}
    if why := names.whispers.get(event.message_id or 0):
        sentence = _("%(sentence)s: %(why)s") % {"sentence": sentence, "why": why}
    return _("Transfer"), old, new, sentence, "arrow-right-left"


def _field(event: events.TicketFieldChanged, names: Names) -> Described:
    if event.field not in _FIELDS or event.is_transfer:
        return None
    label, show = _FIELDS[event.field]
    old, new = show(event.old, names), show(event.new, names)
    what = str(label())
    sentence = _("%(field)s: %(old)s → %(new)s") % {"field": what, "old": old or "–", "new": new or "–"}
    return what, old, new, sentence, "pencil"


def _tagged(event: events.TicketTagged, names: Names) -> Described:
    words = vocabulary()
    removed = ", ".join(filter(None, (words.tag_label(pk) for pk in event.removed)))
    added = ", ".join(filter(None, (words.tag_label(pk) for pk in event.added)))
    parts = [f"+ {added}" if added else "", f"− {removed}" if removed else ""]
    sentence = _("Tags: %(changes)s") % {"changes": " ".join(filter(None, parts))}
    return _("Tags"), removed, added, sentence, "tag"


def _merged(event: events.TicketMergedInto, names: Names) -> Described:
    number = names.number(event.into_id)
    return _("Ticket"), "", number, _("Merged into %(number)s") % {"number": number}, "merge"


def _unmerged(event: events.TicketUnmerged, names: Names) -> Described:
    number = names.number(event.from_id)
    return _("Ticket"), number, "", _("Separated again from %(number)s") % {"number": number}, "split"


def _linked(event: events.TicketLinked, names: Names) -> Described:
    if event.other_id not in names.linked:
        return None
    number, link = names.number(event.other_id), str(Relation(event.link).label)
    template = _("Link removed: %(link)s %(number)s") if event.is_removed else _("Linked: %(link)s %(number)s")
    return _("Link"), "", number, template % {"link": link, "number": number}, "link"


def _watched(event: events.TicketWatched, names: Names) -> Described:
    name = names.user(event.user_id)
    if event.is_helper:
        template = _("%(name)s joined") if event.is_watching else _("%(name)s left")
        return _("Helpers"), "", name, template % {"name": name}, "user-round-plus"
    template = _("%(name)s watches") if event.is_watching else _("%(name)s no longer watches")
    return _("Watchers"), "", name, template % {"name": name}, "eye"


def _wrapped_up(event: events.TicketWrappedUp, names: Names) -> Described:
    solved = {True: _("solved"), False: _("not solved"), None: ""}[event.is_solved]
    return _("Wrap-up"), "", solved, _("Wrap-up written"), "clipboard-check"


def _blocked(event: events.SenderBlocked, names: Names) -> Described:
    sentence = _("Sender unblocked") if event.is_lifted else _("Sender blocked")
    return _("Sender"), "", "", sentence, "ban"


def _offer(event: events.OfferEvent, names: Names) -> Described:
    said = _out_of_contract if getattr(event, "reason", "") == "contract" else _OFFERS[event.kind]
    return _("Offer"), "", names.user(event.user_id), said() % {"name": names.user(event.user_id)}, "hand"


_OFFERS: Mapping[str, Callable[[], str]] = {
    events.OfferMade.kind: lambda: _("Offered to %(name)s"),
    events.OfferAccepted.kind: lambda: _("%(name)s accepted"),
    events.OfferDeclined.kind: lambda: _("%(name)s declined"),
    events.OfferMissed.kind: lambda: _("%(name)s did not answer in time"),
    events.OfferWithdrawn.kind: lambda: _("Offer to %(name)s withdrawn"),
    events.WorkFreed.kind: lambda: _("%(name)s is gone; the ticket waits again"),
}


def _out_of_contract() -> str:
    return _("The contract of %(name)s's company does not cover it any more; the ticket waits again")


def _undone(event: events.MessageUndone, names: Names) -> Described:
    return _("Message"), "", "", _("Sending undone"), "undo-2"


def _review_asked(event: events.DecisionReviewAsked, names: Names) -> Described:
    what = str(DecisionKind(event.decision).label)
    return _("Review"), "", "", _("A person is asked to look at what was decided: %(what)s") % {"what": what}, "scale"


def _review_settled(event: events.DecisionReviewSettled, names: Names) -> Described:
    outcome = str(ReviewState(event.state).label)
    return (
        _("Review"),
        "",
        outcome,
        _("A person looked at what was decided: %(outcome)s") % {"outcome": outcome},
        "scale",
    )


def _choice(enum: Any) -> Callable[[Any, Names], str]:
    return lambda value, _names: str(enum(value).label) if value in enum.values else ""


def _yes(value: Any, _names: Names) -> str:
    return _("yes") if value else _("no")


def _category(value: Any, _names: Names) -> str:
    return vocabulary().category_label(value)


def _queue(value: Any, _names: Names) -> str:
    return vocabulary().queue_label(value)


def _text(value: Any, names: Names) -> str:
    return names.view.past_subject(str(value or ""), names.ticket)


def _nothing(value: Any, _names: Names) -> str:
    return ""


_FIELDS: Mapping[str, tuple[Callable[[], str], Callable[[Any, Names], str]]] = {
    "priority": (lambda: _("Priority"), _choice(Priority)),
    "type": (lambda: _("Type"), _choice(TicketType)),
    "category": (lambda: _("Category"), _category),
    "queue": (lambda: _("Queue"), _queue),
    "subject": (lambda: _("Subject"), _text),
    "customer": (lambda: _("Customer"), _nothing),
    "spam": (lambda: _("Spam"), _yes),
}

_LINES: dict[str, Callable[[Any, Names], Described]] = {
    events.TicketOpened.kind: _opened,
    events.TicketStatusChanged.kind: _status,
    events.TicketAssigned.kind: _assigned,
    events.TicketTransferred.kind: _transferred,
    events.TicketFieldChanged.kind: _field,
    events.TicketTagged.kind: _tagged,
    events.TicketMergedInto.kind: _merged,
    events.TicketUnmerged.kind: _unmerged,
    events.TicketLinked.kind: _linked,
    events.TicketWatched.kind: _watched,
    events.TicketWrappedUp.kind: _wrapped_up,
    events.SenderBlocked.kind: _blocked,
    events.MessageUndone.kind: _undone,
    events.DecisionReviewAsked.kind: _review_asked,
    events.DecisionReviewSettled.kind: _review_settled,
    **dict.fromkeys(_OFFERS, _offer),
}


def register_line(kind: str, describe: Callable[[Any, Names], Described]) -> None:
    """How an event of a higher app reads in the history: what, old, new, the sentence, its icon."""
    _LINES[kind] = describe


_EDITS = (
    events.TicketStatusChanged.kind,
    events.TicketAssigned.kind,
    events.TicketTransferred.kind,
    events.TicketFieldChanged.kind,
    events.TicketTagged.kind,
)

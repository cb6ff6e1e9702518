"""A ticket's life: opening, the moves of the state machine, fields, merging."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from apps.accounts.access import access_of
from apps.accounts.models import Brand, Team
from apps.channels.models import Channel
from apps.core.actor import Actor, ActorKind
from apps.core.clock import now
from apps.core.errors import InvalidInput, NotVisible, PermissionRefused
from apps.core.events import publish
from apps.core.inserting import insert
from apps.core.permissions import require
from apps.customers.enums import TagTarget
from apps.customers.models import Customer, Tag
from apps.tickets import events
from apps.tickets.enums import (
    ACTIVE,
    DONE,
    AssignmentState,
    InteractionState,
    LinkKind,
    MessageKind,
    Priority,
    Status,
    TicketType,
)
from apps.tickets.errors import MergeRefused, TransitionRefused, WrapUpIncomplete
from apps.tickets.models import Assignment, Category, Interaction, Queue, Ticket, TicketLink, WrapUp
from apps.tickets.models.ticket import NUMBER_SEQUENCE
from apps.tickets.selectors.detail import required_on_resolve
from apps.tickets.selectors.rendering import SUBJECT_LENGTH
from apps.tickets.selectors.uses import vendors_may_serve
from apps.tickets.selectors.vocabulary import vocabulary
from apps.tickets.selectors.work import work_kind_of
from apps.tickets.services.changing import lock_pair, lock_ticket, move_search_rows, next_version, save_ticket
from apps.tickets.services.duties import Moment, fulfil_duties
from apps.tickets.services.running import end_running
from apps.tickets.services.searching import index_subject
from apps.tickets.services.teams import require_allowed_team
from apps.tickets.services.timeline import (
    MESSAGE_FIELDS,
    Entry,
    append_message,
    is_written_blind,
    one_line,
    record_entry,
)
from apps.tickets.transitions import is_allowed

STATUS_FIELDS = ("status", "resolved_at", "closed_at", "waiting_since", "reopen_count")
VENDOR_FIELDS = frozenset({"priority", "type", "category", "queue", "tags"})
"""What people of vendors may change. Category and queue only within their contract."""


@dataclass(frozen=True, slots=True)
class WrapUpInput:
    """The agent's record at the end: None leaves a thing as it is."""

    category: Category | None = None
    tags: Sequence[Tag] | None = None
    summary: str = ""
    is_solved: bool | None = None


# Opening


@transaction.atomic
def open_ticket(
    *,
    subject: str,
    by: Actor,
    customer: Customer | None = None,
    channel: Channel | None = None,
    queue: Queue | None = None,
    category: Category | None = None,
    priority: int | None = None,
    type: str | None = None,  # noqa: A002 (the field's name)
    team: Team | None = None,
    brand: Brand | None = None,
    parent: Ticket | None = None,
    language: str = "",
    tags: Sequence[Tag] = (),
    note_html: str = "",
) -> Ticket:
    """Opens a ticket; what is not said comes from the channel's intake rule. All it names must be within reach of `by`."""
    require(by, "tickets.create")
    rule = vocabulary().rules.get(channel.pk) if channel else None
    queue = queue or (rule.queue if rule else None) or _default_queue(by)
    category = category or (rule.category if rule else None)
    _require_reach(by, customer=customer, queue=queue, category=category, channel=channel, parent=parent)
    ticket = Ticket(
        subject=whole_subject(subject),
        customer=customer,
        brand_id=_brand_id(brand, channel),
        channel=channel,
        queue=queue,
        category=category,
        team=team or (rule.team if rule else None),
        priority=priority or (rule.priority if rule else Priority.NORMAL),
        type=type or (rule.type if rule else TicketType.QUESTION),
        parent=parent,
        language=language or (customer.language if customer else "") or (channel.default_language if channel else ""),
        opened_at=now(),
    )
    ticket.subject_is_blind = is_written_blind(ticket, by)
    require_allowed_team(ticket, team)
    insert_ticket(ticket, by=by)
    if tags:
        ticket.tags.set(tags)
    if note_html:
        _first_note(ticket, note_html, by)
    return ticket


def whole_subject(text: str, *, may_be_empty: bool = True) -> str:
    """What a person wrote as one line. It is refused rather than cut, so that nothing is lost unseen."""
    subject = one_line(text, SUBJECT_LENGTH + 1)
    if len(subject) > SUBJECT_LENGTH:
        raise InvalidInput(
            fields={
                "subject": [_("A subject has at most %(limit_value)d characters.") % {"limit_value": SUBJECT_LENGTH}]
            }
        )
    if not subject and not may_be_empty:
        raise InvalidInput(fields={"subject": [_("Write a subject.")]})
    return subject


def insert_ticket(ticket: Ticket, *, by: Actor, follows: Ticket | None = None) -> Ticket:
    """Writes a new ticket with its subject's search row and its first event, in the caller's transaction."""
    _check_choices(ticket)
    ticket.last_message_at = ticket.opened_at
    ticket.is_kept_in_house = ticket.is_kept_in_house or not vendors_may_serve(ticket)
    if not ticket.pk:
        name_ticket(ticket)
    insert(ticket)
    index_subject(ticket, is_new=True)
    publish(
        events.TicketOpened(
            ticket_id=ticket.pk,
            queue_id=ticket.queue_id,
            channel_id=ticket.channel_id,
            customer_id=ticket.customer_id,
            follows_id=follows.pk if follows else None,
        ),
        by=by,
    )
    if follows is not None:
        TicketLink.objects.create(ticket=ticket, other=follows, kind=LinkKind.RELATED)
    return ticket


def name_ticket(ticket: Ticket) -> None:
    """Gives a ticket its id and number before it is written."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence('tickets_ticket', 'id')), nextval(%s)", [NUMBER_SEQUENCE])
        ticket.pk, ticket.number = cursor.fetchone()


def _brand_id(brand: Brand | None, channel: Channel | None) -> int:
    if brand is not None:
        return brand.pk
    return channel.brand_id if channel is not None else _default_brand().pk


def _first_note(ticket: Ticket, html: str, by: Actor) -> None:
    entry = Entry(kind=MessageKind.NOTE, html=html, author=by.user, is_blind=is_written_blind(ticket, by))
    note = append_message(ticket=ticket, entry=entry)
    save_ticket(ticket, MESSAGE_FIELDS)
    publish(events.MessageNoted(ticket_id=ticket.pk, message_id=note.pk, sequence=note.sequence), by=by)


def _check_choices(ticket: Ticket) -> None:
    wrong: dict[str, list[str]] = {}
    if ticket.priority not in Priority.values:
        wrong["priority"] = [_("There is no such priority.")]
    if ticket.type not in TicketType.values:
        wrong["type"] = [_("There is no such type.")]
    if wrong:
        raise InvalidInput(fields=wrong)


def _default_brand() -> Brand:
    brand = Brand.objects.order_by("-is_default", "pk").first()
    if brand is None:
        raise InvalidInput(fields={"brand": [_("There is no brand yet.")]})
    return brand


def _default_queue(by: Actor) -> Queue:
    queue = Queue.objects.visible_to(by).filter(is_active=True).order_by("position", "key").first()
    if queue is None:
        raise InvalidInput(fields={"queue": [_("Choose a queue.")]})
    return queue


def _require_reach(
    by: Actor,
    *,
    customer: Customer | None = None,
    queue: Queue | None = None,
    category: Category | None = None,
    channel: Channel | None = None,
    parent: Ticket | None = None,
) -> None:
    """Each thing a write points at must be visible; otherwise it does not exist."""
    if by.kind is ActorKind.SYSTEM:
        return
    access = access_of(by)
    if customer is not None and not Customer.objects.visible_to(by).filter(pk=customer.pk).exists():
        raise NotVisible
    if parent is not None and not Ticket.objects.visible_to(by).filter(pk=parent.pk).exists():
        raise NotVisible
    if access.is_outsourced:
        outside = (
            (queue is not None and queue.pk not in access.queue_ids)
            or (channel is not None and channel.pk not in access.channel_ids)
            or (category is not None and access.category_ids is not None and category.pk not in access.category_ids)
        )
        if outside:
            raise NotVisible


# The state machine


def move(ticket: Ticket, new: Status, *, by: Actor, reason: str = "") -> list[str]:
    """Moves a locked ticket in memory and publishes; the caller saves the returned fields in the same transaction."""
    old = Status(ticket.status)
    if old == new:
        return []
    require(by, _permission_for(old, new), ticket)
    if not is_allowed(old, new):
        raise TransitionRefused(old=old.label, new=new.label)
    if new == Status.RESOLVED and by.kind is not ActorKind.SYSTEM:
        _require_wrap_up(ticket, None)
    if new in DONE and old not in DONE:
        fulfil_duties(Moment.RESOLVING, ticket, by)
    _enter(ticket, old, new, by)
    publish(
        events.TicketStatusChanged(
            ticket_id=ticket.pk, old=old.value, new=new.value, reason=reason, version=next_version(ticket)
        ),
        by=by,
        customer_id=ticket.customer_id,
    )
    return list(STATUS_FIELDS)


def _permission_for(old: Status, new: Status) -> str:
    if new in DONE or old in DONE:
        return "tickets.resolve"
    # An answer opens a new ticket by itself, whoever may answer.
    return "tickets.reply" if old == Status.NEW else "tickets.edit"


def _enter(ticket: Ticket, old: Status, new: Status, by: Actor) -> None:
    moment = now()
    ticket.status = new
    if new == Status.RESOLVED:
        ticket.resolved_at, ticket.waiting_since = moment, None
        end_running(ticket, moment, by)
    elif new == Status.CLOSED:
        ticket.closed_at = moment
        Interaction.objects.filter(ticket=ticket, state=InteractionState.OPEN).update(
            state=InteractionState.CLOSED, ended_at=moment, updated=moment
        )
    elif old in DONE:
        ticket.resolved_at = ticket.closed_at = None
        ticket.reopen_count += 1
        _resume_assignment(ticket, moment)


def _resume_assignment(ticket: Ticket, moment: datetime) -> None:
    """Who held the ticket when it was resolved holds it again."""
    if ticket.assignee_id is not None:
        Assignment.objects.create(
            ticket=ticket,
            user_id=ticket.assignee_id,
            team_id=ticket.team_id,
            state=AssignmentState.ACCEPTED,
            work_kind=work_kind_of(ticket),
            started_at=moment,
        )


def put_back(ticket: Ticket, status: str, *, by: Actor) -> list[str]:
    """Undoes the move that a message brought with it; only for taking that message back."""
    old, new = Status(ticket.status), Status(status)
    if old == new:
        return []
    if new in ACTIVE and old in DONE:
        ticket.resolved_at = ticket.closed_at = None
        _resume_assignment(ticket, now())
    ticket.status = new
    publish(
        events.TicketStatusChanged(
            ticket_id=ticket.pk, old=old.value, new=new.value, reason="undo", version=next_version(ticket)
        ),
        by=by,
    )
    return list(STATUS_FIELDS)


@transaction.atomic
def change_status(*, ticket: Ticket, status: Status | str, by: Actor, version: int | None = None) -> Ticket:
    try:
        new = Status(status)
    except ValueError as error:
        raise InvalidInput(fields={"status": [_("There is no such status.")]}) from error
    ticket = lock_ticket(ticket, by=by, version=version)
    if fields := move(ticket, new, by=by):
        save_ticket(ticket, fields)
    return ticket


@transaction.atomic
def resolve_ticket(
    *, ticket: Ticket, by: Actor, wrap_up: WrapUpInput | None = None, version: int | None = None
) -> Ticket:
    """Resolves with the wrap-up that channel and category ask for; WrapUpIncomplete names what is missing."""
    ticket = lock_ticket(ticket, by=by, code="tickets.resolve", version=version)
    if ticket.status in DONE:
        raise TransitionRefused(old=Status(ticket.status).label, new=Status.RESOLVED.label)
    fields: list[str] = []
    if wrap_up is not None:
        fields += _apply_wrap_up(ticket, wrap_up, by)
    _require_wrap_up(ticket, wrap_up)
    fulfil_duties(Moment.RESOLVING, ticket, by)
    if wrap_up is not None:
        _write_wrap_up(ticket, wrap_up, by)
    old = Status(ticket.status)
    _enter(ticket, old, Status.RESOLVED, by)
    publish(
        events.TicketStatusChanged(
            ticket_id=ticket.pk, old=old.value, new=Status.RESOLVED.value, version=next_version(ticket)
        ),
        by=by,
        customer_id=ticket.customer_id,
    )
    save_ticket(ticket, dict.fromkeys([*fields, *STATUS_FIELDS]))
    return ticket


@transaction.atomic
def wrap_up_ticket(*, ticket: Ticket, by: Actor, wrap_up: WrapUpInput) -> Ticket:
    """The record of a contact that ended while the ticket goes on. What is required is asked when it is resolved."""
    ticket = lock_ticket(ticket, by=by, code="tickets.edit", allow_closed=False)
    fields = _apply_wrap_up(ticket, wrap_up, by)
    _write_wrap_up(ticket, wrap_up, by)
    if fields:
        save_ticket(ticket, fields)
    return ticket


def _apply_wrap_up(ticket: Ticket, wrap_up: WrapUpInput, by: Actor) -> list[str]:
    changes: dict[str, Any] = {}
    if wrap_up.category is not None:
        changes["category"] = wrap_up.category
    if wrap_up.tags is not None:
        changes["tags"] = list(wrap_up.tags)
    return _apply_fields(ticket, changes, by) if changes else []


def _require_wrap_up(ticket: Ticket, wrap_up: WrapUpInput | None) -> None:
    required = required_on_resolve(ticket)
    if not required:
        return
    latest = None if wrap_up is not None else WrapUp.objects.filter(ticket=ticket).first()
    summary = wrap_up.summary if wrap_up is not None else (latest.summary if latest else "")
    solved = wrap_up.is_solved if wrap_up is not None else (latest.is_solved if latest else None)
    present = {
        "category": ticket.category_id is not None,
        "tags": ticket.tags.exists(),
        "summary": bool(summary.strip()),
        "outcome": solved is not None,
    }
    missing = [name for name in sorted(required) if not present.get(name, True)]
    if missing:
        raise WrapUpIncomplete(fields={name: [_("This is required here.")] for name in missing})


def _write_wrap_up(ticket: Ticket, wrap_up: WrapUpInput, by: Actor) -> None:
    WrapUp(
        ticket=ticket,
        category_id=ticket.category_id,
        summary=wrap_up.summary.strip()[:10_000],
        is_blind=is_written_blind(ticket, by),
        is_solved=wrap_up.is_solved,
        by=by.user,
    ).save(force_insert=True)
    publish(
        events.TicketWrappedUp(ticket_id=ticket.pk, category_id=ticket.category_id, is_solved=wrap_up.is_solved), by=by
    )


@transaction.atomic
def reopen_ticket(*, ticket: Ticket, by: Actor, version: int | None = None, reason: str = "") -> Ticket:
    ticket = lock_ticket(ticket, by=by, version=version)
    if ticket.status not in DONE:
        raise TransitionRefused(old=Status(ticket.status).label, new=Status.OPEN.label)
    save_ticket(ticket, move(ticket, Status.OPEN, by=by, reason=reason))
    return ticket


@transaction.atomic
def close_ticket(*, ticket: Ticket, by: Actor, reason: str = "") -> Ticket:
    ticket = lock_ticket(ticket, by=by)
    if fields := move(ticket, Status.CLOSED, by=by, reason=reason):
        save_ticket(ticket, fields)
    return ticket


# Fields


@transaction.atomic
def change_fields(*, ticket: Ticket, by: Actor, version: int | None = None, **changes: Any) -> Ticket:
    """Changes any of priority, type, category, queue, team, subject, tags; one version and one line of history each."""
    unknown = set(changes) - {"priority", "type", "category", "queue", "team", "subject", "tags"}
    if unknown:
        raise TypeError(f"unknown fields: {sorted(unknown)}")
    ticket = lock_ticket(ticket, by=by, code="tickets.edit", version=version, allow_closed=False)
    fields = _apply_fields(ticket, changes, by)
    if fields:
        save_ticket(ticket, fields)
    return ticket


def name_by(ticket: Ticket, subject: str, *, by: Actor) -> list[str]:
    """Gives the locked ticket a subject, in memory; returns the columns to save."""
    if not subject or not _apply_one(ticket, "subject", subject, by):
        return []
    index_subject(ticket)
    return ["subject", "subject_is_blind"]


def _apply_fields(ticket: Ticket, changes: dict[str, Any], by: Actor) -> list[str]:
    """Changes the locked row in memory, publishes, and moves the search rows; returns the columns to save."""
    if access_of(by).is_outsourced and by.kind is not ActorKind.SYSTEM:
        if set(changes) - VENDOR_FIELDS:
            raise PermissionRefused
        _require_reach(by, queue=changes.get("queue"), category=changes.get("category"))
        if "category" in changes and changes["category"] is None and access_of(by).category_ids is not None:
            raise PermissionRefused
    fields: list[str] = []
    for name in ("priority", "type", "subject", "category", "queue"):
        if name in changes and _apply_one(ticket, name, changes[name], by):
            fields += ["subject", "subject_is_blind"] if name == "subject" else [name]
    if "team" in changes and _apply_team(ticket, changes["team"], by):
        fields.append("team")
    if "tags" in changes and _apply_tags(ticket, changes["tags"], by):
        fields.append("version")
    _check_choices(ticket)
    if "subject" in fields:
        index_subject(ticket)
    if {"queue", "category"} & set(fields):
        move_search_rows(ticket)
    return fields


def _apply_one(ticket: Ticket, name: str, value: Any, by: Actor) -> bool:
    column = f"{name}_id" if name in ("category", "queue") else name
    if name == "queue" and (value is None or not value.is_active):
        raise InvalidInput(fields={"queue": [_("Choose a queue.")]})
    if name == "category" and value is not None and not value.is_active:
        raise InvalidInput(fields={"category": [_("This category is no longer used.")]})
    if name == "subject":
        value = whole_subject(str(value), may_be_empty=False)
    if name == "priority":
        value = _number(value)
    old = getattr(ticket, column)
    new = value.pk if column.endswith("_id") and value is not None else value
    if old == new:
        return False
    setattr(ticket, name, value)
    if name == "subject":
        ticket.subject_is_blind = is_written_blind(ticket, by)
    publish(
        events.TicketFieldChanged(ticket_id=ticket.pk, field=name, old=old, new=new, version=next_version(ticket)),
        by=by,
    )
    return True


def _number(value: Any) -> int:
    try:
        return int(value)
    except (TypeError, ValueError) as error:
        raise InvalidInput(fields={"priority": [_("There is no such priority.")]}) from error


def _apply_team(ticket: Ticket, team: Team | None, by: Actor) -> bool:
    old, new = ticket.team_id, team.pk if team else None
    if old == new:
        return False
    require_allowed_team(ticket, team)
    ticket.team = team
    publish(
        events.TicketAssigned(
            ticket_id=ticket.pk,
            old_user_id=ticket.assignee_id,
            new_user_id=ticket.assignee_id,
            old_team_id=old,
            new_team_id=new,
            version=next_version(ticket),
        ),
        by=by,
    )
    return True


def _apply_tags(ticket: Ticket, tags: Iterable[Tag], by: Actor) -> bool:
    wanted = {tag.pk: tag for tag in tags}
    present = set(ticket.tags.values_list("pk", flat=True))
    added, removed = set(wanted) - present, present - set(wanted)
    unfit = [
        tag for pk, tag in wanted.items() if pk in added and not (tag.is_active and tag.target != TagTarget.CUSTOMERS)
    ]
    if unfit:
        raise InvalidInput(fields={"tags": [_("This tag is not for tickets.")]})
    if not added and not removed:
        return False
    ticket.tags.remove(*removed)
    ticket.tags.add(*added)
    publish(
        events.TicketTagged(
            ticket_id=ticket.pk,
            added=tuple(sorted(added)),
            removed=tuple(sorted(removed)),
            version=next_version(ticket),
        ),
        by=by,
    )
    return True


# Merging


@transaction.atomic
def merge_tickets(*, ticket: Ticket, into: Ticket, by: Actor) -> Ticket:
    """Points `ticket` to `into`: its messages stay and are shown there, new ones follow. Undone by `unmerge`."""
    if ticket.pk == into.pk:
        raise MergeRefused
    source, target = lock_pair(ticket, into, by=by, code="tickets.merge")
    if source.is_merged or target.is_merged:
        raise MergeRefused
    if source.customer_id and target.customer_id and source.customer_id != target.customer_id:
        raise MergeRefused(reason=_("These tickets are of different customers. Link them instead."))
    source.merged_into = target
    save_ticket(source, ["merged_into"])
    publish(events.TicketMergedInto(ticket_id=source.pk, into_id=target.pk), by=by)
    record_entry(ticket=target, notice="merged", by=by, envelope={"number": source.number})
    save_ticket(target, MESSAGE_FIELDS)
    return target


@transaction.atomic
def unmerge(*, ticket: Ticket, by: Actor) -> Ticket:
    """Separates a merged ticket again. What came in meanwhile stays where it was shown."""
    if ticket.merged_into is None:
        raise MergeRefused
    source, target = lock_pair(ticket, ticket.merged_into, by=by, code="tickets.merge")
    if source.merged_into_id != target.pk:
        raise MergeRefused
    source.merged_into = None
    save_ticket(source, ["merged_into"])
    publish(events.TicketUnmerged(ticket_id=source.pk, from_id=target.pk), by=by)
    record_entry(ticket=target, notice="unmerged", by=by, envelope={"number": source.number})
    save_ticket(target, MESSAGE_FIELDS)
    return source


def head_of(ticket: Ticket) -> Ticket:
    """The ticket that a merged one leads to, however long the chain."""
    seen = {ticket.pk}
    while ticket.merged_into is not None and ticket.merged_into_id not in seen:
        ticket = ticket.merged_into
        seen.add(ticket.pk)
    return ticket

"""Writes plots as rows, many at a time.

This is the one place that writes tickets and messages past their services: it tells of the past, in bulk, with
the times at which things happened. What it writes is what the services would have left behind.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from apps.accounts.models import User
from apps.channels.enums import DeliveryState
from apps.channels.keys import key_of, message_key
from apps.channels.models import Channel, Delivery
from apps.core.actor import SYSTEM, Actor, Face, person
from apps.core.events import EventBase, build_event
from apps.core.models import Event, StoredFile
from apps.core.partitions import ensure_partition_for
from apps.core.richtext import text_to_html
from apps.core.search import terms
from apps.core.storage import store_file
from apps.customers.enums import IdentityKind
from apps.customers.identities import tail_of
from apps.customers.models import Customer, Identity, Organization
from apps.demo.seed.people import ORGANIZATIONS, Person
from apps.demo.seed.pictures import damaged_parcel
from apps.demo.seed.plots import Plot, Turn
from apps.demo.seed.world import World
from apps.privacy.detection import find_spans, pack
from apps.tickets import events
from apps.tickets.enums import AssignmentState, InteractionState, MessageKind, Status
from apps.tickets.models import (
    Assignment,
    Attachment,
    Interaction,
    Message,
    MessageKey,
    ReadMark,
    SearchRow,
    Ticket,
    WrapUp,
)

BATCH = 500
PHOTOS = 8
KINDS = {"c": MessageKind.CUSTOMER, "a": MessageKind.AGENT, "n": MessageKind.NOTE}


@dataclass
class Rows:
    """What one batch of tickets amounts to, ready for bulk_create in this order."""

    messages: list[Message] = field(default_factory=list)
    keys: list[MessageKey] = field(default_factory=list)
    search: list[SearchRow] = field(default_factory=list)
    deliveries: list[Delivery] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)
    assignments: list[Assignment] = field(default_factory=list)
    wrap_ups: list[WrapUp] = field(default_factory=list)
    read_marks: list[ReadMark] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    tags: list[Any] = field(default_factory=list)

    def write(self) -> None:
        """Everything but the messages, which must be there before what follows from them can be made."""
        MessageKey.objects.bulk_create(self.keys)
        SearchRow.objects.bulk_create(self.search)
        Delivery.objects.bulk_create(self.deliveries)
        Attachment.objects.bulk_create(self.attachments)
        Assignment.objects.bulk_create(self.assignments)
        WrapUp.objects.bulk_create(self.wrap_ups)
        ReadMark.objects.bulk_create(self.read_marks)
        Event.objects.bulk_create(sorted(self.events, key=lambda event: event.created))
        Ticket.tags.through.objects.bulk_create(self.tags)


def write_customers(people: Sequence[Person], *, rng: random.Random) -> list[Customer]:
    organizations = Organization.objects.bulk_create(
        Organization(name=name, level=level) for name, level in ORGANIZATIONS
    )
    customers = Customer.objects.bulk_create(
        [
            Customer(
                name=one.name,
                level=one.level,
                language="zh-hans" if one.language == "zh" else "en",
                time_zone="Asia/Shanghai" if one.language == "zh" else "Europe/London",
                organization=rng.choice(organizations) if rng.random() < 0.22 else None,
            )
            for one in people
        ],
        batch_size=BATCH,
    )
    Identity.objects.bulk_create(
        [
            Identity(customer=customer, kind=kind, value=value, tail=tail_of(kind, value), is_primary=kind == "email")
            for customer, one in zip(customers, people, strict=True)
            for kind, value in _handles(one, customer)
        ],
        batch_size=BATCH,
    )
    return customers


def _handles(one: Person, customer: Customer) -> list[tuple[str, str]]:
    handles = [(IdentityKind.EMAIL.value, one.email), (IdentityKind.PHONE.value, one.phone)]
    if customer.level != "standard":
        handles.append((IdentityKind.EXTERNAL_ID.value, f"M{100000 + customer.pk}"))
    return handles


def write_plots(
    plots: Sequence[Plot],
    *,
    world: World,
    customers: Sequence[Customer],
    rng: random.Random,
    with_events: bool = True,
    progress: Callable[[int], None] = lambda done: None,
) -> None:
    """Writes the tickets of all plots with everything that hangs on them, in the caller's transaction."""
    _ensure_months(plots)
    photos = [store_file(damaged_parcel(number), name=f"IMG_20{number:02d}.jpg", by=SYSTEM) for number in range(PHOTOS)]
    for start in range(0, len(plots), BATCH):
        batch = plots[start : start + BATCH]
        Writer(world, customers, photos, rng, with_events).write(batch)
        progress(start + len(batch))


def _ensure_months(plots: Sequence[Plot]) -> None:
    days = {plot.turns[0].at.date().replace(day=1) for plot in plots} | {plot.turns[-1].at.date() for plot in plots}
    for model in (Message, Event, SearchRow):
        for day in sorted({day.replace(day=1) for day in days}):
            ensure_partition_for(model, day)


@dataclass
class Writer:
    world: World
    customers: Sequence[Customer]
    photos: Sequence[StoredFile]
    rng: random.Random
    with_events: bool

    def write(self, plots: Sequence[Plot]) -> None:
        tickets = Ticket.objects.bulk_create([self._ticket(plot) for plot in plots])
        interactions = Interaction.objects.bulk_create(
            [self._interaction(plot, ticket) for plot, ticket in zip(plots, tickets, strict=True)]
        )
        rows = Rows()
        for plot, ticket, interaction in zip(plots, tickets, interactions, strict=True):
            self._messages(plot, ticket, interaction, rows)
        Message.objects.bulk_create(rows.messages)
        written = {ticket.pk: list[Message]() for ticket in tickets}
        for message in rows.messages:
            written[message.ticket_id].append(message)
        for plot, ticket in zip(plots, tickets, strict=True):
            self._around(plot, ticket, written[ticket.pk], rows)
        rows.write()

    def _ticket(self, plot: Plot) -> Ticket:
        public = [turn for turn in plot.turns if turn.who != "n"]
        last = public[-1]
        replies = [turn.at for turn in plot.turns if turn.who == "a"]
        return Ticket(
            subject=plot.subject,
            preview=last.text[:160],
            preview_kind=KINDS[last.who],
            customer=self.customers[plot.customer],
            brand=self.world.brand,
            channel=self.world.channels[plot.channel],
            queue=self.world.queues[plot.queue],
            category=self.world.categories[plot.category],
            status=plot.status,
            priority=plot.priority,
            type=plot.type,
            assignee=self._user(plot),
            language="zh-hans" if plot.person.language == "zh" else "en",
            message_count=len(plot.turns),
            opened_at=plot.turns[0].at,
            last_message_at=last.at,
            waiting_since=_waiting_since(plot),
            first_replied_at=replies[0] if replies else None,
            resolved_at=plot.done_at,
            closed_at=plot.done_at + timedelta(days=3) if plot.done_at and plot.status == Status.CLOSED else None,
        )

    def _user(self, plot: Plot) -> User | None:
        return self.world.staff[plot.assignee.username] if plot.assignee else None

    def _interaction(self, plot: Plot, ticket: Ticket) -> Interaction:
        is_done = ticket.is_done
        received = [turn.at for turn in plot.turns if turn.who == "c"]
        return Interaction(
            ticket=ticket,
            channel=self.world.channels[plot.channel],
            customer=ticket.customer,
            thread_key=key_of("seed", str(ticket.pk)),
            state=InteractionState.CLOSED if is_done else InteractionState.OPEN,
            started_at=plot.turns[0].at,
            last_inbound_at=received[-1],
            ended_at=plot.done_at,
        )

    def _messages(self, plot: Plot, ticket: Ticket, interaction: Interaction, rows: Rows) -> None:
        channel = self.world.channels[plot.channel]
        for sequence, turn in enumerate(plot.turns, start=1):
            rows.messages.append(
                Message(
                    created=turn.at,
                    ticket=ticket,
                    sequence=sequence,
                    interaction=None if turn.who == "n" else interaction,
                    channel=None if turn.who == "n" else channel,
                    kind=KINDS[turn.who],
                    author=None if turn.who == "c" else (self._user(plot) or self.world.staff["supervisor"]),
                    customer=ticket.customer if turn.who == "c" else None,
                    sender_name=plot.person.name if turn.who == "c" else "",
                    subject=plot.subject if sequence == 1 else "",
                    html=text_to_html(turn.text),
                    text=turn.text,
                    envelope=self._envelope(plot, turn, ticket, sequence, channel),
                    spans=pack(find_spans(turn.text)),
                    attachment_count=1 if _has_photo(plot, sequence) else 0,
                )
            )

    def _envelope(self, plot: Plot, turn: Turn, ticket: Ticket, sequence: int, channel: Channel) -> dict[str, Any]:
        if turn.who == "n" or channel.kind not in {"email", "form"}:
            return {}
        theirs = [[plot.person.name, plot.person.email]]
        ours = [[str(self.world.brand.sender_name), str(channel.settings.get("address", "service@lindenhaus.example"))]]
        sender, receiver = (theirs, ours) if turn.who == "c" else (ours, theirs)
        return {"from": sender, "to": receiver, "message_id": _message_id(ticket, sequence)}

    def _around(self, plot: Plot, ticket: Ticket, messages: Sequence[Message], rows: Rows) -> None:
        """Everything that follows from a ticket's messages."""
        channel = self.world.channels[plot.channel]
        rows.search.append(self._search_row(ticket, -ticket.pk, ticket.opened_at, ticket.subject))
        for message in messages:
            rows.search.append(self._search_row(ticket, message.pk, message.created, message.text))
            if message.kind == MessageKind.NOTE:
                continue
            message_id = _message_id(ticket, message.sequence)
            rows.keys.append(
                MessageKey(
                    channel=channel,
                    key=message_key(message_id),
                    message_id=message.pk,
                    ticket=ticket,
                    created=message.created,
                )
            )
            if message.kind == MessageKind.AGENT and channel.kind in {"email", "form"}:
                rows.deliveries.append(_delivery(ticket, message, channel, message_id, plot))
        if _has_photo(plot, 1):
            rows.attachments.append(
                Attachment(ticket=ticket, message_id=messages[0].pk, file=self.rng.choice(self.photos))
            )
        rows.tags.extend(Ticket.tags.through(ticket_id=ticket.pk, tag_id=self.world.tags[key].pk) for key in plot.tags)
        self._work(plot, ticket, messages, rows)
        if self.with_events:
            self._events(plot, ticket, messages, rows)

    def _search_row(self, ticket: Ticket, row_id: int, created: datetime, text: str) -> SearchRow:
        return SearchRow(
            id=row_id,
            created=created,
            ticket_id=ticket.pk,
            queue_id=ticket.queue_id,
            channel_id=ticket.channel_id,
            category_id=ticket.category_id,
            terms=sorted(terms(text)),
        )

    def _work(self, plot: Plot, ticket: Ticket, messages: Sequence[Message], rows: Rows) -> None:
        user = self._user(plot)
        if user is None:
            return
        rows.assignments.append(
            Assignment(
                ticket=ticket,
                user=user,
                state=AssignmentState.FINISHED if ticket.is_done else AssignmentState.ACCEPTED,
                assigned_by=user,
                started_at=plot.turns[0].at + timedelta(minutes=2),
                ended_at=plot.done_at,
            )
        )
        seen = [message.sequence for message in messages if message.kind != MessageKind.CUSTOMER]
        last = messages[-1].sequence if ticket.is_done or self.rng.random() < 0.5 else max(seen, default=0)
        rows.read_marks.append(ReadMark(user=user, ticket=ticket, sequence=last))
        if plot.done_at is not None:
            rows.wrap_ups.append(
                WrapUp(ticket=ticket, category=ticket.category, summary=plot.summary, is_solved=plot.is_solved, by=user)
            )

    def _events(self, plot: Plot, ticket: Ticket, messages: Sequence[Message], rows: Rows) -> None:
        user = self._user(plot)
        staff = person(user or self.world.staff["supervisor"], face=Face.DESK)

        def add(fact: EventBase, at: datetime, by: Actor = SYSTEM) -> None:
            rows.events.append(build_event(fact, by=by, ticket_id=ticket.pk, customer_id=ticket.customer_id, at=at))

        opened = events.TicketOpened(
            ticket_id=ticket.pk,
            queue_id=ticket.queue_id,
            channel_id=ticket.channel_id,
            customer_id=ticket.customer_id,
        )
        add(opened, ticket.opened_at)
        for message in messages:
            add(_message_event(message), message.created, SYSTEM if message.kind == MessageKind.CUSTOMER else staff)
        if user is not None:
            assigned = events.TicketAssigned(ticket_id=ticket.pk, old_user_id=None, new_user_id=user.pk)
            add(assigned, ticket.opened_at + timedelta(minutes=2), staff)
        if ticket.status != Status.NEW:
            changed = events.TicketStatusChanged(ticket_id=ticket.pk, old=Status.NEW.value, new=Status.OPEN.value)
            add(changed, ticket.opened_at + timedelta(minutes=2), staff)
        if ticket.status not in {Status.NEW, Status.OPEN}:
            end = plot.done_at or messages[-1].created
            done = Status.RESOLVED if ticket.is_done else Status(ticket.status)
            add(events.TicketStatusChanged(ticket_id=ticket.pk, old=Status.OPEN.value, new=done.value), end, staff)


def _has_photo(plot: Plot, sequence: int) -> bool:
    return plot.has_photo and sequence == 1 and plot.channel in {"support-mail", "contact-form"}


def _waiting_since(plot: Plot) -> datetime | None:
    """The earliest word of the customer that nobody has answered."""
    if plot.status in {Status.RESOLVED, Status.CLOSED}:
        return None
    waiting = None
    for turn in plot.turns:
        if turn.who == "a":
            waiting = None
        elif turn.who == "c":
            waiting = waiting or turn.at
    return waiting


def _message_id(ticket: Ticket, sequence: int) -> str:
    return f"seed.{ticket.pk}.{sequence}@lindenhaus.example"


def _delivery(ticket: Ticket, message: Message, channel: Channel, client_key: str, plot: Plot) -> Delivery:
    return Delivery(
        channel=channel,
        message_id=message.pk,
        ticket_id=ticket.pk,
        client_key=client_key,
        order_key=key_of("seed", str(ticket.pk)),
        payload={"client_key": client_key, "recipients": {"to": [plot.person.email]}, "text": message.text},
        state=DeliveryState.SENT,
        attempts=1,
        due_at=message.created,
        sent_at=message.created + timedelta(seconds=2),
        settled_at=message.created + timedelta(seconds=2),
    )


def _message_event(message: Message) -> EventBase:
    match message.kind:
        case MessageKind.CUSTOMER:
            return events.MessageReceived(
                ticket_id=message.ticket_id,
                message_id=message.pk,
                sequence=message.sequence,
                channel_id=message.channel_id,
                interaction_id=message.interaction_id,
                customer_id=message.customer_id,
            )
        case MessageKind.NOTE:
            return events.MessageNoted(ticket_id=message.ticket_id, message_id=message.pk, sequence=message.sequence)
        case _:
            return events.MessageSent(
                ticket_id=message.ticket_id,
                message_id=message.pk,
                sequence=message.sequence,
                channel_id=message.channel_id,
                interaction_id=message.interaction_id,
            )

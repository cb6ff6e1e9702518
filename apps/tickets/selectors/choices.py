"""What a viewer may choose from on a ticket: people, queues, categories, tags, channels."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.functional import Promise

from apps.accounts.access import access_of
from apps.accounts.clearance import cleared
from apps.accounts.models import Team, User
from apps.channels import registry
from apps.channels.errors import UnknownConnector
from apps.channels.models import Channel
from apps.core.actor import Actor, person
from apps.core.permissions import may
from apps.core.words import in_order, initials
from apps.customers.enums import TagTarget
from apps.tickets.models import QueueGroupObjectPermission, Ticket
from apps.tickets.rules import may_hold_tickets, works_ticket
from apps.tickets.selectors.lists import TagChip, tag_chip
from apps.tickets.selectors.vocabulary import vocabulary


@dataclass(frozen=True, slots=True)
class PersonChoice:
    id: int
    name: str
    username: str
    initials: str
    team_labels: tuple[str, ...] = ()
    is_outsourced: bool = False
    is_self: bool = False


@dataclass(frozen=True, slots=True)
class Choice:
    id: int
    key: str
    label: str


@dataclass(frozen=True, slots=True)
class CategoryChoice:
    id: int
    key: str
    label: str
    path_label: str
    depth: int
    is_leaf: bool


@dataclass(frozen=True, slots=True)
class ChannelChoice:
    id: int
    key: str
    label: str
    icon: str
    kind: str
    address: str
    """Ours, where the channel has one."""
    can_start: bool
    has_subject: bool
    has_copies: bool
    html: bool
    counts_segments: bool
    attachments: bool
    max_length: int | None


def staff() -> QuerySet[User]:
    return User.objects.filter(is_active=True, role__isnull=False).select_related("role", "vendor")


def assignable_users(actor: Actor, ticket: Ticket, text: str = "", limit: int = 50) -> list[PersonChoice]:
    """Who could work on this ticket if it were given to them: everybody who works its queue within their contract."""
    if not may(actor, "tickets.assign_others", ticket):
        mine = may(actor, "tickets.assign", ticket) and actor.user is not None
        return [person_choice(actor.user, actor)] if mine and actor.user is not None else []
    people = staff().filter(role__permissions__contains=["tickets.reply"])
    if teams := allowed_teams(ticket):
        people = people.filter(pk__in=User.objects.filter(groups__in=[team.group_id for team in teams]).values("pk"))
    able = cleared(user for user in named(people, text)[:200] if _works(user, ticket))
    return [person_choice(user, actor) for user in able[:limit]]


def allowed_teams(ticket: Ticket) -> list[Team]:
    """To whose members the channel's rule keeps its tickets; empty means to nobody in particular."""
    rule = vocabulary().rules.get(ticket.channel_id or 0)
    return [] if rule is None else list(rule.teams.all())


def is_in_allowed_team(user: User, ticket: Ticket) -> bool:
    groups = [team.group_id for team in allowed_teams(ticket)]
    return not groups or user.groups.filter(pk__in=groups).exists()


def can_work(user: User, ticket: Ticket, known: Actor | None = None) -> bool:
    """`known` is the user with their access read, where many are asked about."""
    return is_in_allowed_team(user, ticket) and _works(user, ticket, known)


def _works(user: User, ticket: Ticket, known: Actor | None = None) -> bool:
    """As `rules.works_ticket`, asked of somebody else, and not because they hold the ticket already."""
    other = known or person(user)
    if not user.is_active or not may_hold_tickets(other):
        return False
    return ticket.assignee_id == user.pk or works_ticket(other, ticket)


def mention_candidates(actor: Actor, ticket: Ticket, text: str = "", limit: int = 20) -> list[PersonChoice]:
    """In-house colleagues, whom a mention opens the ticket to, and people of vendors who see it anyway."""
    found: list[PersonChoice] = []
    for user in named(staff().exclude(pk=actor.user_id or 0), text)[: limit * 5]:
        if can_be_mentioned(user, ticket):
            found.append(person_choice(user, actor))
        if len(found) == limit:
            break
    return found


def can_be_mentioned(user: User, ticket: Ticket) -> bool:
    if "tickets.view" not in person(user).permissions:
        return False
    return not user.is_outsourced or can_work(user, ticket)


def named(people: QuerySet[User], text: str) -> QuerySet[User]:
    text = text.replace("\0", "").strip()[:80]
    if text:
        people = people.filter(Q(display_name__icontains=text) | Q(username__istartswith=text))
    return people.order_by("display_name", "pk")


def person_choice(user: User, actor: Actor) -> PersonChoice:
    return PersonChoice(
        id=user.pk,
        name=str(user),
        username=user.username,
        initials=initials(str(user)),
        is_outsourced=user.is_outsourced,
        is_self=user.pk == actor.user_id,
    )


def queues(actor: Actor) -> list[Choice]:
    access = access_of(actor)
    return [
        Choice(row.pk, row.key, str(row.name))
        for row in vocabulary().queues.values()
        if row.is_active and (access.sees_all or row.pk in access.queue_ids)
    ]


def queues_to_move(actor: Actor) -> list[Choice]:
    """Where a ticket may be moved: in-house to any queue, also one whose tickets the mover does not see."""
    if access_of(actor).is_outsourced:
        return queues(actor)
    return [Choice(row.pk, row.key, str(row.name)) for row in vocabulary().queues.values() if row.is_active]


def categories(actor: Actor) -> list[CategoryChoice]:
    """The tree in reading order. With a category limit only what is granted."""
    access = access_of(actor)
    allowed = None if access.sees_all or access.category_ids is None else set(access.category_ids)
    words = vocabulary()
    parents = {row.parent_id for row in words.categories.values() if row.is_active}
    by_parent: dict[int | None, list[int]] = {}
    for row in words.categories.values():
        if row.is_active:
            by_parent.setdefault(row.parent_id, []).append(row.pk)
    found: list[CategoryChoice] = []

    def walk(parent: int | None, depth: int) -> None:
        for pk in by_parent.get(parent, []):
            row = words.categories[pk]
            if allowed is None or pk in allowed:
                label = words.category_label(pk)
                found.append(CategoryChoice(pk, row.key, str(row.name), label, depth, pk not in parents))
            walk(pk, depth + 1)

    walk(None, 0)
    return found


def tags(actor: Actor) -> list[TagChip]:
    words = vocabulary()
    wanted = (TagTarget.TICKETS, TagTarget.BOTH)
    found = [tag_chip(words, row.pk) for row in words.tags.values() if row.is_active and row.target in wanted]
    return sorted(found, key=lambda tag: in_order(tag.label))


def channels(actor: Actor) -> list[ChannelChoice]:
    """The channels whose tickets the viewer sees, for filters."""
    return [_channel(row) for row in _visible_channels(actor)]


def channels_to_start(actor: Actor) -> list[ChannelChoice]:
    """Where somebody may write to a customer first; mail, which costs nothing, before text messages."""
    return sorted((choice for choice in channels(actor) if choice.can_start), key=lambda choice: not choice.has_copies)


def channels_by_hand(actor: Actor) -> list[ChannelChoice]:
    """Where a walk-in or a call is written down by hand."""
    return [choice for choice in channels(actor) if choice.kind == "manual"]


def _visible_channels(actor: Actor) -> list[Channel]:
    access = access_of(actor)
    known = {connector.kind for connector in registry.all()}
    return [
        row
        for row in vocabulary().channels.values()
        if row.is_active and row.kind in known and (not access.is_outsourced or row.pk in access.channel_ids)
    ]


def _channel(row: Channel) -> ChannelChoice:
    try:
        connector = registry.get(row.kind)
    except UnknownConnector:
        raise LookupError(row.kind) from None
    able = connector.capabilities
    return ChannelChoice(
        id=row.pk,
        key=row.key,
        label=str(row.name),
        icon=connector.icon,
        kind=row.kind,
        address=str(row.settings.get("address") or ""),
        can_start=able.can_start and connector.sends_on(row),
        has_subject=able.has_subject,
        has_copies=able.has_copies,
        html=able.html,
        counts_segments=able.counts_segments,
        attachments=able.attachments,
        max_length=able.max_length,
    )


def teams_with_work(ticket: Ticket) -> list[Choice]:
    """Teams that hold a grant on the ticket's queue."""
    grants = QueueGroupObjectPermission.objects.filter(content_object_id=ticket.queue_id, group_id=OuterRef("group_id"))
    rows = Team.objects.filter(Exists(grants), is_active=True)
    if teams := allowed_teams(ticket):
        rows = rows.filter(pk__in=[team.pk for team in teams])
    return [Choice(row.pk, row.key, str(row.name)) for row in rows]


def form_categories(channel: Channel) -> list[tuple[str, str | Promise]]:
    """What a customer may choose on the form of a channel: what lies below its intake category, else the roots."""
    words = vocabulary()
    rule = words.rules.get(channel.pk)
    start = rule.category_id if rule is not None else None
    rows = [row for row in words.categories.values() if row.is_active and row.parent_id == start]
    return [(row.key, str(row.name)) for row in rows]

"""The people who are there now, as the engine reads them: what they may take, what they can, what they hold."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from django.db.models import Max, QuerySet

from apps.accounts.access import Access, access_of, actors_of
from apps.accounts.clearance import Bar, bars_of
from apps.accounts.models import AgentSkill, User
from apps.core.clock import now
from apps.core.models.expressions import any_of
from apps.routing.engine import types
from apps.routing.enums import Presence
from apps.routing.models import AgentState, RoutingQueue
from apps.routing.selectors.capacity import EMPTY_HANDED, WHOLE, held_by, weights_of
from apps.routing.selectors.waiting import NO_CHANNEL
from apps.tickets.models import Assignment
from apps.tickets.rules import may_hold_tickets
from apps.tickets.selectors.vocabulary import vocabulary

IDLE_LOOKS_BACK: Final = timedelta(days=1)

There = Mapping[int, tuple[datetime, datetime | None]]
"""By user who is there: since when, and when they were last given work."""


def available_agents(
    queues: Iterable[RoutingQueue],
    among: Collection[int] | None = None,
    known: Mapping[int, types.Agent] | None = None,
) -> dict[int, types.Agent]:
    """By user: all who are there, or those of them `among` the given ones.

    Of those who are `known` only what they do is read; who they are and what they may take stays as it was.
    """
    rows = AgentState.objects.filter(state=Presence.AVAILABLE, user__is_active=True)
    if among is not None:
        rows = rows.filter(any_of("user_id", among))
    there = {pk: (since, given) for pk, since, given in rows.values_list("pk", "since", "last_given_at")}
    crew = {pk: agent for pk, agent in (known or {}).items() if pk in there}
    if new := there.keys() - crew.keys():
        crew |= _crew_of(User.objects.filter(any_of("id", new)), queues)
    return _at_work(crew, there) if crew else {}


def everybody(queues: Iterable[RoutingQueue]) -> dict[int, types.Agent]:
    """All who take part in routing, as if they had just come and held nothing: for trying rules out."""
    users = User.objects.active().filter(role__permissions__contains=["routing.serve"])
    came = now().timestamp()
    return {pk: replace(agent, idle_since=came) for pk, agent in _crew_of(users, queues).items()}


def _crew_of(rows: QuerySet[User], queues: Iterable[RoutingQueue]) -> dict[int, types.Agent]:
    """Who they are and what they may take, of those whom tickets can be given to."""
    users = [user for user in rows.prefetch_related("role", "vendor") if user.may_sign_in]
    ids = [user.pk for user in users]
    actors, teams, skills, weights = actors_of(users), teams_of(ids), _skills_of(ids), weights_of(users)
    bars = bars_of(users)
    seniors = {row.senior_team_id for row in queues if row.senior_team_id}
    limited = _limited_channels()
    crew = {}
    for user in users:
        access, own_teams = access_of(actors[user.pk]), teams.get(user.pk, frozenset())
        if not may_hold_tickets(actors[user.pk]):
            continue
        granted = frozenset(access.queue_ids)
        crew[user.pk] = types.Agent(
            id=user.pk,
            queues=granted,
            sees=None if access.sees_all else granted,
            teams=own_teams,
            vendor=user.vendor_id,
            is_senior=bool(own_teams & seniors),
            skills=skills.get(user.pk, {}),
            languages=frozenset(user.spoken_languages) or None,
            channels=_channels(access, own_teams, limited),
            categories=None if access.category_ids is None else frozenset(access.category_ids),
            held_back=_held_back(bars.get(user.pk)),
            capacity=WHOLE,
            weights={types.WorkKind(kind): points for kind, points in weights[user.pk].items()},
        )
    return crew


def _held_back(bar: Bar | None) -> types.Reason | None:
    return None if bar is None else types.Reason(bar.code, dict(bar.params))


def _at_work(crew: Mapping[int, types.Agent], there: There) -> dict[int, types.Agent]:
    """The same people with what they hold, and how long they have been idle."""
    held, ended = held_by(crew), _last_ended(crew)
    found = {}
    for pk, agent in crew.items():
        since, given = there[pk]
        mine = held.get(pk, EMPTY_HANDED)
        idle = max(moment for moment in (since, given, ended.get(pk)) if moment is not None)
        found[pk] = replace(
            agent,
            load={types.WorkKind(kind): pieces for kind, pieces in mine.load.items()},
            idle_since=idle.timestamp(),
            last_given_at=given.timestamp() if given else 0.0,
            came_at=since.timestamp(),
            is_asked=mine.is_asked,
        )
    return found


def _limited_channels() -> dict[int, set[int]]:
    """The channels whose rule names teams, with those."""
    named = {pk: {team.pk for team in rule.teams.all()} for pk, rule in vocabulary().rules.items()}
    return {pk: teams for pk, teams in named.items() if teams}


def _channels(access: Access, teams: frozenset[int], limited: Mapping[int, set[int]]) -> frozenset[int] | None:
    """A vendor's granted ones; of all people only those whose rule names no team, or one of theirs.

    Work without a channel stands under `NO_CHANNEL`, since it is open to whoever is in-house.
    """
    closed = {pk for pk, named in limited.items() if not named & teams}
    if access.is_outsourced:
        return frozenset(access.channel_ids) - closed
    return frozenset({NO_CHANNEL, *vocabulary().channels} - closed) if closed else None


def teams_of(user_ids: Collection[int]) -> dict[int, frozenset[int]]:
    memberships = User.groups.through.objects.filter(any_of("user_id", user_ids), group__team__is_active=True)
    pairs = memberships.values_list("user_id", "group__team")
    found: dict[int, set[int]] = defaultdict(set)
    for user_id, team_id in pairs:
        found[user_id].add(team_id)
    return {user_id: frozenset(teams) for user_id, teams in found.items()}


def _skills_of(user_ids: Collection[int]) -> Mapping[int, dict[str, int]]:
    found: dict[int, dict[str, int]] = defaultdict(dict)
    held = AgentSkill.objects.filter(any_of("user_id", user_ids)).in_force(now().date())
    for user_id, key, level in held.values_list("user_id", "skill__key", "level"):
        found[user_id][key] = level
    return found


def _last_ended(user_ids: Iterable[int]) -> dict[int, datetime]:
    since = now() - IDLE_LOOKS_BACK
    ended = (
        Assignment.objects.filter(any_of("user_id", user_ids), ended_at__gte=since).order_by().values_list("user_id")
    )
    return dict(ended.annotate(last=Max("ended_at")))

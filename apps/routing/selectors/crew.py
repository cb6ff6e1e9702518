"""The people who are there now, as the engine reads them: what they may take, what they can, what they hold."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from django.db.models import Max, QuerySet

from apps.accounts.access import Access, access_of, actors_of
from apps.accounts.models import AgentSkill, Team, User
from apps.core.clock import now
from apps.routing.engine import types
from apps.routing.enums import Presence
from apps.routing.models import AgentState, RoutingQueue
from apps.routing.selectors.capacity import WHOLE, loads_of, weights_of
from apps.routing.selectors.waiting import NO_CHANNEL
from apps.tickets.enums import AssignmentState
from apps.tickets.models import Assignment
from apps.tickets.selectors.vocabulary import vocabulary

IDLE_LOOKS_BACK: Final = timedelta(days=1)


def available_agents(queues: Iterable[RoutingQueue], among: Collection[int] | None = None) -> dict[int, types.Agent]:
    """By user: all who are there, or those of them `among` the given ones."""
    rows = AgentState.objects.filter(state=Presence.AVAILABLE, user__is_active=True)
    if among is not None:
        rows = rows.filter(pk__in=among)
    return _agents_of(rows.select_related("user__role", "user__vendor"), queues)


def everybody(queues: Iterable[RoutingQueue]) -> dict[int, types.Agent]:
    """All who take part in routing, as if they had just come and held nothing: for trying rules out."""
    users = User.objects.active().filter(role__permissions__contains=["routing.serve"]).select_related("role", "vendor")
    moment = now()
    there = [AgentState(user=user, state=Presence.AVAILABLE, since=moment) for user in users]
    free: dict[types.WorkKind, int] = {}
    crew = _agents_of(there, queues)
    came = moment.timestamp()
    return {pk: replace(agent, load=free, is_asked=False, idle_since=came) for pk, agent in crew.items()}


def _agents_of(rows: Iterable[AgentState], queues: Iterable[RoutingQueue]) -> dict[int, types.Agent]:
    states = {row.user_id: row for row in rows}
    users = [row.user for row in states.values() if row.user.may_sign_in]
    ids = [user.pk for user in users]
    actors, teams, skills, loads = actors_of(users), teams_of(ids), _skills_of(ids), loads_of(ids)
    weights, asked, ended = weights_of(users), who_is_asked(ids), _last_ended(ids)
    seniors = {row.senior_team_id for row in queues if row.senior_team_id}
    limited = _limited_channels()
    crew = {}
    for user in users:
        state, access, own_teams = states[user.pk], access_of(actors[user.pk]), teams.get(user.pk, frozenset())
        idle = max(moment for moment in (state.since, state.last_given_at, ended.get(user.pk)) if moment is not None)
        crew[user.pk] = types.Agent(
            id=user.pk,
            queues=frozenset(access.queue_ids),
            teams=own_teams,
            vendor=user.vendor_id,
            is_senior=bool(own_teams & seniors),
            skills=skills.get(user.pk, {}),
            languages=frozenset(user.spoken_languages) or None,
            channels=_channels(access, own_teams, limited),
            categories=None if access.category_ids is None else frozenset(access.category_ids),
            capacity=WHOLE,
            weights={types.WorkKind(kind): points for kind, points in weights[user.pk].items()},
            load={types.WorkKind(kind): pieces for kind, pieces in loads.get(user.pk, {}).items()},
            idle_since=idle.timestamp(),
            last_given_at=state.last_given_at.timestamp() if state.last_given_at else 0.0,
            is_asked=user.pk in asked,
        )
    return crew


def who_is_asked(user_ids: Collection[int]) -> set[int]:
    """Those of them who have an offer to answer right now, from whomever."""
    open_offers: QuerySet[Assignment] = Assignment.objects.filter(state=AssignmentState.OFFERED, user__in=user_ids)
    return set(open_offers.values_list("user_id", flat=True))


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
    pairs = Team.objects.filter(is_active=True, group__user__in=user_ids).values_list("group__user", "pk")
    found: dict[int, set[int]] = defaultdict(set)
    for user_id, team_id in pairs:
        found[user_id].add(team_id)
    return {user_id: frozenset(teams) for user_id, teams in found.items()}


def _skills_of(user_ids: Collection[int]) -> Mapping[int, dict[str, int]]:
    found: dict[int, dict[str, int]] = defaultdict(dict)
    held = AgentSkill.objects.filter(user__in=user_ids).in_force(now().date())
    for user_id, key, level in held.values_list("user_id", "skill__key", "level"):
        found[user_id][key] = level
    return found


def _last_ended(user_ids: Collection[int]) -> dict[int, datetime]:
    since = now() - IDLE_LOOKS_BACK
    ended = Assignment.objects.filter(user__in=user_ids, ended_at__gte=since).order_by().values_list("user_id")
    return dict(ended.annotate(last=Max("ended_at")))

"""The walk itself: every role asks every address, and no answer holds what it may not see."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from apps.privacy.enums import FieldClass, Mode
from tests.factories.privacy import LensPolicyFactory
from tests.leaks.finding import Finder
from tests.leaks.planted import Group, Planted, Role, Secret, Sight, sight
from tests.leaks.surfaces import EXPORTS, Surface, all_surfaces, statements
from tests.leaks.walking import (
    MASKED,
    Call,
    Route,
    changed_tables,
    comparable,
    everything_of,
    forbidden,
    is_hidden,
    reads_of,
    routes,
    row_changes,
    shown,
    undone,
)
from tests.leaks.world import FULL, World

pytestmark = [pytest.mark.integration, pytest.mark.timeout(300)]

# The newcomer, who sees less than a neighbour by the same rule, listens to sockets only.
WALKERS = tuple(role for role in Role if role is not Role.NEWCOMER)
TOKENS = (Role.AGENT_TOKEN, Role.VENDOR_TOKEN)


@dataclass
class Walk:
    """What one role met."""

    seen: set[Secret] = field(default_factory=set)
    wrong: list[str] = field(default_factory=list)
    calls: int = 0
    opened: set[str] = field(default_factory=set)
    """Routes that answered with 200."""


def walk(world: World, role: Role, surfaces: dict[str, Surface] | None = None, urlconf: str | None = None) -> Walk:
    result, finder, client = Walk(), Finder(world.secrets), world.client(role)
    client.raise_request_exception = False
    listed = all_surfaces() if surfaces is None else surfaces
    for name, route in routes(urlconf).items():
        surface = listed.get(name)
        if surface is None or not surface.reads or not _asks(role, route):
            continue
        hidden: list[tuple[Call, tuple[int, str]]] = []
        absent: tuple[int, str] | None = None
        for call in reads_of(route, surface, world, role):
            before = row_changes()
            with undone():
                response = call.send(client, world)
                answer = comparable(response, call)
                _look(result, finder, role, call, surface, response)
            result.wrong += [f"{role.value}: {call} wrote to {name}" for name in changed_tables(before, row_changes())]
            if call.query != surface.reads[0] or call.htmx != (surface.both and role in MASKED):
                continue
            if call.place.is_absent:
                absent = answer
            elif is_hidden(role, call.place):
                hidden.append((call, answer))
        result.wrong += _unlike_absent(role, hidden, absent)
    return result


def _asks(role: Role, route: Route) -> bool:
    """Tokens speak to the API, people do not, and strangers try both."""
    return role is Role.ANONYMOUS or route.is_api == (role in TOKENS)


def _look(result: Walk, finder: Finder, role: Role, call: Call, surface: Surface, response) -> None:
    result.calls += 1
    status = response.status_code
    if status == 200:
        result.opened.add(call.route.name)
    if status >= 500 or status == 429:
        error = getattr(response, "exc_info", None)
        result.wrong.append(f"{role.value}: {call} answered {status} {error[1] if error else ''!r}")
        return
    if role is Role.ANONYMOUS and not surface.is_public and status not in {302, 401, 403, 404}:
        result.wrong.append(f"anonymous: {call} answered {status}; only what is marked public may")
    kept = response.get("Cache-Control", "")
    if status == 200 and not surface.is_public and "no-store" not in kept:
        result.wrong.append(f"{role.value}: {call} may be kept by a browser after signing out: {kept!r}")
    if "attachment" in response.get("Content-Disposition", "") and call.route.name not in EXPORTS:
        result.wrong.append(f"{call} is a download; list the route in EXPORTS in tests/leaks/surfaces.py")
    finds = finder.find(*everything_of(response))
    result.seen |= {find.secret for find in finds}
    result.wrong += [f"{role.value}: {call} shows {find}" for find in finds if not find.secret.is_open_to(role)]


def _unlike_absent(
    role: Role, hidden: list[tuple[Call, tuple[int, str]]], absent: tuple[int, str] | None
) -> Iterator[str]:
    """What is hidden must be answered as if it were not there."""
    for call, answer in hidden:
        if absent is None:
            yield f"{call.route.name} names hidden things; let its places end with one that is_absent"
        elif answer != absent:
            yield f"{role.value}: {call} answered {answer[0]}, what does not exist answers {absent[0]}: {answer[1][:200]}"


class Walks:
    """Each role walks once, whichever test asks first."""

    def __init__(self) -> None:
        self._done: dict[Role, Walk] = {}

    def of(self, world: World, role: Role) -> Walk:
        if role not in self._done:
            self._done[role] = walk(world, role)
        return self._done[role]


@pytest.fixture(scope="module")
def walks() -> Walks:
    return Walks()


@pytest.mark.parametrize("role", WALKERS, ids=lambda role: role.value)
def test_no_answer_holds_what_the_role_may_not_see(
    world: World, walks: Walks, role: Role, caplog: pytest.LogCaptureFixture, record_property
) -> None:
    with caplog.at_level(logging.INFO):
        done = walks.of(world, role)
    hidden = sum(not secret.is_open_to(role) for secret in world.secrets)
    record_property("walk", f"{role.value}: {done.calls} answers, {hidden} values looked for, {len(done.wrong)} found")
    assert not done.wrong, f"{len(done.wrong)} finds in {done.calls} answers\n" + "\n".join(sorted(set(done.wrong)))
    logged = Finder(world.secrets).find(caplog.text)
    assert not logged, "In the log: " + "\n".join(map(str, logged))


def test_each_customer_carries_twenty_secrets(record_property) -> None:
    planted = {group: [secret for secret in Planted(group).secrets() if secret.is_personal] for group in FULL}
    assert min(map(len, planted.values())) >= 20
    surfaces = all_surfaces()
    record_property("walk", f"{len(surfaces)} addresses, {min(map(len, planted.values()))} personal values a customer")


def test_every_planted_value_is_shown_to_somebody(world: World, walks: Walks) -> None:
    """Else the walk would look for what is nowhere to be found. Of things that are planted alike, one is enough."""
    seen = set().union(*(walks.of(world, role).seen for role in (Role.MANAGER, Role.AGENT, Role.AGENT_TOKEN)))
    finder, desk, api = Finder(world.secrets), world.client(Role.SUPERVISOR), world.client(Role.AGENT_TOKEN)
    for ticket in world.tickets.values():
        seen |= shown(finder, desk.get(f"/desk/tickets/{ticket.number}/", headers={"HX-Request": "true"}))
        seen |= shown(finder, api.get(f"/api/v1/tickets/{ticket.number}/messages/"))
    for place in statements(world):
        seen |= shown(finder, world.client(Role.MANAGER).get(f"/desk/statements/{place.kwargs['pk']}/"))
    planted = {secret.label for secret in world.secrets if any(sight(role, secret.group) is Sight.ALL for role in Role)}
    assert planted == {secret.label for secret in seen if secret.group is not Group.MACHINE}


# Each way to mask, where the most is shown; the walk above is of values that are masked in part.
SHOWING = (
    "workbench:list", "workbench:search", "workbench:ticket", "workbench:ticket-history", "workbench:customers",
    "workbench:customer", "workbench:reveal", "api:tickets", "api:ticket-messages", "api:ticket-history", "api:customers",
    "api:customer", "api:customer-identities", "api:customer-notes", "api:organizations", "api:interactions", "api:events",
)  # fmt: skip


@pytest.mark.parametrize("mode", [Mode.TOKENIZED, Mode.HIDDEN])
def test_every_way_to_mask_hides_at_each_exit(world: World, mode: Mode) -> None:
    role = world.users[Role.VENDOR].role
    assert role is not None
    for field_class in FieldClass:
        LensPolicyFactory(role=role, field_class=field_class, mode=mode)
    finder, there, surfaces, wrong, asked = Finder(world.secrets), routes(), all_surfaces(), [], 0
    for who in (Role.VENDOR, Role.VENDOR_TOKEN):
        client = world.client(who)
        for name in SHOWING:
            if there[name].is_api != (who is Role.VENDOR_TOKEN):
                continue
            for call in reads_of(there[name], surfaces[name], world, who):
                if call.place.group in {None, Group.INSIDE, Group.SELF_EMPLOYED}:
                    with undone():
                        response = call.send(client, world)
                        wrong += [f"{call} shows {find}" for find in forbidden(finder, who, response)]
                    asked += response.status_code == 200
    assert not wrong, "\n".join(wrong)
    assert asked > 20


def test_the_vendor_sees_the_words_of_what_is_inside(world: World, walks: Walks) -> None:
    open_words = {secret for secret in world.secrets if secret.is_open_to(Role.VENDOR)}
    assert open_words
    seen = walks.of(world, Role.VENDOR).seen | walks.of(world, Role.VENDOR_TOKEN).seen
    assert not {str(secret) for secret in open_words - seen}


def test_the_manager_can_open_every_page(world: World, walks: Walks) -> None:
    """Else the walk would find nothing because it came nowhere."""
    surfaces, there = all_surfaces(), routes()
    wanted = {name for name, route in there.items() if not route.is_api and _is_page(name) and surfaces[name].reads}
    reachable = {name for name in wanted if any(surfaces[name].places(world))}
    assert reachable - walks.of(world, Role.MANAGER).opened == NOT_OPENED


def test_the_vendors_manager_comes_to_their_own_pages(world: World, walks: Walks) -> None:
    """Their company's people, figures and statements; what was said of these is shown to them, and not to their agents."""
    done = walks.of(world, Role.VENDOR_MANAGER)
    own = {"outsourcing:people", "outsourcing:person", "outsourcing:person-new"}
    work = {"floor", "scorecards", "scorecard", "scorecard-file", "statements", "statement", "statement-file"}
    assert own | {f"workbench:{name}" for name in work} <= done.opened
    assert not {"outsourcing:people", "workbench:statements"} & walks.of(world, Role.VENDOR).opened
    assert {secret.label for secret in done.seen if secret.group is Group.SETTLED} == {"comment on a statement"}


def _is_page(name: str) -> bool:
    """Of the administration, lists and forms of what may be changed."""
    return "/" not in name and (not name.startswith("admin:") or name.endswith(("_changelist", "_change")))


# Redirections, what opens only between password and code, what takes POST only, what is shown in development only, what is
# the agent's own, what opens to nobody but a customer's own token, to an invited person or to a vendor's manager (who is
# asked for above), chats, which this world has none of, and the way to the house, whose vendor holds no ticket here.
NOT_OPENED = {
    "accounts:entry",
    "accounts:second-factor",
    "accounts:sign-in",
    "accounts:sso",
    "accounts:sso-callback",
    "accounts:sso-connect",
    "accounts:sso-leaving",
    "accounts:sso-proof",
    "admin:tickets_savedview_change",
    "channels:app-file",
    "channels:app-messages",
    "channels:app-privacy",
    "channels:app-session",
    "channels:hook",
    "channels:linked-file",
    "conversation:confirmation",
    "conversation:page",
    "favicon",
    "livechat:frame",
    "livechat:loader",
    "livechat:rating",
    "outsourcing:people",
    "outsourcing:person",
    "outsourcing:person-new",
    "privacy:proof",
    "set_language",
    "start",
    "tickets:upload",
    "workbench:chat-watch",
    "workbench:home",
    "workbench:saved-view",
    "workbench:styleguide",
    "workbench:ticket-hand-over",
    "privacy:choices",
    "privacy:notice",
    "privacy:notice-version",
}

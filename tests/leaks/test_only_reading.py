"""Who may only look changes nothing, whatever they send: known attack 52."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from apps.accounts.models import Role as StaffRole
from tests.leaks.planted import Role
from tests.leaks.surfaces import all_surfaces
from tests.leaks.walking import Call, changed_tables, is_hidden, routes, row_changes, undone
from tests.leaks.world import World
from tests.support.api import token_of

pytestmark = [pytest.mark.integration, pytest.mark.timeout(300)]

LOOKING = ["tickets.view", "customers.view"]
OWN = frozenset(
    {
        "accounts_user",  # language
        "accounts_staffsession",
        "knowledge_snippet",  # private
        "tickets_draft",
        "tickets_draftfile",
        "core_storedfile",
        "tickets_savedview",  # private
        "routing_agentstate",
        "routing_agentstatechange",
        "core_idempotentanswer",
    }
)
"""What everybody keeps for themselves alone."""
LEFT_OUT = frozenset({"channels:check", "workbench:ticket-watch", "api:ticket-watch"})
"""It would knock at servers; and who watched before may stop watching."""


@pytest.fixture
def reader(world: World) -> World:
    """The agent, in the same team, without every permission but looking."""
    user = world.users[Role.AGENT]
    role = StaffRole.objects.create(key="reader", name={"en": "Reader"}, permissions=LOOKING)
    user.role = role
    user.save(update_fields=["role"])
    return replace(world, tokens={Role.AGENT_TOKEN: token_of(user)})


def _writes(world: World, *, is_api: bool) -> Iterator[Call]:
    """Each way to write, on the first thing that the agent sees."""
    for name, route in routes().items():
        surface = all_surfaces().get(name)
        if surface is None or surface.is_public or route.is_admin or route.is_api != is_api or name in LEFT_OUT:
            continue
        seen = (place for place in surface.places(world) if not place.is_absent and not is_hidden(Role.AGENT, place))
        place = next(seen, None)
        for entry in surface.writes if place is not None else ():
            assert place is not None
            yield Call(route, place, method=entry.method, write=entry, htmx=not is_api)


@pytest.mark.parametrize("role", [Role.AGENT, Role.AGENT_TOKEN], ids=lambda role: role.value)
def test_who_may_only_look_changes_nothing(reader: World, role: Role) -> None:
    client, wrong, asked = reader.client(role), [], 0
    client.raise_request_exception = False
    signed_in = client.cookies.copy()
    for call in _writes(reader, is_api=role is Role.AGENT_TOKEN):
        before = row_changes()
        with undone():
            client.cookies = signed_in.copy()
            response = call.send(client, reader)
        asked += 1
        changed = changed_tables(before, row_changes()) - OWN
        wrong += [f"{call} ({response.status_code}) wrote to {table}" for table in sorted(changed)]
        if response.status_code >= 500:
            wrong.append(f"{call} answered {response.status_code}")
    assert not wrong, f"{len(wrong)} of {asked}\n" + "\n".join(wrong)
    assert asked > 40

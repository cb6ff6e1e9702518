"""What is hidden cannot be written to either: the answer is that of a thing that does not exist, and nothing changes.

Every way to write is tried by every role on things inside and outside of its scope; what writing answers is searched
like everything else. Each call is undone.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.leaks.finding import Finder
from tests.leaks.planted import Group, Role
from tests.leaks.surfaces import all_surfaces, form, json
from tests.leaks.walking import (
    REFUSED,
    Call,
    Place,
    Places,
    changed_tables,
    comparable,
    forbidden,
    is_hidden,
    routes,
    row_changes,
    undone,
    writes_of,
)
from tests.leaks.world import World

pytestmark = [pytest.mark.integration, pytest.mark.timeout(300)]

WRITERS = (Role.VENDOR, Role.VENDOR_MANAGER, Role.VENDOR_TOKEN, Role.AGENT_TOKEN, Role.NEIGHBOUR, Role.ANONYMOUS)
# It would knock at servers.
LEFT_OUT = frozenset({"channels:check"})


def calls_of(world: World, role: Role) -> Iterator[Call]:
    surfaces = all_surfaces()
    for name, route in routes().items():
        surface = surfaces.get(name)
        is_token = role in (Role.AGENT_TOKEN, Role.VENDOR_TOKEN)
        if surface is None or name in LEFT_OUT or (route.is_api != is_token and role is not Role.ANONYMOUS):
            continue
        if route.is_admin and role is not Role.VENDOR:
            continue  # of in-house people only the manager enters, and to the manager nothing there is hidden
        shorter = (
            replace(surface, places=_first(surface.places)) if role is Role.ANONYMOUS or route.is_admin else surface
        )
        yield from writes_of(route, shorter, world, role)


def _first(places: Places) -> Places:
    return lambda world: itertools.islice(places(world), 1)


@pytest.mark.parametrize("role", WRITERS, ids=lambda role: role.value)
def test_nothing_hidden_can_be_written_to_or_read_by_writing(world: World, role: Role) -> None:
    finder, wrong, surfaces = Finder(world.secrets), [], all_surfaces()
    client = world.client(role)
    client.raise_request_exception = False
    signed_in = client.cookies.copy()
    for key, group in itertools.groupby(calls_of(world, role), key=lambda call: (call.route.name, id(call.write))):
        answers: list[tuple[Call, tuple[int, str]]] = []
        for call in group:
            before = row_changes()
            with undone():
                # Some of the calls sign out, which the savepoint undoes for the session only.
                client.cookies = signed_in.copy()
                response = call.send(client, world)
                answer = comparable(response, call)
                finds = forbidden(finder, role, response)
            wrong += [f"{role.value}: {call} shows {find}" for find in finds]
            if response.status_code >= 500 or response.status_code == 429:
                error = getattr(response, "exc_info", None)
                wrong.append(f"{role.value}: {call} answered {response.status_code} {error[1] if error else ''!r}")
            is_open = surfaces[key[0]].is_public
            if role is Role.ANONYMOUS and not is_open and response.status_code not in REFUSED | {302}:
                wrong.append(f"anonymous: {call} answered {response.status_code}")
            if call.place.is_absent or is_hidden(role, call.place) or (role is Role.ANONYMOUS and not is_open):
                changed = changed_tables(before, row_changes())
                wrong += [f"{role.value}: {call} wrote to {table}" for table in changed]
                answers.append((call, answer))
        absent = next((answer for call, answer in answers if call.place.is_absent), None)
        for call, answer in answers:
            if is_hidden(role, call.place) and role is not Role.ANONYMOUS and not call.route.is_admin:
                if answer[0] not in REFUSED:
                    wrong.append(f"{role.value}: {call} answered {answer[0]}")
                elif answer != absent:
                    wrong.append(f"{role.value}: {call} answered {answer}, what does not exist {absent}")
    assert not wrong, f"{len(wrong)} finds\n" + "\n".join(sorted(set(wrong)))


# Names of hidden things inside of what is written (bad input 51, 54, 56)


def references(world: World) -> Iterator[tuple[str, Role, str, Place, object, object]]:
    """Route, role, where, what is sent with a hidden thing in it, and the same with a thing that does not exist."""
    inside = Place(Group.INSIDE, {"number": world.tickets[Group.INSIDE].number})
    other_customer = Place(Group.INSIDE, {"customer_id": world.customers[Group.INSIDE].public_id})
    hidden, hidden_queue = world.tickets[Group.ELSEWHERE].number, world.queues["sales"]
    gone_customer = "A" * 22
    vendor, token, agent = Role.VENDOR, Role.VENDOR_TOKEN, Role.AGENT
    yield "workbench:ticket-merge", agent, inside, form({"into": hidden}), form({"into": 990_017})
    yield "workbench:ticket-fields", vendor, inside, form({"queue": hidden_queue.pk}), form({"queue": 990_017})
    yield (
        "workbench:ticket-replies", vendor, inside,
        form({"html": "<p>x</p>", "channel": world.channels["contact-form"].pk}),
        form({"html": "<p>x</p>", "channel": 990_017}),
    )  # fmt: skip
    assert world.agent_upload is not None
    upload = world.agent_upload.public_id
    yield (
        "workbench:ticket-notes",
        vendor,
        inside,
        form({"html": "x", "files": upload}),
        form({"html": "x", "files": "A" * 22}),
    )
    yield (
        "workbench:ticket-new", agent, Place(None),
        form({"kind": "internal", "subject": "x", "text": "x", "client_id": "1",
              "customer": world.customers[Group.ELSEWHERE].public_id}),
        form({"kind": "internal", "subject": "x", "text": "x", "client_id": "1", "customer": gone_customer}),
    )  # fmt: skip
    yield (
        "api:ticket",
        token,
        inside,
        json({"queue": "sales"}, method="patch"),
        json({"queue": "no-such"}, method="patch"),
    )
    yield "api:ticket-merge", Role.AGENT_TOKEN, inside, json({"into": hidden}), json({"into": 990_017})
    yield "api:ticket-links", Role.AGENT_TOKEN, inside, json({"ticket": hidden}), json({"ticket": 990_017})
    yield (
        "api:ticket-messages", token, inside,
        json({"kind": "reply", "text": "x", "channel": "contact-form"}),
        json({"kind": "reply", "text": "x", "channel": "no-such"}),
    )  # fmt: skip
    yield (
        "api:ticket-messages", token, inside,
        json({"kind": "note", "text": "x", "attachments": [upload]}),
        json({"kind": "note", "text": "x", "attachments": ["A" * 22]}),
    )  # fmt: skip
    yield (
        "api:ticket-messages", token, inside,
        json({"kind": "note", "text": "x", "mentions": ["walk-other-vendor"]}),
        json({"kind": "note", "text": "x", "mentions": ["no-such-person-there"]}),
    )  # fmt: skip
    yield (
        "api:ticket-assignment", token, inside,
        json({"assignee": "walk-other-vendor"}, method="put"),
        json({"assignee": "no-such-person-there"}, method="put"),
    )  # fmt: skip
    yield (
        "api:tickets", Role.AGENT_TOKEN, Place(None),
        json({"subject": "x", "customer": world.customers[Group.ELSEWHERE].public_id}),
        json({"subject": "x", "customer": gone_customer}),
    )  # fmt: skip
    yield (
        "api:customer-identities", Role.AGENT_TOKEN, other_customer,
        json({"kind": "email", "value": "someone@example.com", "customer": gone_customer}),
        json({"kind": "email", "value": "someone@example.com", "customer": "B" * 22}),
    )  # fmt: skip


def test_a_hidden_thing_that_is_named_counts_as_one_that_does_not_exist(world: World) -> None:
    there, wrong = routes(), []
    clients = {role: world.client(role) for role in (*WRITERS, Role.AGENT)}
    for name, role, place, with_hidden, with_absent in references(world):
        answers = []
        for entry in (with_hidden, with_absent):
            call, before = (
                Call(there[name], place, entry.method, write=entry, htmx=not there[name].is_api),
                row_changes(),
            )
            with undone():
                response = call.send(clients[role], world)
                answers.append(_without(response, entry.values(world)))
            changed = changed_tables(before, row_changes())
            wrong += [f"{call} wrote to {table}" for table in changed if response.status_code >= 400]
        if answers[0] != answers[1]:
            wrong.append(f"{role.value}: {name} tells {answers[0]} from {answers[1]}")
        if answers[0][0] not in (403, 404, 422, 400) and name != "api:customer-identities":
            wrong.append(f"{role.value}: {name} took a hidden thing: {answers[0]}")
    assert not wrong, "\n".join(wrong)


def _without(response, values: dict) -> tuple[int, str]:
    """The answer without what was sent, which a form shows again."""
    from tests.leaks.walking import body_of, without_changes

    text = body_of(response).decode()
    for value in values.values():
        for each in value if isinstance(value, list) else [value]:
            text = text.replace(str(each), "·") if len(str(each)) > 2 else text
    return response.status_code, without_changes(text)[:20_000]

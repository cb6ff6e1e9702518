"""What is hidden cannot be written to either: the answer is that of a thing that does not exist, and nothing changes.

Every way to write is tried by every role on things inside and outside of its scope; what writing answers is searched
like everything else. Each call is undone.
"""

from __future__ import annotations

import itertools
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace

import pytest
from django.test import Client
from drf_spectacular.generators import SchemaGenerator

from apps.accounts.models import User, Vendor
from tests.factories.accounts import RoleFactory
from tests.leaks.dealings import OTHER_USERNAME
from tests.leaks.finding import Finder
from tests.leaks.planted import Group, Role
from tests.leaks.surfaces import all_surfaces, form, json
from tests.leaks.walking import (
    REFUSED,
    Call,
    Place,
    Places,
    Route,
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
from tests.support.api import token_of

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


# Fields that nobody offered (bad input 67, 69, 70)

COLUMNS = (
    "id", "pk", "password", "role", "is_staff", "is_superuser", "permissions", "groups", "vendor", "vendor_id", "brand_id",
    "account_id", "acts_as_id", "owner_id", "session_epoch", "mask_level", "created", "__class__",
)  # fmt: skip


def test_no_write_of_the_api_takes_a_column(world: World) -> None:
    """Each body that the API takes, with what models have and it does not offer: refused by name, nothing changed."""
    client = Client(headers={"Authorization": f"Bearer {token_of(world.users[Role.MANAGER])}", "Accept-Language": "en"})
    offered, wrong, sent = _offered(), [], 0
    for name, route in routes().items():
        surface = all_surfaces().get(name)
        place = next((each for each in surface.places(world) if not each.is_absent), None) if surface else None
        for entry in surface.writes if surface is not None and place is not None and route.is_api else ():
            body = entry.values(world)
            if entry.sent_as != "json" or not body:
                continue
            extra = {column: 1 for column in COLUMNS if column not in offered[_path_of(route)]}
            call = Call(route, place, entry.method, write=replace(entry, data={**body, **extra}))
            before = row_changes()
            with undone():
                response = call.send(client, world)
            answer = response.json()
            refused = {error["field"] for error in answer.get("errors", ()) if error["code"] == "unknown_field"}
            if response.status_code in REFUSED:
                continue
            sent += 1
            if not extra.keys() <= refused:
                wrong.append(f"{call} took {sorted(extra.keys() - refused)}: {response.status_code} {answer}")
            wrong += [f"{call} wrote to {table}" for table in changed_tables(before, row_changes())]
    assert sent > 30
    assert not wrong, "\n".join(wrong)


def _offered() -> dict[str, set[str]]:
    """What may be sent, by path."""
    document = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]  # drf-spectacular has no types
    found: dict[str, set[str]] = defaultdict(set)
    for path, item in document["paths"].items():
        for operation in item.values():
            shape = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
            component = document["components"]["schemas"].get(shape.get("$ref", "").rpartition("/")[2], {})
            found[path] |= set(component.get("properties", ()))
    return found


def _path_of(route: Route) -> str:
    return "/" + re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", route.pattern)


def test_a_vendors_manager_gives_nobody_more_than_the_form_offers(world: World) -> None:
    """As above, by the form of a person: neither another company, nor the house's pages, nor a password."""
    client, own = world.client(Role.VENDOR_MANAGER), world.users[Role.VENDOR]
    house = RoleFactory(key="manager")
    form_data = {
        "display_name": "Renamed", "email": own.email, "language": "en", "role": house.pk, "is_staff": "on",
        "is_superuser": "on", "vendor": Vendor.objects.get(key="otherline").pk, "password": "walked in here", "groups": "1",
        "username": "walk-other", "session_epoch": "99", "is_active": "",
    }  # fmt: skip
    columns = ("username", "role", "is_staff", "is_superuser", "vendor", "password", "session_epoch", "is_active")
    before = User.objects.filter(pk=own.pk).values(*columns).get()
    for username in (own.username, world.users[Role.VENDOR_MANAGER].username, OTHER_USERNAME, "walk-manager"):
        client.post(f"/desk/our-agents/{username}/profile/", form_data, headers={"HX-Request": "true"})
    assert User.objects.filter(pk=own.pk).values(*columns).get() == before
    assert not User.objects.filter(display_name="Renamed").exclude(vendor=own.vendor).exists()


def _without(response, values: dict) -> tuple[int, str]:
    """The answer without what was sent, which a form shows again."""
    from tests.leaks.walking import body_of, without_changes

    text = body_of(response).decode()
    for value in values.values():
        for each in value if isinstance(value, list) else [value]:
            text = text.replace(str(each), "·") if len(str(each)) > 2 else text
    return response.status_code, without_changes(text)[:20_000]

"""Nothing answers that nobody listed: routes, methods, pages of the administration, sockets, tasks."""

import ast
import inspect
import textwrap

import pytest
from channels.generic.websocket import AsyncJsonWebsocketConsumer

from apps.channels import registry
from apps.channels.connectors.protocol.connector import ProtocolConnector
from apps.channels.connectors.protocol.consumers import COMMANDS, SAY
from contactcenter.celery import app
from contactcenter.routing import public_websocket_urlpatterns, websocket_urlpatterns
from tests.leaks.planted import SIGHT, Group, Role
from tests.leaks.surfaces import ADMIN_MODELS, PUBLIC_SOCKETS, SOCKETS, TASKS, Surface, admin_surfaces, all_surfaces
from tests.leaks.walking import METHODS, Call, Place, Route, routes, undone
from tests.leaks.world import World

pytestmark = pytest.mark.integration

WHERE = "tests/leaks/surfaces.py"


def test_every_address_is_listed() -> None:
    known, there = all_surfaces(), routes()
    missing = sorted(set(there) - set(known))
    advice = [f"{there[name].pattern}: add “{name}” to {_table(there[name])} in {WHERE}" for name in missing]
    assert not missing, "These addresses are not walked.\n" + "\n".join(advice)


def _table(route: Route) -> str:
    if not route.is_admin:
        return "API" if route.is_api else "DESK or OPEN"
    return "ADMIN_MODELS (its model) or ADMIN_PAGES"


def test_no_address_is_listed_that_is_gone() -> None:
    gone = sorted(set(all_surfaces()) - set(routes()))
    # Models of which the administration offers fewer pages.
    gone = [name for name in gone if name not in admin_surfaces()]
    assert not gone, f"Nothing answers there any more; take them out of {WHERE}: {gone}"


def test_every_model_of_the_administration_is_listed() -> None:
    from django.contrib import admin

    there = {model._meta.label_lower for model in admin.site._registry}
    assert there == set(ADMIN_MODELS), f"Put each model, and which of its rows to open, into ADMIN_MODELS in {WHERE}."


def test_every_method_is_listed(world: World) -> None:
    """A view that also takes POST, PUT, PATCH or DELETE says so in the list, so that the walk writes by it."""
    client = world.client(Role.MANAGER)
    client.raise_request_exception = False
    surfaces, wrong = all_surfaces(), []
    for name, route in routes().items():
        surface = surfaces.get(name)
        if surface is None or route.is_admin:
            continue
        told = set(surface.methods) | {entry.method for entry in surface.writes} | ({"get"} if surface.reads else set())
        answers = route.declared_methods
        if answers is None:
            place = _harmless(surface, world)
            answers = set()
            for method in METHODS:
                with undone():
                    response = getattr(client, method)(Call(route, place).path())
                answers |= {method} if response.status_code != 405 else set()
        if answers != told:
            wrong.append(f"{name} answers to {sorted(answers)}, and {WHERE} lists {sorted(told)}")
    assert not wrong, "\n".join(wrong)


def _harmless(surface: Surface, world: World) -> Place:
    """Something that is not there, where the address names something."""
    places = list(surface.places(world))
    return next((place for place in places if place.is_absent), places[0])


def test_every_group_of_values_has_a_line_in_the_table() -> None:
    assert set(SIGHT) == set(Group)


# Sockets


def test_every_socket_is_listed() -> None:
    found = {entry.callback.consumer_class.__name__ for entry in websocket_urlpatterns()}
    assert found == set(SOCKETS), f"Put each consumer with its messages into SOCKETS in {WHERE}."


def test_every_public_socket_is_listed() -> None:
    """What it tells is proved in tests/channels/connectors/app/test_socket.py: its listener's own conversation alone."""
    kinds = (kind for kind in registry.all() if isinstance(kind, ProtocolConnector))
    said = {SAY, *COMMANDS}.union(*(kind.commands for kind in kinds))
    found = {str(entry.pattern): said for entry in public_websocket_urlpatterns()}
    assert found == PUBLIC_SOCKETS, (
        f"Put each socket of customers' clients with its commands into PUBLIC_SOCKETS in {WHERE}."
    )


@pytest.mark.parametrize("entry", websocket_urlpatterns(), ids=lambda entry: entry.callback.consumer_class.__name__)
def test_every_message_of_a_socket_is_listed(entry) -> None:
    consumer = entry.callback.consumer_class
    from_browser, from_layer = SOCKETS[consumer.__name__]
    assert _read_types(consumer) == from_browser, f"Put what the browser may say into SOCKETS in {WHERE}."
    assert _handlers(consumer) == from_layer, f"Put what the channel layer may say into SOCKETS in {WHERE}."


def _handlers(consumer: type) -> set[str]:
    """Methods that the channel layer can call by name: `live.hint` is `live_hint`."""
    inherited = set(dir(AsyncJsonWebsocketConsumer))
    return {
        name
        for name, member in inspect.getmembers(consumer, inspect.iscoroutinefunction)
        if not name.startswith("_") and name not in inherited
    }


def _read_types(consumer: type) -> set[str]:
    """The words that `receive_json` compares a message's type with."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(consumer)))
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare) and "'type'" in ast.unparse(node.left):
            for side in node.comparators:
                found.update(leaf.value for leaf in ast.walk(side) if isinstance(leaf, ast.Constant))
    return found


# Tasks


def test_every_task_is_listed() -> None:
    app.loader.import_default_modules()
    ours = {name for name in app.tasks if not name.startswith("celery.")}
    assert ours == TASKS, f"What a task is given lies in the broker in the clear; list it as TASKS in {WHERE}."

"""The desk's socket says ids and versions, and only of what its listener may see."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from asgiref.testing import ApplicationCommunicator
from channels.layers import get_channel_layer

from apps.accounts.sessions import SessionStore
from apps.core.live import MESSAGE_TYPE, group
from apps.core.models import Event
from apps.tickets.events import TicketColumnsChanged
from apps.tickets.models import Ticket
from apps.tickets.subscribers import hint_screens
from apps.workbench import consumers
from apps.workbench.consumers import DeskConsumer
from tests.leaks.finding import Finder
from tests.leaks.planted import Group, Role
from tests.leaks.surfaces import FRAME
from tests.leaks.world import World

pytestmark = pytest.mark.integration

QUIET = 0.2
"""Seconds without a frame after which nothing more comes."""


class Desk:
    """One open socket."""

    def __init__(self, key: str) -> None:
        scope = {"type": "websocket", "path": "/ws/desk/", "headers": [], "session": SessionStore(key)}
        self.socket = ApplicationCommunicator(DeskConsumer.as_asgi(), scope)

    async def opened(self) -> bool:
        """Whether it stays open: who is not signed in is let in and shown out with a code of our own."""
        await self.socket.send_input({"type": "websocket.connect"})
        answer = await self.socket.receive_output(10)
        return answer["type"] == "websocket.accept" and await self.socket.receive_nothing(QUIET)

    async def say(self, message: object) -> None:
        text = message if isinstance(message, str) else json.dumps(message)
        await self.socket.send_input({"type": "websocket.receive", "text": text})

    async def heard(self) -> list[str]:
        """All frames until nothing more comes."""
        frames: list[str] = []
        while not await self.socket.receive_nothing(QUIET):
            frames.append((await self.socket.receive_output(10)).get("text", ""))
        return frames

    async def until(self, kind: str, pk: int) -> list[str]:
        """All frames up to this one, which must come: a busy machine takes its time."""
        frames = [(await self.socket.receive_output(10))["text"]]
        while (json.loads(frames[-1])["kind"], json.loads(frames[-1])["id"]) != (kind, pk):
            frames.append((await self.socket.receive_output(10))["text"])
        return frames

    async def close(self) -> None:
        await self.socket.send_input({"type": "websocket.disconnect", "code": 1000})
        with suppress(asyncio.CancelledError):
            await self.socket.wait(10)


@pytest.fixture(autouse=True)
def _one_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    """Channels closes a connection that is in a transaction; the world lives in one."""
    monkeypatch.setattr("channels.db.close_old_connections", lambda: None)


def run(work: Callable[[], Awaitable[Any]]) -> Any:
    """On the test's own connection, within its transaction."""
    return async_to_sync(work)()


@pytest.fixture
def hints(world: World, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, dict[str, Any]]]:
    """What the application tells which groups when something happens to every ticket, with more in it than may pass."""
    told: list[tuple[str, dict[str, Any]]] = []

    def note(kind: str, pk: int, version: int, *, groups: Iterable[str], position: int | None = None) -> None:
        hint = {"type": MESSAGE_TYPE, "kind": kind, "id": pk, "version": version, "position": position}
        told.extend((name, {**hint, "group": name, "text": world.secrets[0].text}) for name in sorted(groups))

    monkeypatch.setattr("apps.core.live.hint", note)
    for ticket in world.tickets.values():
        event = TicketColumnsChanged(ticket_id=ticket.pk, columns=("next_due_at",))
        hint_screens(Event(ticket_id=ticket.pk, position=1), event)
    for user in world.users.values():
        note("user", user.pk, 1, groups=[group("user", user.pk)])
    assert len(told) > 20
    return told


async def everything_happens(hints: Iterable[tuple[str, dict[str, Any]]]) -> None:
    layer = get_channel_layer()
    for name, message in hints:
        await layer.group_send(name, message)


async def looks_at_everything(desk: Desk, world: World, visible: set[int]) -> list[str]:
    frames: list[str] = []
    for ticket in world.tickets.values():
        await desk.say({"type": "view", "ticket": ticket.pk})
        if ticket.pk in visible:
            frames += await desk.until("presence", ticket.pk)
        await desk.say({"type": "typing", "ticket": ticket.pk})
    for odd in (
        {"type": "view", "ticket": "%"},
        {"type": "view", "ticket": True},
        {"type": "join", "group": "queue.1"},
        [1],
    ):
        await desk.say(odd)
    await desk.say("{broken")
    return frames + await desk.heard()


@pytest.mark.parametrize(
    "role",
    [Role.VENDOR, Role.VENDOR_MANAGER, Role.AGENT, Role.NEIGHBOUR, Role.NEWCOMER, Role.SUPERVISOR],
    ids=lambda role: role.value,
)
def test_a_socket_tells_ids_of_visible_tickets_only(
    world: World, role: Role, hints: list[tuple[str, dict[str, Any]]]
) -> None:
    key, finder, own = world.session_key(role), Finder(world.secrets), world.users[role].pk
    visible = set(Ticket.objects.visible_to(world.actor(role)).values_list("pk", flat=True))

    async def walk() -> list[str]:
        desk = Desk(key)
        assert await desk.opened()
        frames = await looks_at_everything(desk, world, visible)
        await everything_happens(hints)
        frames += await desk.until("user", own) + await desk.heard()
        await desk.close()
        return frames

    frames = [json.loads(frame) for frame in run(walk)]
    assert frames
    assert all(set(frame) <= FRAME for frame in frames)
    assert not finder.find(json.dumps(frames))
    assert {frame["id"] for frame in frames if frame["kind"] == "ticket"} == visible
    assert {frame["id"] for frame in frames if frame["kind"] == "presence"} == visible
    assert {frame["id"] for frame in frames if frame["kind"] == "user"} == {own}


def test_nobody_listens_without_a_session(world: World) -> None:
    async def knock() -> list[bool]:
        return [await Desk(key).opened() for key in ("", "no-such-session")]

    assert run(knock) == [False, False]


def test_cut_access_reaches_an_open_socket(
    world: World, monkeypatch: pytest.MonkeyPatch, hints: list[tuple[str, dict[str, Any]]]
) -> None:
    """The grant is taken back while the page is open: what happens in the queue is told no more."""
    monkeypatch.setattr(consumers, "RECHECK", 0.0)
    key = world.session_key(Role.VENDOR)
    inside, own = world.tickets[Group.INSIDE], world.users[Role.VENDOR].pk

    async def walk() -> list[str]:
        from channels.db import database_sync_to_async

        desk = Desk(key)
        assert await desk.opened()
        await desk.say({"type": "view", "ticket": inside.pk})
        await desk.until("presence", inside.pk)
        await database_sync_to_async(world.users[Role.VENDOR].groups.clear)()
        await everything_happens(hints)
        frames = await desk.until("user", own)
        await desk.close()
        return frames

    told = [json.loads(frame) for frame in run(walk)]
    assert [frame for frame in told if frame["kind"] == "ticket"] == []

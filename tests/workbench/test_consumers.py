"""The desk's socket: hints for what one may see, nothing else, and nothing after access was cut."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from channels.layers import get_channel_layer
from django.test import Client
from django.urls import reverse

from apps.accounts.models import Look, StaffSession, User
from apps.accounts.services.sessions import end_session
from apps.accounts.sessions import digest_of
from apps.core import clock
from apps.core.actor import person
from apps.core.live import MESSAGE_TYPE, group
from apps.routing.models import DeskConnection
from apps.tickets.models import Queue, QueueGroupObjectPermission, Ticket
from apps.workbench import consumers, presence, watching
from contactcenter.asgi import application
from tests.support.sockets import Wire
from tests.workbench.conftest import Desk

pytestmark = [pytest.mark.integration, pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("grants")]
HINT = {"type": MESSAGE_TYPE, "kind": "ticket", "id": 7, "version": 3, "position": 9}


def socket(client: Client) -> Wire:
    return Wire(application, "/ws/desk/", client)


def run(story: Callable[[], Any]) -> None:
    async_to_sync(story)()


async def tell(name: str, message: dict[str, Any] | None = None) -> None:
    layer = get_channel_layer()
    assert layer is not None
    await layer.group_send(name, {**(message or HINT), "group": name})


async def silent(wire: Wire) -> bool:
    return bool(await wire.receive_nothing(timeout=0.3))


def test_who_is_not_signed_in_is_sent_away() -> None:
    async def story() -> None:
        wire = socket(Client())
        await wire.open()
        assert await wire.hear_close() == consumers.SIGNED_OUT

    run(story)


def test_hints_come_for_granted_queues_only(desk: Desk, agent: User, queue: Queue, other_queue: Queue) -> None:
    client = desk(agent)

    async def story() -> None:
        wire = socket(client)
        await wire.open()
        await tell(group("queue", other_queue.pk))
        assert await silent(wire)
        await tell(group("queue", queue.pk))
        assert await wire.hear() == {"kind": "ticket", "id": 7, "version": 3, "position": 9}
        await wire.close()

    run(story)


def test_cut_access_reaches_an_open_socket(
    desk: Desk, agent: User, queue: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = desk(agent)
    monkeypatch.setattr(consumers, "RECHECK", 0.0)

    async def story() -> None:
        wire = socket(client)
        await wire.open()
        await sync_to_async(QueueGroupObjectPermission.objects.all().delete)()
        await tell(group("user", agent.pk))  # whatever comes next makes the socket look again
        assert await wire.hear()
        await tell(group("queue", queue.pk))
        assert await silent(wire)
        await sync_to_async(User.objects.filter(pk=agent.pk).update)(is_active=False)
        await tell(group("user", agent.pk))
        assert await wire.hear_close() == consumers.SIGNED_OUT

    run(story)


@pytest.mark.parametrize("how", ["ended from elsewhere", "run out", "signed out everywhere"])
def test_a_quiet_socket_closes_soon_after_its_session_is_over(
    desk: Desk, agent: User, queue: Queue, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    monkeypatch.setattr(watching, "EVERY", timedelta(seconds=0.05))
    here, elsewhere = desk(agent), desk(agent)
    row = StaffSession.objects.filter(pk=digest_of(elsewhere.cookies["sessionid"].value))

    def end() -> None:
        if how == "ended from elsewhere":
            end_session(session_id=row.get().pk, by=person(agent))
        elif how == "run out":
            row.update(expire_date=clock.now())
        else:
            User.objects.filter(pk=agent.pk).update(session_epoch=1)

    async def story() -> None:
        kept, ended = socket(here), socket(elsewhere)
        await kept.open()
        await ended.open()
        await sync_to_async(end)()
        assert await ended.hear_close() == consumers.SIGNED_OUT  # nobody said anything to it
        await ended.close()
        if how == "signed out everywhere":
            assert await kept.hear_close() == consumers.SIGNED_OUT
        else:
            await tell(group("queue", queue.pk))
            assert (await kept.hear())["id"] == 7
        await kept.close()

    run(story)


def test_presence_is_told_to_who_sees_the_ticket(
    desk: Desk, agent: User, teammate: User, stranger: User, ticket: Ticket
) -> None:
    one, two, three = desk(agent), desk(teammate), desk(stranger)

    async def story() -> None:
        first, second, outside = socket(one), socket(two), socket(three)
        for wire in (first, second, outside):
            await wire.open()
        await first.say({"type": "view", "ticket": ticket.pk})
        assert (await first.hear())["kind"] == "presence"
        await second.say({"type": "view", "ticket": ticket.pk})
        assert (await first.hear())["id"] == ticket.pk
        await outside.say({"type": "view", "ticket": ticket.pk})
        assert await silent(outside)
        await second.say({"type": "typing", "ticket": ticket.pk})
        assert (await first.hear())["kind"] == "presence"
        seen = await sync_to_async(presence.others)(ticket.pk, agent.pk)
        assert [(person.name, person.is_typing) for person in seen] == [("Tom Teammate", True)]
        await second.close()
        assert (await first.hear())["kind"] == "presence"
        assert await sync_to_async(presence.others)(ticket.pk, agent.pk) == []
        await first.close()
        await outside.close()

    run(story)


def test_who_sees_the_desk_as_somebody_else_is_heard_by_nobody(
    desk: Desk,
    agent: User,
    teammate: User,
    manager: User,
    queue: Queue,
    ticket: Ticket,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """They are told of work, and not of what is for the other alone; nobody is reachable, present or typing by them."""
    monkeypatch.setattr(watching, "EVERY", timedelta(seconds=0.05))
    behind, mate = desk(manager), desk(teammate)
    behind.post(reverse("admin:look", args=[agent.pk]), {"reason": "She hears nothing."})

    async def story() -> None:
        looking, other = socket(behind), socket(mate)
        await looking.open()
        await other.open()
        for message in ({"type": "view"}, {"type": "typing", "mode": "reply"}):
            await looking.say({**message, "ticket": ticket.pk})
        for pk in (agent.pk, manager.pk):
            await tell(group("user", pk))
        await other.say({"type": "view", "ticket": ticket.pk})
        assert (await other.hear())["kind"] == "presence"
        assert (await looking.hear())["kind"] == "presence"  # nothing that was said to either of them came before
        await tell(group("queue", queue.pk))
        assert (await looking.hear())["id"] == 7
        assert (await other.hear())["id"] == 7
        assert await sync_to_async(presence.others)(ticket.pk, None) == [
            presence.Present(teammate.pk, "Tom Teammate", "TT", False)
        ]
        assert await sync_to_async(set)(DeskConnection.objects.values_list("user", flat=True)) == {teammate.pk}
        await sync_to_async(Look.objects.update)(ends_at=clock.now())
        assert await looking.hear_close() == consumers.SHUT_OUT  # nobody said anything to it
        await looking.close()
        await sync_to_async(presence.leave)(ticket.pk, teammate.pk)
        await other.close()

    run(story)


@pytest.mark.parametrize(
    "text", ["nonsense", "[]", "7", '{"type": "view", "ticket": "x"}', '{"type": "view", "ticket": true}', "{}"]
)
def test_nonsense_is_ignored(desk: Desk, agent: User, queue: Queue, text: str) -> None:
    client = desk(agent)

    async def story() -> None:
        wire = socket(client)
        await wire.open()
        await wire.say(text)
        await tell(group("queue", queue.pk))
        assert (await wire.hear())["id"] == 7
        await wire.close()

    run(story)


def test_nonsense_that_nests_too_deep_leaves_the_socket_alive(desk: Desk, agent: User, queue: Queue) -> None:
    client = desk(agent)

    async def story() -> None:
        wire = socket(client)
        await wire.open()
        await wire.say("[" * 1500)
        await tell(group("queue", queue.pk))
        assert await wire.hear() == {"kind": "ticket", "id": 7, "version": 3, "position": 9}
        await wire.close()

    run(story)

"""The desk's socket. It carries hints down (kind, id, version, position) and "I look", "I type" up; never data.

Who may hear what is decided by the same scope as pages. It is asked again before a hint passes whenever the last answer is
older than `RECHECK`, so that cut access reaches open sockets without asking for the idle ones. Those of a session that has
ended are closed although nothing is said to them (`watching`).
"""

from __future__ import annotations

import time
from importlib import import_module
from typing import Any
from uuid import UUID

from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncJsonWebsocketConsumer
from django.conf import settings
from django.contrib.auth import get_user
from django.http import HttpRequest

from apps.accounts.access import access_of
from apps.accounts.looking import session_actor
from apps.accounts.models import User
from apps.accounts.rules import comes_from_allowed_place
from apps.accounts.sessions import digest_of
from apps.core.actor import Actor, Face
from apps.core.live import ACCESS, MESSAGE_TYPE, group
from apps.core.permissions import may
from apps.livechat.services.typing import agent_types
from apps.routing.groups import heard_by
from apps.tickets.groups import work_groups
from apps.tickets.models import Queue, Ticket
from apps.workbench import presence
from apps.workbench.connections import close_desk, open_desk
from apps.workbench.watching import unwatch, watch

SIGNED_OUT = 4401
SHUT_OUT = 4403
"""The page shows what its reader may not see any more, and has to go."""
RECHECK = 5.0
MAX_FRAME = 2_000


class DeskConsumer(AsyncJsonWebsocketConsumer):
    user_id: int = 0
    joined: frozenset[str] = frozenset()
    viewing: int | None = None
    checked: float = 0.0
    desk: UUID | None = None
    is_over: bool = False
    eyes: str = ""
    """Who looks, and as whom (`Actor.key`)."""
    shows_others: bool = False
    """The page was seen with other eyes than the session has now, and has to come again."""
    doer_id: int = 0
    is_behind: bool = False
    reads_only: bool = False

    async def connect(self) -> None:
        is_welcome = await self._recheck()
        # Accepted in any case: a refused handshake would not tell the page why, and it would knock again.
        await self.accept()
        if is_welcome:
            if not self.is_behind:  # who sees the desk as somebody else makes nobody reachable
                self.desk = await open_desk(self.user_id)
            watch(digest_of(self.scope["session"].session_key or ""), self._look_again)
        else:
            await self.close(SIGNED_OUT)

    async def disconnect(self, code: int) -> None:
        unwatch(self._look_again)
        if self.desk is not None:
            await close_desk(self.desk)
        await self._stop_viewing()
        for name in self.joined:
            await self.channel_layer.group_discard(name, self.channel_name)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None, **kwargs: Any) -> None:
        if text_data is None or len(text_data) > MAX_FRAME:
            await self.close(1009)
            return
        await super().receive(text_data=text_data, **kwargs)

    @classmethod
    async def decode_json(cls, text_data: str) -> Any:
        try:
            return await super().decode_json(text_data)
        except (ValueError, RecursionError):
            return None

    async def receive_json(self, content: Any, **kwargs: Any) -> None:
        if not isinstance(content, dict) or not await self._is_current():
            return
        ticket_id = content.get("ticket")
        if not isinstance(ticket_id, int) or isinstance(ticket_id, bool) or ticket_id >= 2**63:
            ticket_id = None
        if content.get("type") == "view":
            await self._view(ticket_id, is_quiet=content.get("quiet") is True)
        elif self.reads_only:  # that somebody types is shown to others
            return
        elif content.get("type") == "typing" and ticket_id is not None and ticket_id == self.viewing:
            await self._type(ticket_id, is_reply=content.get("mode") == "reply")

    async def live_hint(self, event: dict[str, Any]) -> None:
        """Passes what its group may still hear: the look at the grants may have cut this very group."""
        if event.get("kind") == ACCESS:
            self.checked = float("-inf")
        if await self._is_current(SHUT_OUT if event.get("kind") == ACCESS else SIGNED_OUT) and self._hears(
            event.get("group", "")
        ):
            await self.send_json({key: event.get(key) for key in ("kind", "id", "version", "position")})

    def _hears(self, name: str) -> bool:
        """Who sees the desk as somebody else is told of work, and not what is told to either of them."""
        if self.is_behind and name in self._own_groups():
            return False
        return name in self.joined or (self.viewing is not None and name == group("ticket", self.viewing))

    async def _view(self, ticket_id: int | None, *, is_quiet: bool) -> None:
        """Who supervises may look without being shown, and who sees the desk as somebody else always does."""
        if ticket_id != self.viewing:
            await self._stop_viewing()
        if ticket_id is None or not await self._sees(ticket_id):
            return
        if self.viewing is None:
            self.viewing = ticket_id
            await self.channel_layer.group_add(group("ticket", ticket_id), self.channel_name)
        if self.is_behind or (is_quiet and await self._supervises()):
            return
        if await database_sync_to_async(presence.enter)(ticket_id, self.user_id):
            await self._tell_presence(ticket_id)

    async def _type(self, ticket_id: int, *, is_reply: bool) -> None:
        if await database_sync_to_async(presence.enter)(ticket_id, self.user_id, is_typing=True):
            await self._tell_presence(ticket_id)
            if is_reply:  # a note is nothing that a visitor could expect
                await database_sync_to_async(agent_types)(ticket_id)

    async def _stop_viewing(self) -> None:
        ticket_id, self.viewing = self.viewing, None
        if ticket_id is None:
            return
        await self.channel_layer.group_discard(group("ticket", ticket_id), self.channel_name)
        if self.is_behind:
            return
        await database_sync_to_async(presence.leave)(ticket_id, self.user_id)
        await self._tell_presence(ticket_id)

    async def _tell_presence(self, ticket_id: int) -> None:
        name = group("ticket", ticket_id)
        message = {"type": MESSAGE_TYPE, "kind": "presence", "id": ticket_id, "version": None, "position": None}
        await self.channel_layer.group_send(name, {**message, "group": name})

    async def _is_current(self, code: int = SIGNED_OUT) -> bool:
        if time.monotonic() - self.checked < RECHECK:
            return True
        if await self._recheck():
            return True
        if not self.is_over:
            self.is_over = True
            await self.close(SHUT_OUT if self.shows_others else code)
        return False

    async def _look_again(self) -> None:
        self.checked = float("-inf")
        await self._is_current()

    async def _recheck(self) -> bool:
        allowed = await self._allowed_groups()
        if allowed is None:
            return False
        for name in self.joined - allowed:
            await self.channel_layer.group_discard(name, self.channel_name)
        for name in allowed - self.joined:
            await self.channel_layer.group_add(name, self.channel_name)
        self.joined = allowed
        if self.viewing is not None and not await self._sees(self.viewing):
            await self._stop_viewing()
        self.checked = time.monotonic()
        return True

    @database_sync_to_async
    def _allowed_groups(self) -> frozenset[str] | None:
        """The groups of the session's user now; None when the session has ended."""
        actor = self._actor()
        if actor is None:
            return None
        if self.eyes not in ("", actor.key):
            self.shows_others = True
            return None
        self.eyes, self.user_id, self.doer_id = actor.key, actor.user_id or 0, actor.doer_id or 0
        self.is_behind, self.reads_only = actor.behind is not None, actor.reads_only
        queues = Queue.objects.visible_to(actor).only("pk")
        return self._own_groups() | {*work_groups(access_of(actor), queues), *heard_by(actor)}

    def _own_groups(self) -> frozenset[str]:
        """What is taken away from either is heard by both."""
        return frozenset(group("user", pk) for pk in (self.user_id, self.doer_id))

    @database_sync_to_async
    def _sees(self, ticket_id: int) -> bool:
        actor = self._actor()
        return actor is not None and Ticket.objects.visible_to(actor).filter(pk=ticket_id).exists()

    @database_sync_to_async
    def _supervises(self) -> bool:
        actor = self._actor()
        return actor is not None and may(actor, "routing.supervise")

    def _actor(self) -> Actor | None:
        """Read anew from the session row, as a request would: password, role and account may have changed."""
        session = self.scope.get("session")
        key = getattr(session, "session_key", None)
        if not key:
            return None
        request = HttpRequest()
        request.session = import_module(settings.SESSION_ENGINE).SessionStore(key)
        user = get_user(request)
        if not isinstance(user, User) or not comes_from_allowed_place(user, self._ip()):
            return None
        actor = session_actor(session=request.session, user=user, face=Face.DESK)
        return actor if "tickets.view" in actor.permissions else None

    def _ip(self) -> str:
        host, _port = self.scope.get("client") or ("", 0)
        return str(host)

"""A socket client inside the process. (channels.testing asks for a server we do not install.)"""

from __future__ import annotations

import json
from typing import Any

from asgiref.testing import ApplicationCommunicator
from django.test import Client

# An answer comes at once; only a machine that is busy with something else takes its time.
LIMIT = 60.0


class Wire(ApplicationCommunicator):  # type: ignore[misc]  # asgiref ships no types for its test client
    def __init__(self, application: Any, path: str, client: Client) -> None:
        cookies = "; ".join(f"{name}={morsel.value}" for name, morsel in client.cookies.items())
        headers = [(b"cookie", cookies.encode()), (b"origin", b"http://localhost"), (b"host", b"localhost")]
        scope = {"type": "websocket", "path": path, "query_string": b"", "headers": headers, "subprotocols": []}
        super().__init__(application, scope)

    async def open(self) -> None:
        await self.send_input({"type": "websocket.connect"})
        answer = await self.receive_output(timeout=LIMIT)
        assert answer["type"] == "websocket.accept", answer

    async def say(self, message: Any) -> None:
        text = message if isinstance(message, str) else json.dumps(message)
        await self.send_input({"type": "websocket.receive", "text": text})

    async def hear(self) -> Any:
        frame = await self.receive_output(timeout=LIMIT)
        assert frame["type"] == "websocket.send", frame
        return json.loads(frame["text"])

    async def hear_close(self) -> int:
        frame = await self.receive_output(timeout=LIMIT)
        assert frame["type"] == "websocket.close", frame
        return int(frame["code"])

    async def close(self) -> None:
        await self.send_input({"type": "websocket.disconnect", "code": 1000})
        await self.wait(timeout=LIMIT)

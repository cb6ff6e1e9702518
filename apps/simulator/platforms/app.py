"""The company's own app on its users' phones. It is a client of the protocol in `docs/api/app-protocol.md`, written from that
page alone; the app's backend, which signs, is played as well.

It asks for news when somebody looks at the phone. While nobody does, the user is away.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import http.client
import json
import threading
import time
import uuid
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote, urlsplit

from apps.simulator.courier import post
from apps.simulator.platform import Platform
from apps.simulator.shapes import Answer, Call, File, Line, Person, Push, Request

TOKEN_SECONDS: Final = 600


class App(Platform):
    kind = "app"
    names = ("自有 App", "Own app")
    people = (
        Person("lh-20417", "秦朗", "App 里显示已签收，可我还没收到货。", "找到了，在物业那里，谢谢！"),
        Person("lh-20933", "Mia Berg", "The voucher code does not work at checkout.", "It works now. Thanks!"),
    )
    retries = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0)
    takes_files = True

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self._known: dict[str, int] = {}
        """How far each user's phone has read."""
        self._own: set[str] = set()
        """Client message ids of this run."""
        self._asking = threading.Lock()

    @classmethod
    def demo_settings(cls, api_base: str) -> dict[str, Any]:
        return {}

    @classmethod
    def demo_secrets(cls) -> dict[str, Any]:
        return {"secret": "demo-app-secret-that-everybody-may-know"}

    @classmethod
    def is_played_for(cls, settings: Mapping[str, Any], secrets: Mapping[str, Any], url: str) -> bool:
        """The installation calls no app, so no address tells; the demo's own secret does."""
        return bool(secrets.get("secret") == cls.demo_secrets()["secret"])

    # --- The app's backend -------------------------------------------------------------------------------------------

    def token(self, person: str) -> str:
        key, settings = self.account.key, self.account.settings
        head = _encoded({"alg": "HS256", "typ": "JWT"})
        body = _encoded(
            {
                "iss": settings.get("issuer") or key,
                "aud": key,
                "sub": person,
                "name": self.person(person).name,
                "exp": int(time.time()) + TOKEN_SECONDS,
            }
        )
        secret = str(self.account.secrets.get("secret", "")).encode()
        mac = hmac.new(secret, f"{head}.{body}".encode(), hashlib.sha256).digest()
        return f"{head}.{body}.{_base64url(mac)}"

    # --- Customers write ---------------------------------------------------------------------------------------------

    def message(self, line: Line) -> Push:
        """The id is fixed before the first attempt, so that an attempt whose answer got lost may be repeated."""
        name = str(uuid.uuid4())
        self._own.add(name)
        file = self.file(line.file_id) if line.file_id else None
        body: dict[str, Any] = {"client_message_id": name, "text": line.text, "context": {"app": "3.2.1"}}
        if file is not None:
            body["attachments"] = [self._upload(line.person, file)]
        return Push(lambda: self._request(line.person, "messages/", body))

    def _upload(self, person: str, file: File) -> str:
        headers = {"Content-Type": file.content_type, "X-File-Name": quote(file.name)}
        answer = self._ask(self._request(person, "files/", file.content, headers))
        return str((answer or {}).get("id", ""))

    # --- The company answers -----------------------------------------------------------------------------------------

    def conversation(self, person: str) -> list[Line]:
        """Looking at the phone is what makes it ask."""
        with self._asking:
            self._catch_up(person)
        return super().conversation(person)

    def answer(self, call: Call) -> Answer:
        return Answer(404, b"nobody calls an app", "text/plain")

    def _catch_up(self, person: str) -> None:
        """What came since, page by page; then says that it was read."""
        before = self._known.get(person, 0)
        page: dict[str, Any] = {"has_more": True}
        while page.get("has_more"):
            after = self._known.get(person, 0)
            page = self._ask(self._request(person, f"messages/?after={after}")) or {}
            for message in page.get("messages", ()):
                self._show(person, message)
                self._known[person] = message["sequence"]
        if self._known.get(person, 0) > before:
            self._ask(self._request(person, "receipts/", {"read": self._known[person]}))

    def _show(self, person: str, message: Mapping[str, Any]) -> None:
        """Own messages are here already, unless they were written before this run."""
        if message["sender"] != "customer":
            line = self.deliver(person, message["text"], state="delivered")
        elif message["client_message_id"] not in self._own:
            line = self._add_line(person, message["text"], is_own=True, state="taken", file_id="")
        else:
            return
        line.file_name = ", ".join(attachment["name"] for attachment in message["attachments"])

    # --- Requests ----------------------------------------------------------------------------------------------------

    def _request(self, person: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None) -> Request:
        hook = urlsplit(self.account.hook)
        return Request(
            f"{hook.scheme}://{hook.netloc}/app/v1/{self.account.key}/{path}",
            body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode(),
            {"Authorization": f"Bearer {self.token(person)}", "Content-Type": "application/json", **(headers or {})},
            "GET" if body is None else "POST",
        )

    def _ask(self, request: Request) -> dict[str, Any] | None:
        """None where nothing useful was answered: the phone asks again when it is looked at again."""
        try:
            status, body = post(request, timeout=self.timeout)
        except (OSError, http.client.HTTPException):
            return None
        if not 200 <= status < 300:
            return None
        answer: dict[str, Any] = json.loads(body)
        return answer


def _encoded(document: Any) -> str:
    return _base64url(json.dumps(document, separators=(",", ":")).encode())


def _base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()

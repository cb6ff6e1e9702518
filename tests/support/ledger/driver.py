"""Sends inputs until they are acknowledged, and keeps a ledger of what was.

Each input carries a token of its own. The driver behaves like a platform: what is not acknowledged is sent again,
and now and then something that was acknowledged is sent again too.
"""

from __future__ import annotations

import http.client
import json
import random
import re
import smtplib
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from email.message import EmailMessage

TRANSIENT = (OSError, http.client.HTTPException, smtplib.SMTPException, urllib.error.URLError)
LONGEST = 3
"""Times as long as asked for, where a slow machine takes little in."""

TOKEN = re.compile(r'name="token" value="([^"]+)"')


@dataclass
class Ledger:
    """Acknowledged tokens by conversation, in the order of their acknowledgement."""

    inputs: dict[str, list[str]] = field(default_factory=dict)
    replies: dict[str, str] = field(default_factory=dict)
    """Token of an agent's reply → the customer's address it was for."""
    resent: int = 0
    retries: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def acknowledged(self, conversation: str, token: str) -> None:
        with self.lock:
            self.inputs.setdefault(conversation, []).append(token)

    @property
    def count(self) -> int:
        return sum(len(tokens) for tokens in self.inputs.values())


class NotAcknowledged(Exception):
    """The other side did not say that it has the input."""


@dataclass
class Driver:
    url: str
    smtp_port: int
    token: str
    seed: int
    ledger: Ledger = field(default_factory=Ledger)
    stop: threading.Event = field(default_factory=threading.Event)

    def run(self, seconds: float, conversations: int, is_enough: Callable[[], bool]) -> None:
        """Drives all kinds of input for so long, and on a slow machine longer; returns when every thread has ended."""
        jobs: list[Callable[[random.Random, str], None]] = [self.mail_thread, self.api_thread, self.form_visits]
        with ThreadPoolExecutor(len(jobs) * conversations + 1) as pool:
            running = [
                pool.submit(job, random.Random(f"{self.seed}/{job.__name__}/{number}"), f"{job.__name__}{number}")
                for job in jobs
                for number in range(conversations)
            ]
            running.append(pool.submit(self.agent, random.Random(f"{self.seed}/agent")))
            wait(running, timeout=seconds, return_when=FIRST_EXCEPTION)
            last = time.monotonic() + seconds * (LONGEST - 1)
            while not is_enough() and time.monotonic() < last and not any(future.done() for future in running):
                self.stop.wait(1)
            self.stop.set()
        for future in running:
            future.result()

    # --- Kinds of input -----------------------------------------------------------------------------------------

    def mail_thread(self, rng: random.Random, name: str) -> None:
        """A customer who keeps answering on one mail thread."""
        first = ""
        sent: list[EmailMessage] = []
        for number in range(10_000):
            if self.stop.is_set():
                return
            token = f"tok{name}n{number}x"
            mail = EmailMessage()
            mail["From"] = f"Ledger <{name.replace('_', '')}@example.org>"
            mail["To"] = "support@lindenhaus.example"
            mail["Subject"] = f"Ledger {name}"
            mail["Message-ID"] = f"<{token}@example.org>"
            if first:
                mail["In-Reply-To"] = first
                mail["References"] = first
            first = first or mail["Message-ID"]
            mail.set_content(f"Hello, this is {token}.")
            self.until_taken(lambda mail=mail: self._smtp(mail))  # type: ignore[misc]
            self.ledger.acknowledged(name, token)
            sent.append(mail)
            if rng.random() < 0.15:
                again = rng.choice(sent)
                self.until_taken(lambda again=again: self._smtp(again))  # type: ignore[misc]
                self.ledger.resent += 1
            self.stop.wait(rng.uniform(0.2, 1.0))

    def api_thread(self, rng: random.Random, name: str) -> None:
        """An app that passes a conversation on."""
        sent: list[dict[str, object]] = []
        for number in range(10_000):
            if self.stop.is_set():
                return
            token = f"tok{name}n{number}x"
            body: dict[str, object] = {
                "sender": {"kind": "email", "value": f"{name.replace('_', '')}@example.net", "name": "Ledger"},
                "conversation": name,
                "message_id": token,
                "text": f"Hello, this is {token}.",
            }
            self.until_taken(lambda body=body: self._inbound(body))  # type: ignore[misc]
            self.ledger.acknowledged(name, token)
            sent.append(body)
            if rng.random() < 0.15:
                again = rng.choice(sent)
                self.until_taken(lambda again=again: self._inbound(again))  # type: ignore[misc]
                self.ledger.resent += 1
            self.stop.wait(rng.uniform(0.1, 0.6))

    def form_visits(self, rng: random.Random, name: str) -> None:
        """Visitors who fill the form in; some press twice."""
        for number in range(10_000):
            if self.stop.is_set():
                return
            token = f"tok{name}n{number}x"
            page: list[str] = []
            self.until_taken(lambda page=page: page.append(self._open_form()))  # type: ignore[misc]
            values = {
                "name": "Ledger",
                "email": f"{name.replace('_', '')}.{number}@example.com",
                "subject": f"Ledger {name}",
                "message": f"Hello, this is {token}.",
                "token": page[-1],
            }
            self.until_taken(lambda values=values: self._submit(values))  # type: ignore[misc]
            self.ledger.acknowledged(f"{name}.{number}", token)
            if rng.random() < 0.3:
                self.until_taken(lambda values=values: self._submit(values))  # type: ignore[misc]
                self.ledger.resent += 1
            self.stop.wait(rng.uniform(0.3, 1.2))

    def agent(self, rng: random.Random) -> None:
        """Answers some mail tickets through the API, each answer with an Idempotency-Key."""
        answered: set[int] = set()
        while not self.stop.is_set():
            self.stop.wait(rng.uniform(0.4, 1.0))
            try:
                tickets = self._api("GET", "/api/v1/tickets/?channel=support-mail")["results"]
            except (*TRANSIENT, NotAcknowledged):
                continue
            waiting = [ticket["number"] for ticket in tickets if len(answered) < 400]
            if not waiting:
                continue
            number = rng.choice(waiting)
            token = f"ans{number}n{len(answered)}x"
            body = {"kind": "reply", "html": f"<p>Our answer {token}.</p>"}
            self.until_taken(
                lambda number=number, body=body, token=token: self._api(  # type: ignore[misc]
                    "POST", f"/api/v1/tickets/{number}/messages/", body, key=token
                )
            )
            answered.add(len(answered))
            self.ledger.replies[token] = str(number)

    # --- On the wire --------------------------------------------------------------------------------------------

    def until_taken(self, send: Callable[[], object]) -> None:
        """Like a platform: again and again until it is acknowledged, for two minutes at most."""
        deadline = time.monotonic() + 120
        while True:
            try:
                send()
                return
            except (*TRANSIENT, NotAcknowledged) as error:
                if time.monotonic() > deadline:
                    raise AssertionError("never acknowledged") from error
                with self.ledger.lock:
                    self.ledger.retries += 1
                time.sleep(0.3)

    def _smtp(self, mail: EmailMessage) -> None:
        with smtplib.SMTP("127.0.0.1", self.smtp_port, timeout=10) as server:
            server.send_message(mail)

    def _inbound(self, body: dict[str, object]) -> None:
        self._api("POST", "/api/v1/channels/partner-api/messages/", body)

    def _api(self, method: str, path: str, body: dict[str, object] | None = None, key: str = "") -> dict[str, object]:
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        if key:
            headers["Idempotency-Key"] = key
        data = json.dumps(body).encode() if body is not None else None
        request = urllib.request.Request(self.url + path, data=data, headers=headers, method=method)
        return dict(json.loads(self._answer(request)))

    def _open_form(self) -> str:
        found = TOKEN.search(self._answer(urllib.request.Request(f"{self.url}/forms/contact-form/?lang=en")))
        if found is None:
            raise NotAcknowledged("the form has no token")
        return found[1]

    def _submit(self, values: dict[str, str]) -> None:
        data = urllib.parse.urlencode(values).encode()
        request = urllib.request.Request(f"{self.url}/forms/contact-form/?lang=en", data=data)
        with self._open(request) as response:
            if "/received/" not in response.url:
                raise NotAcknowledged(f"the form answered {response.status}")

    def _answer(self, request: urllib.request.Request) -> str:
        with self._open(request) as response:
            return str(response.read().decode())

    def _open(self, request: urllib.request.Request) -> http.client.HTTPResponse:
        try:
            response: http.client.HTTPResponse = urllib.request.urlopen(request, timeout=10)
        except urllib.error.HTTPError as error:
            if error.code in {409, 425, 429} or error.code >= 500:
                raise NotAcknowledged(f"{request.full_url} answered {error.code}") from error
            raise AssertionError(f"{request.full_url} answered {error.code}: {error.read()[:500]!r}") from error
        return response

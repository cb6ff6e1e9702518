"""A mailbox in memory behind the calls of IMAPClient, for what no real server does on demand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from imapclient.exceptions import IMAPClientAbortError, IMAPClientError


class Killed(BaseException):
    """Stands for a process killed at that line: nothing catches it."""


@dataclass
class FakeImap:
    mails: dict[int, bytes] = field(default_factory=dict)
    uid_validity: int = 7
    uid_next: int = 1
    seen: set[int] = field(default_factory=set)
    moved: list[int] = field(default_factory=list)
    broken: set[int] = field(default_factory=set)
    """UIDs the server refuses to hand out."""
    dies_at: str = ""
    calls: list[str] = field(default_factory=list)
    capabilities: set[str] = field(default_factory=lambda: {"MOVE", "IDLE"})
    folders: dict[str, list[bytes]] = field(default_factory=dict)

    def add(self, raw: bytes) -> int:
        uid = self.uid_next
        self.mails[uid] = raw
        self.uid_next += 1
        return uid

    def renumber(self, uid_validity: int, start: int = 1) -> None:
        """The mailbox was restored elsewhere: same mails, other numbers."""
        mails = list(self.mails.values())
        self.uid_validity = uid_validity
        self.mails = dict(enumerate(mails, start))
        self.uid_next = start + len(mails)

    def _step(self, name: str) -> None:
        self.calls.append(name)
        if self.dies_at == name:
            raise Killed(name)
        if self.dies_at == f"lost:{name}":
            raise IMAPClientAbortError("connection lost")

    def select_folder(self, folder: str, readonly: bool = False) -> dict[bytes, Any]:
        self._step("select")
        return {b"UIDVALIDITY": [self.uid_validity], b"UIDNEXT": self.uid_next, b"EXISTS": len(self.mails)}

    def search(self, criteria: Sequence[Any], charset: str | None = None) -> list[int]:
        self._step("search")
        if criteria[0] == "HEADER":
            return [1] if any(str(criteria[2]).encode() in raw for raw in self.folders.get("Sent", [])) else []
        if criteria[0] != "UID":
            return list(self.mails)
        first = int(str(criteria[1]).partition(":")[0])
        newest = max(self.mails, default=0)
        return [uid for uid in self.mails if uid >= first] or ([newest] if newest else [])

    def fetch(self, messages: Sequence[int], data: Sequence[str]) -> dict[int, dict[bytes, Any]]:
        self._step("sizes" if "RFC822.SIZE" in data else "bodies")
        found: dict[int, dict[bytes, Any]] = {}
        for uid in messages:
            if uid not in self.mails:
                continue
            raw = self.mails[uid]
            if uid in self.broken and "RFC822.SIZE" not in data:
                raise IMAPClientError("cannot read message")
            found[uid] = {b"RFC822.SIZE": len(raw), b"INTERNALDATE": datetime(2025, 11, 21, tzinfo=UTC)}
            if "BODY.PEEK[]" in data:
                found[uid][b"BODY[]"] = raw
            if "BODY.PEEK[HEADER]" in data:
                head, blank, body = raw.partition(b"\r\n\r\n")
                found[uid] |= {b"BODY[HEADER]": head + blank, b"BODY[TEXT]<0>": body[:65536]}
        return found

    def add_flags(self, messages: Sequence[int], flags: Sequence[bytes], silent: bool = False) -> None:
        self._step("flag")
        self.seen |= set(messages)

    def move(self, messages: Sequence[int], folder: str) -> None:
        self._step("move")
        for uid in messages:
            self.moved.append(uid)
            self.mails.pop(uid, None)

    def has_capability(self, capability: str) -> bool:
        return capability in self.capabilities

    def folder_exists(self, folder: str) -> bool:
        return folder in self.folders

    def idle(self) -> None:
        self._step("idle")

    def idle_done(self) -> None:
        pass

    def was_told_of_mail(self) -> bool:
        return False

    def hears(self, seconds: float) -> bool:
        return True

    def noop(self) -> None:
        pass

    def logout(self) -> None:
        pass

    def shutdown(self) -> None:
        pass

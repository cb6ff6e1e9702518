"""What passes between a platform that is played, its customers and the installation."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl


@dataclass(frozen=True, slots=True)
class Account:
    """One channel of the installation as its platform knows it: what was agreed on the platform's console."""

    key: str
    kind: str
    hook: str
    """Where the platform calls us."""
    settings: Mapping[str, Any] = field(default_factory=dict)
    secrets: Mapping[str, Any] = field(default_factory=dict)
    is_quiet: bool = True
    """Whether nobody ever wrote on it."""


@dataclass(frozen=True, slots=True)
class Person:
    """A customer who does not exist. `id` is what the platform calls them."""

    id: str
    name: str
    opening: str
    """What they write first."""
    thanks: str
    """What they say once they are answered."""
    post: str = ""
    """Under which post they write first; "" for who writes to the company alone."""


@dataclass(frozen=True, slots=True)
class File:
    name: str
    content_type: str
    content: bytes


@dataclass(slots=True)
class Line:
    """One message of a conversation. `state` is what became of it, as the platform sees it."""

    number: int
    person: str
    text: str
    at: datetime
    is_own: bool
    """Whether the customer wrote it."""
    state: str = ""
    file_id: str = ""
    file_name: str = ""
    post: str = ""
    """Under which post everybody reads it; "" for what was said in private."""

    def as_dict(self) -> dict[str, Any]:
        return {
            "number": self.number,
            "person": self.person,
            "text": self.text,
            "at": self.at.isoformat(),
            "is_own": self.is_own,
            "state": self.state,
            "file_name": self.file_name,
            "post": self.post,
        }


@dataclass(frozen=True, slots=True)
class Call:
    """A request, ours or theirs. `path` is without the account; `headers` have small letters."""

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    def json(self) -> Any:
        """None for what is no JSON."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None

    def form(self) -> dict[str, str]:
        return dict(parse_qsl(self.body.decode(), keep_blank_values=True))


@dataclass(frozen=True, slots=True)
class Answer:
    status: int = 200
    body: bytes = b""
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, document: Any, status: int = 200) -> Answer:
        return cls(status, json.dumps(document, ensure_ascii=False).encode())

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True, slots=True)
class Request:
    """A call to the installation, complete with its signature."""

    url: str
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    method: str = "POST"


@dataclass(frozen=True, slots=True)
class Push:
    """Something a platform tells the installation. `make` signs each attempt anew, as platforms do."""

    make: Callable[[], Request]
    done: Callable[[str], None] = lambda outcome: None
    """Hears "taken", or why not."""

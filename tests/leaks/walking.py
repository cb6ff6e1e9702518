"""The machinery of the walk: which addresses there are, how each is called, and what an answer consists of."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from tests.leaks.finding import Find, Finder
from tests.leaks.planted import Group, Role, Secret, Sight, sight
from tests.leaks.world import World

METHODS = ("get", "post", "put", "patch", "delete")
REFUSED = frozenset({401, 403, 404})
MASKED = frozenset({Role.VENDOR, Role.VENDOR_TOKEN})
"""Who is shown personal data masked: they are asked everything, for every place can be masked in its own wrong way."""
ABSENT_NUMBER = 990_017

# What may differ between two equal answers: tokens of forms, nonces, ids of requests, seconds that are left.
_CHANGING = re.compile(
    r'name="csrfmiddlewaretoken" value="[^"]+"|nonce[-=]["\']?[A-Za-z0-9+/=_-]+|csrf[^,}]{0,30}[A-Za-z0-9]{64}'
    r"|[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}|[0-9a-f]{32}"
    r'|data-left="[0-9]+"|data-after="[0-9]+"|\([0-9]+ minutes? left\)'
)


# --- What the registry says about a route --------------------------------------------------------------------------


@dataclass(frozen=True)
class Place:
    """One thing that an address can name, and whose it is; None where it is nobody's secret."""

    group: Group | None
    kwargs: Mapping[str, Any] = field(default_factory=dict)
    is_absent: bool = False
    """Well formed, and names nothing. What is hidden must be answered exactly like this."""


Places = Callable[[World], Iterable[Place]]


def nowhere(world: World) -> Iterator[Place]:
    """For addresses that name nothing."""
    yield Place(None)


@dataclass(frozen=True)
class Write:
    """One way to write. `data` may depend on the world; `form`, `json` or `upload` says how it is sent."""

    method: str = "post"
    data: Mapping[str, Any] | Callable[[World], Mapping[str, Any]] = field(default_factory=dict)
    sent_as: str = "form"
    query: str = ""

    def values(self, world: World) -> dict[str, Any]:
        values = dict(self.data(world) if callable(self.data) else self.data)
        if self.sent_as == "upload":
            values["file"] = SimpleUploadedFile("hello.txt", b"hello", content_type="text/plain")
        return values


@dataclass(frozen=True)
class Surface:
    """How a route is called. `reads` are query strings, one call each; none where the route cannot be read."""

    places: Places = nowhere
    reads: tuple[str, ...] = ("",)
    writes: tuple[Write, ...] = ()
    both: bool = False
    """Ask for the fragment that htmx gets, and for the page around the first of them and around what is hidden."""
    is_public: bool = False
    """Open to everybody on purpose."""
    methods: tuple[str, ...] = ()
    """Methods that the route also takes and that nothing is to be found by."""


def read(*queries: str, on: Places = nowhere, both: bool = False, public: bool = False) -> Surface:
    return Surface(places=on, reads=queries or ("",), both=both, is_public=public)


def write(*writes: Write, on: Places = nowhere) -> Surface:
    return Surface(places=on, reads=(), writes=writes)


# --- Which routes there are ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Route:
    name: str
    """With its namespace; the pattern itself for the few that have no name."""
    pattern: str
    callback: Any

    @property
    def is_api(self) -> bool:
        return self.pattern.startswith("api/")

    @property
    def is_admin(self) -> bool:
        return self.pattern.startswith("admin/")

    @property
    def declared_methods(self) -> set[str] | None:
        """What a class-based view answers to; None where only asking can tell."""
        actions = getattr(self.callback, "actions", None)
        if actions is not None:
            return set(actions) & set(METHODS)
        view = getattr(self.callback, "cls", None) or getattr(self.callback, "view_class", None)
        if view is None:
            return None
        return {name for name in view.http_method_names if name in METHODS and hasattr(view, name)}


def routes(urlconf: str | None = None) -> dict[str, Route]:
    found: dict[str, Route] = {}
    for route in _routes(get_resolver(urlconf), "", ""):
        found.setdefault(route.name, route)
    return found


def _routes(resolver: URLResolver, namespace: str, prefix: str) -> Iterator[Route]:
    for entry in resolver.url_patterns:
        pattern = f"{prefix}{entry.pattern}"
        if isinstance(entry, URLPattern):
            yield Route(f"{namespace}{entry.name}" if entry.name else pattern, pattern, entry.callback)
        else:
            inner = f"{namespace}{entry.namespace}:" if entry.namespace else namespace
            yield from _routes(entry, inner, pattern)


# --- One call ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Call:
    route: Route
    place: Place
    method: str = "get"
    query: str = ""
    write: Write | None = None
    htmx: bool = False

    def path(self) -> str:
        name = self.route.name
        if "/" in name:
            path = "/" + re.sub(
                r"<[^>]+>|\(\?P<[^>]+>[^)]*\)", lambda _m: str(next(iter(self.place.kwargs.values()))), name
            )
        else:
            path = reverse(name, kwargs=self.place.kwargs) if self.place.kwargs else reverse(name)
        query = self.query or (self.write.query if self.write else "")
        return f"{path}?{query}" if query else path

    def send(self, client: Client, world: World) -> HttpResponse:
        extra: dict[str, Any] = {"headers": {"HX-Request": "true"}} if self.htmx else {}
        if self.write is None:
            return getattr(client, self.method)(self.path(), **extra)
        data: Any = self.write.values(world)
        if self.write.sent_as == "json":
            extra["content_type"] = "application/json"
        elif self.method != "post":
            data, extra["content_type"] = b"", "application/x-www-form-urlencoded"
        return getattr(client, self.method)(self.path(), data, **extra)

    def __str__(self) -> str:
        whose = f" ({self.place.group.value})" if self.place.group else ""
        return f"{self.method.upper()} {self.path()}{' by htmx' if self.htmx else ''}{whose}"


def places_for(role: Role, route: Route, surface: Surface, world: World) -> Iterator[Place]:
    """Everything for who sees masked data. Others need one that they see, one that they do not, and one that is absent.

    Of the administration everybody needs one thing only: its door is the same for all of them.
    """
    sorts: set[object] = set()
    for place in surface.places(world):
        sort = None if route.is_admin else (place.is_absent, is_hidden(role, place))
        if sort not in sorts or (role in MASKED and not route.is_admin):
            yield place
        sorts.add(sort)


def reads_of(route: Route, surface: Surface, world: World, role: Role) -> Iterator[Call]:
    """Pages for who sees everything as it is; to others the fragment each time, and once the page around it."""
    queries = surface.reads if role in MASKED else surface.reads[:1]
    for at, place in enumerate(places_for(role, route, surface, world)):
        for query in queries:
            is_fragment = surface.both and role in MASKED
            if is_fragment:
                yield Call(route, place, query=query, htmx=True)
            if not is_fragment or at == 0 or place.is_absent:
                yield Call(route, place, query=query)


def writes_of(route: Route, surface: Surface, world: World, role: Role) -> Iterator[Call]:
    """One thing that is hidden and one that is absent; what is seen only by who is shown it masked in the answer."""
    picked: dict[tuple[bool, bool], Place] = {}
    for place in surface.places(world):
        picked.setdefault((place.is_absent, is_hidden(role, place)), place)
    if role not in MASKED and len(picked) > 1:
        picked.pop((False, False), None)
    for entry in surface.writes:
        for place in picked.values():
            yield Call(route, place, method=entry.method, write=entry, htmx=not route.is_api)


def is_hidden(role: Role, place: Place) -> bool:
    return place.group is not None and sight(role, place.group) is Sight.NOTHING


# --- One answer ----------------------------------------------------------------------------------------------------


def body_of(response: Any) -> bytes:
    if getattr(response, "streaming", False):
        return b"".join(response.streaming_content)
    return bytes(response.content)


def everything_of(response: Any) -> tuple[bytes, str]:
    """Body, headers and cookies: all that leaves."""
    headers = "\n".join(f"{name}: {value}" for name, value in response.items())
    return body_of(response), f"{headers}\n{response.cookies.output()}"


def comparable(response: Any, call: Call) -> tuple[int, str]:
    """An answer without what the address itself says and what changes with every answer."""
    text = body_of(response).decode("utf-8", "replace").replace(call.path().partition("?")[0], "·")
    for value in map(str, call.place.kwargs.values()):
        text = re.sub(rf"\b{re.escape(value)}\b", "·", text) if len(value) > 3 else text
    return response.status_code, without_changes(text)


def without_changes(text: str) -> str:
    return _CHANGING.sub("·", text)


def forbidden(finder: Finder, role: Role, response: Any) -> list[Find]:
    return [find for find in finder.find(*everything_of(response)) if not find.secret.is_open_to(role)]


def shown(finder: Finder, response: Any) -> set[Secret]:
    return {find.secret for find in finder.find(*everything_of(response))}


# --- What a call changed -------------------------------------------------------------------------------------------

# Reading may leave these behind: who looked, how far they read, how often they asked, and the session.
TRACES = frozenset(
    {
        "django_session",
        "tickets_readmark",
        "tickets_mention",
        "core_throttlemark",
        "accounts_apitoken",
        "accounts_totpfactor",  # the secret that a set-up page shows, the same one each time
    }
)


@contextmanager
def undone() -> Iterator[None]:
    """A savepoint that is rolled back."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def row_changes() -> dict[str, int]:
    """By table, how many rows this transaction inserted, changed or deleted so far, undone ones included."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname, n_tup_ins + n_tup_upd + n_tup_del FROM pg_stat_xact_user_tables"
            " WHERE n_tup_ins + n_tup_upd + n_tup_del > 0"
        )
        return dict(cursor.fetchall())


def changed_tables(before: Mapping[str, int], after: Mapping[str, int]) -> set[str]:
    """Tables in which something was written, without the traces of reading."""
    changed = {table for table, count in after.items() if count != before.get(table, 0)}
    return {table for table in changed if table not in TRACES and not table.startswith("core_auditentry")}

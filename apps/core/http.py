"""The only HTTP client for addresses that people or other systems gave us.

The name is resolved once, every resulting address is checked, and the connection goes to the checked address, so
neither odd
spellings of loopback nor a name that changes its answer reach the inside. Each redirect is a new connection and is
checked again;
TLS and Host keep the name. The environment's proxies are not used.
"""

from __future__ import annotations

import ipaddress
import socket
import ssl
import time
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import Any

import httpcore
import httpx
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from apps.core.errors import AppError, InvalidInput

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

MAX_BYTES = 10 * 1024 * 1024
TIMEOUT = 10.0
MAX_REDIRECTS = 3
_HOLDING_IPV4 = tuple(map(ipaddress.IPv6Network, ("::/96", "::ffff:0:0:0/96", "64:ff9b::/96")))
"""IPv4-compatible, IPv4-translated and NAT64 addresses: some networks lead them to the IPv4 address at their end."""
_NOT_PUBLIC = tuple(
    map(
        ipaddress.ip_network,
        ("192.0.0.0/24", "64:ff9b:1::/48", "100::/64", "100:0:0:1::/64", "3fff::/20", "5f00::/16", "fec0::/10"),
    )
)
"""What Python 3.11 takes for global although it is not: it is older than these lines of IANA's special-purpose registries,
keeps exceptions of the first, and asks another property for the site-local addresses of old.
"""


class AddressRefused(InvalidInput):
    """One text for every reason, so that the answer does not describe our network."""

    code = "core.address_refused"
    message = _("This address cannot be used.")


class NameNotFound(AddressRefused):
    """The name has no address now; it may have one a minute later."""


class ResponseTooLarge(AppError):
    code = "core.response_too_large"
    status = 502
    message = _("The other server's answer is too large.")


class ResponseTooSlow(AppError):
    code = "core.response_too_slow"
    status = 504
    message = _("The other server took too long to answer.")


class GuardedClient(httpx.Client):
    """Made by ``guarded_client``."""


def guarded_client(
    *,
    timeout: float = TIMEOUT,
    max_bytes: int = MAX_BYTES,
    deadline: float | None = None,
    follow_redirects: bool = False,
    headers: dict[str, str] | None = None,
    allow_private: Sequence[str] = (),
) -> GuardedClient:
    """``timeout`` bounds each step, ``deadline`` (three times that by default) the whole answer, ``max_bytes`` its
    body.

    ``allow_private`` names hosts and networks inside that this one caller may reach beside HTTP_ALLOW_PRIVATE.
    Compressed answers are neither asked for nor taken, so a small answer cannot unfold into a large one.
    """
    return GuardedClient(
        transport=_GuardedTransport(max_bytes=max_bytes, deadline=deadline or 3 * timeout, allow_private=allow_private),
        timeout=timeout,
        follow_redirects=follow_redirects,
        max_redirects=MAX_REDIRECTS,
        trust_env=False,
        headers={"Accept-Encoding": "identity", "User-Agent": "contact-center", **(headers or {})},
    )


def checked_addresses(host: str, port: int, *, allow_private: Sequence[str] = ()) -> list[str]:
    """The addresses of a host, all of them public or allowed; else AddressRefused.

    Connect to one of these, not to the name: it may have another answer the next time.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise NameNotFound from error
    except UnicodeError as error:
        raise AddressRefused from error
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    if not addresses or not all(_is_allowed(host, address, allow_private) for address in addresses):
        raise AddressRefused
    return addresses


def _is_allowed(host: str, address: str, allow_private: Sequence[str]) -> bool:
    ip = _unwrapped(ipaddress.ip_address(address.partition("%")[0]))
    if _is_public(ip):
        return True
    return any(_allows(entry, host, ip) for entry in (*settings.HTTP_ALLOW_PRIVATE, *allow_private))


def _is_public(ip: Address) -> bool:
    return ip.is_global and not ip.is_multicast and not any(ip in network for network in _NOT_PUBLIC)


def _unwrapped(ip: Address) -> Address:
    """The IPv4 address inside of IPv6 notations that lead to it."""
    if isinstance(ip, ipaddress.IPv4Address) or ip.is_loopback or ip.is_unspecified:
        return ip
    inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
    if inner is None and any(ip in network for network in _HOLDING_IPV4):
        inner = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
    return inner or ip


def _allows(entry: str, host: str, ip: Address) -> bool:
    try:
        return ip in ipaddress.ip_network(entry)
    except ValueError:
        return entry.casefold() == host.casefold().rstrip(".")


class _GuardedBackend(httpcore.NetworkBackend):
    """Opens connections to checked addresses only; TLS above it still speaks to the name."""

    def __init__(self, allow_private: Sequence[str]) -> None:
        self._inner = httpcore.SyncBackend()
        self._allow_private = allow_private

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        refused: httpcore.ConnectError | None = None
        for address in checked_addresses(host, port, allow_private=self._allow_private)[:3]:
            try:
                return self._inner.connect_tcp(address, port, timeout, local_address, socket_options)
            except httpcore.ConnectError as error:
                refused = error
        raise refused or httpcore.ConnectError("no address")

    def connect_unix_socket(
        self, path: str, timeout: float | None = None, socket_options: Iterable[Any] | None = None
    ) -> httpcore.NetworkStream:
        raise AddressRefused


@cache
def _trusted() -> ssl.SSLContext:
    """Reading the authorities takes longer than many a call, so it is done once."""
    return httpx.create_ssl_context(trust_env=False)


class _GuardedTransport(httpx.HTTPTransport):
    def __init__(self, *, max_bytes: int, deadline: float, allow_private: Sequence[str] = ()) -> None:
        super().__init__(trust_env=False, verify=_trusted())
        self._pool.close()
        self._pool = httpcore.ConnectionPool(
            ssl_context=_trusted(),
            max_connections=20,
            max_keepalive_connections=5,
            keepalive_expiry=5.0,
            network_backend=_GuardedBackend(allow_private),
        )
        self._max_bytes = max_bytes
        self._deadline = deadline

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if request.url.scheme not in ("http", "https"):
            raise AddressRefused
        until = time.monotonic() + self._deadline
        response = super().handle_request(request)
        if response.headers.get("content-encoding", "identity").strip().lower() not in ("", "identity"):
            response.close()
            raise ResponseTooLarge
        if not isinstance(response.stream, httpx.SyncByteStream):
            raise TypeError("The guarded client is synchronous.")
        response.stream = _BoundedStream(response.stream, self._max_bytes, until)
        return response


class _BoundedStream(httpx.SyncByteStream):
    def __init__(self, inner: httpx.SyncByteStream, max_bytes: int, until: float) -> None:
        self._inner, self._left, self._until = inner, max_bytes, until

    def __iter__(self) -> Iterator[bytes]:
        for chunk in self._inner:
            self._left -= len(chunk)
            if self._left < 0:
                raise ResponseTooLarge
            if time.monotonic() > self._until:
                raise ResponseTooSlow
            yield chunk

    def close(self) -> None:
        self._inner.close()

"""Which kinds of channels there are. A connector registers itself; nothing else lists kinds by name."""

from apps.channels.contract import Connector
from apps.channels.errors import UnknownConnector

_connectors: dict[str, Connector] = {}


def register(connector: type[Connector]) -> type[Connector]:
    """Usable as a class decorator. Registering a second class under a kind is a programming mistake."""
    present = _connectors.get(connector.kind)
    if present is not None and type(present) is not connector:
        raise ValueError(f"two connectors are called {connector.kind!r}")
    _connectors[connector.kind] = connector()
    return connector


def unregister(kind: str) -> None:
    """For tests that register a connector of their own."""
    _connectors.pop(kind, None)


def get(kind: str) -> Connector:
    try:
        return _connectors[kind]
    except KeyError:
        raise UnknownConnector(kind=kind) from None


def all() -> tuple[Connector, ...]:  # noqa: A001 (reads as registry.all())
    return tuple(_connectors[kind] for kind in sorted(_connectors))

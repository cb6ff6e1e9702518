"""A cache that may vanish: when its server is away every read is a miss and every write does nothing."""

import json
from collections.abc import Callable
from functools import cache, cached_property
from typing import Any, ParamSpec, TypeVar

from django.core.cache.backends.redis import RedisCache, RedisCacheClient
from redis.exceptions import RedisError

from apps.core.outage import Outage

P = ParamSpec("P")
R = TypeVar("R")

_outage = Outage("cache.unavailable")


class PlainSerializer:
    """JSON, where Django would pickle: whoever can write into the cache must not thereby run code here. Keys of mappings
    are text, and tuples come back as lists. What cannot be read is a miss.
    """

    def dumps(self, value: Any) -> Any:
        # A bare number can be counted up by the server; `True` cannot.
        return value if type(value) is int else json.dumps(value, separators=(",", ":"))

    def loads(self, data: bytes) -> Any:
        try:
            return json.loads(data)
        except (ValueError, RecursionError):
            return None


class LastingClient(RedisCacheClient):
    """Keeps its client. Django makes one for each call, which costs more than the call."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"serializer": PlainSerializer, **kwargs})
        self._kept: dict[bool, Any] = {}

    def get_client(self, key: Any = None, *, write: bool = False) -> Any:
        if write not in self._kept:
            self._kept[write] = super().get_client(key, write=write)
        return self._kept[write]


@cache
def lasting_client(servers: tuple[str, ...], options: tuple[tuple[str, Any], ...]) -> LastingClient:
    """One for the whole process, with its connections: Django makes a cache for each request, and that would connect."""
    return LastingClient(list(servers), **dict(options))


class ForgivingRedisCache(RedisCache):
    """Pages must work while Valkey restarts, so nothing that matters is kept here and no failure is passed on."""

    _servers: list[str]
    _options: dict[str, Any]

    @cached_property
    def _cache(self) -> LastingClient:
        return lasting_client(tuple(self._servers), tuple(self._options.items()))

    def _try(self, default: R, call: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        try:
            result = call(*args, **kwargs)
        except RedisError as error:
            _outage.failed(error)
            return default
        _outage.worked()
        return result

    def add(self, *args: Any, **kwargs: Any) -> bool:
        return bool(self._try(False, super().add, *args, **kwargs))

    def get(self, key: str, default: Any = None, version: int | None = None) -> Any:
        return self._try(default, super().get, key, default, version)

    def set(self, *args: Any, **kwargs: Any) -> None:
        self._try(None, super().set, *args, **kwargs)

    def touch(self, *args: Any, **kwargs: Any) -> bool:
        return bool(self._try(False, super().touch, *args, **kwargs))

    def delete(self, *args: Any, **kwargs: Any) -> bool:
        return bool(self._try(False, super().delete, *args, **kwargs))

    def get_many(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        return dict(self._try({}, super().get_many, *args, **kwargs))

    def has_key(self, *args: Any, **kwargs: Any) -> bool:
        return bool(self._try(False, super().has_key, *args, **kwargs))

    def incr(self, key: str, delta: int = 1, version: int | None = None) -> int:
        return int(self._try(delta, super().incr, key, delta, version))

    def set_many(self, data: dict[str, Any], *args: Any, **kwargs: Any) -> list[str]:
        return list(self._try(list(data), super().set_many, data, *args, **kwargs))

    def delete_many(self, *args: Any, **kwargs: Any) -> None:
        self._try(None, super().delete_many, *args, **kwargs)

    def clear(self) -> None:
        """Only what is its own: Django would empty the database, in which others have theirs."""
        self._try(None, self._delete_own)

    def _delete_own(self) -> None:
        client = self._cache.get_client(write=True)
        for key in client.scan_iter(match=f"{self.make_key('')}*", count=1000):
            client.delete(key)

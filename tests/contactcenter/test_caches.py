import pickle
from typing import Any

import pytest
from pytest_django import Settings

from contactcenter.caches import ForgivingRedisCache
from contactcenter.embedded.ports import free_port

pytestmark = pytest.mark.integration


@pytest.fixture
def cache() -> ForgivingRedisCache:
    """Its server is away."""
    return ForgivingRedisCache(f"redis://127.0.0.1:{free_port()}/0", {"OPTIONS": {"socket_connect_timeout": 1}})


def test_without_a_server_reads_miss_and_writes_do_nothing(cache: ForgivingRedisCache) -> None:
    assert cache.get("a", "default") == "default"
    assert cache.get_many(["a"]) == {}
    assert cache.add("a", 1) is False
    assert cache.touch("a") is False
    assert cache.delete("a") is False
    assert cache.has_key("a") is False
    assert cache.incr("a", 2) == 2
    assert cache.set_many({"a": 1}) == ["a"]
    cache.set("a", 1)
    cache.delete_many(["a"])
    cache.clear()


def test_get_or_set_still_answers(cache: ForgivingRedisCache) -> None:
    assert cache.get_or_set("a", lambda: 5) == 5


class Marked:
    """Pickled, it would leave a mark when it is read."""

    ran: list[str] = []

    def __reduce__(self) -> tuple[Any, tuple[str]]:
        return Marked.ran.append, ("ran",)


@pytest.mark.parametrize(
    "planted", [pickle.dumps(Marked()), pickle.dumps({"a": Marked()}, 0), b"[" * 100_000, b"\xff\x00", b""]
)
def test_what_somebody_planted_is_read_as_nothing_and_never_run(settings: Settings, planted: bytes) -> None:
    """Bad input 82: a session that was stolen, or a server that others reach, must not become code."""
    ours = ForgivingRedisCache(settings.CACHES["default"]["LOCATION"], {"KEY_PREFIX": "planted"})
    ours._cache.get_client(write=True).set(ours.make_key("a"), planted)

    assert ours.get("a", "default") in (None, "default")
    assert Marked.ran == []
    with pytest.raises(TypeError):
        ours.set("a", Marked())
    ours.clear()


@pytest.mark.parametrize("value", [1, True, 0.5, "1", None, [1, "两"], {"a": [None, {"b": 1.5}]}])
def test_plain_values_come_back_as_they_were(settings: Settings, value: object) -> None:
    ours = ForgivingRedisCache(settings.CACHES["default"]["LOCATION"], {"KEY_PREFIX": "plain"})
    ours.set("a", value)
    assert ours.get("a", "missing") == value
    assert type(ours.get("a")) is type(value)
    ours.clear()


def test_clearing_leaves_what_others_keep_on_the_same_server(settings: Settings) -> None:
    address = settings.CACHES["default"]["LOCATION"]
    ours, theirs = (ForgivingRedisCache(address, {"KEY_PREFIX": f"clearing-{name}"}) for name in ("ours", "theirs"))
    ours.set("a", 1)
    theirs.set("a", 2)

    ours.clear()

    assert (ours.get("a"), theirs.get("a")) == (None, 2)
    theirs.clear()


def test_requests_share_the_connections_of_their_process(settings: Settings) -> None:
    address = settings.CACHES["default"]["LOCATION"]
    ours, theirs = (ForgivingRedisCache(address, {"KEY_PREFIX": "sharing"}) for _request in range(2))

    ours.set("a", 1)

    assert theirs.get("a") == 1
    assert ours._cache.get_client().connection_pool is theirs._cache.get_client().connection_pool
    ours.clear()

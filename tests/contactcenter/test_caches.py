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

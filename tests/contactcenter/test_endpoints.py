"""Servers named by URLs: each mistake gets one sentence."""

import pytest

from contactcenter import endpoints
from contactcenter.embedded.ports import free_port
from contactcenter.trouble import Trouble

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("http://127.0.0.1/x", "must be a URL like postgres://"),
        ("postgres://127.0.0.1:port/x", "is not a URL like postgres://"),
        ("postgres://someone:hidden@127.0.0.1:{free}/nowhere", "no sign-in to database 'nowhere' at 127.0.0.1:"),
    ],
)
def test_a_wrong_database_url_is_told_in_one_sentence(monkeypatch: pytest.MonkeyPatch, url: str, sentence: str) -> None:
    monkeypatch.setenv("DATABASE_URL", url.format(free=free_port()))
    with pytest.raises(Trouble) as caught:
        endpoints.check_database("DATABASE_URL")
    assert sentence in str(caught.value)
    assert "hidden" not in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("url", ["http://127.0.0.1", "redis://127.0.0.1:port", "redis://127.0.0.1:{free}/0"])
def test_a_wrong_broker_url_is_told_in_one_sentence(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("REDIS_URL", url.format(free=free_port()))
    with pytest.raises(Trouble, match=r"^REDIS_URL: ") as caught:
        endpoints.check_broker("REDIS_URL")
    assert "\n" not in str(caught.value)

import base64
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from contactcenter import env

pytestmark = pytest.mark.unit

KEY = bytes(range(32))
TEXT = base64.b64encode(KEY).decode()


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("THING", "THING_FILE"):
        monkeypatch.delenv(name, raising=False)


def test_text_comes_from_a_file_when_asked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("s3cret\n", encoding="utf-8")
    monkeypatch.setenv("THING_FILE", str(secret))
    assert env.text("THING") == "s3cret"


def test_a_missing_secret_file_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("THING_FILE", "/nowhere/secret")
    with pytest.raises(ImproperlyConfigured, match=r"THING_FILE points to /nowhere/secret"):
        env.text("THING")


def test_text_without_default_must_be_set() -> None:
    with pytest.raises(ImproperlyConfigured, match="Set THING"):
        env.text("THING")


@pytest.mark.parametrize(
    ("written", "meant"), [("1", True), ("yes", True), ("False", False), ("0", False), ("", False)]
)
def test_flag(monkeypatch: pytest.MonkeyPatch, written: str, meant: bool) -> None:
    monkeypatch.setenv("THING", written)
    assert env.flag("THING", default=not meant) is meant


def test_a_flag_that_is_neither_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("THING", "perhaps")
    with pytest.raises(ImproperlyConfigured, match="write 1 or 0"):
        env.flag("THING")


@pytest.mark.parametrize("written", ["x", "0", "-1", "1.5"])
def test_a_number_that_is_none_or_too_small_is_refused(monkeypatch: pytest.MonkeyPatch, written: str) -> None:
    monkeypatch.setenv("THING", written)
    with pytest.raises(ImproperlyConfigured, match="THING"):
        env.integer("THING", 5, minimum=1)


def test_keys_keep_their_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("THING", f"new:{TEXT},old:{TEXT}")
    assert list(env.keys("THING").items()) == [("new", KEY), ("old", KEY)]


@pytest.mark.parametrize("written", [TEXT, f"a:{TEXT},a:{TEXT}", f":{TEXT}", "a:short", "a:%%%"])
def test_keys_written_wrongly_are_refused_without_being_shown(monkeypatch: pytest.MonkeyPatch, written: str) -> None:
    monkeypatch.setenv("THING", written)
    with pytest.raises(ImproperlyConfigured) as caught:
        env.keys("THING")
    assert TEXT not in str(caught.value)


def test_database_reads_every_part(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("THING", "postgres://us%40er:p%3Aw@db.example.com:6432/na-me?sslmode=require")
    assert env.database("THING") == {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "na-me",
        "USER": "us@er",
        "PASSWORD": "p:w",
        "HOST": "db.example.com",
        "PORT": "6432",
        "OPTIONS": {"sslmode": "require"},
    }


@pytest.mark.parametrize("written", ["mysql://h/n", "postgres://h", "postgres://h:port/n", "nonsense"])
def test_a_wrong_database_url_is_refused(monkeypatch: pytest.MonkeyPatch, written: str) -> None:
    monkeypatch.setenv("THING", written)
    with pytest.raises(ImproperlyConfigured, match=r"THING .*postgres://user:password@host:5432/name"):
        env.database("THING")


def test_a_file_of_settings_fills_only_what_is_not_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("# THING=comment\nTHING='from file'\nTHING_FILE=ignored\n", encoding="utf-8")
    monkeypatch.setenv("THING_FILE", "set before")
    monkeypatch.setenv("THING", "to be removed again")
    monkeypatch.delenv("THING")
    env.load_file(file)
    assert env.text("THING") == "from file"
    env.load_file(tmp_path / "missing")

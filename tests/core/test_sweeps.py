import threading

import pytest
from celery import current_app
from django.core.cache import cache
from django.core.exceptions import ImproperlyConfigured
from django.db import connection, transaction
from django.test import TestCase
from kombu.exceptions import OperationalError
from pytest_django import Settings

from apps.core import sweeps
from apps.core import wake as wakes
from apps.core.sweeps import registered_sweeps, run_sweep, run_sweeps, sweep
from apps.core.tasks import look
from apps.core.wake import wake

pytestmark = pytest.mark.integration


@pytest.fixture(autouse=True)
def only_these_sweeps(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    monkeypatch.setattr(sweeps, "_sweeps", {})
    monkeypatch.setitem(wakes._pause, "until", 0.0)
    monkeypatch.setattr(wakes._messenger, "ask", wakes._send)  # at once, and here
    settings.WAKE_SWEEPS = True
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "sweeps"}}
    cache.clear()  # a hint of the test before would still count as pending


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    names: list[str] = []
    monkeypatch.setattr(
        current_app._get_current_object(), "send_task", lambda task, args, **options: names.append(args[0])
    )
    return names


def countdown(*left: int) -> list[int]:
    """A sweep that reports these numbers of items."""
    left_over = list(left)
    sweep("sample.sweep", queue="bulk", every=5.0)(lambda: left_over.pop(0) if left_over else 0)
    return left_over


def test_a_sweep_runs_until_nothing_is_left() -> None:
    left = countdown(3, 2, 0, 9)
    assert run_sweep("sample.sweep") == 5
    assert left == [9]
    assert run_sweeps("sample.sweep") == 9


def test_a_sweep_gives_way_when_its_time_is_up() -> None:
    left = countdown(1, 1, 1)
    assert run_sweep("sample.sweep", max_seconds=0) == 1
    assert left == [1, 1]


def test_names_are_unique_and_known() -> None:
    countdown()
    with pytest.raises(ImproperlyConfigured):
        sweep("sample.sweep", queue="bulk", every=1)(lambda: 0)
    with pytest.raises(ImproperlyConfigured):
        run_sweep("unknown")
    assert [(entry.name, entry.queue, entry.every) for entry in registered_sweeps()] == [("sample.sweep", "bulk", 5.0)]


@pytest.mark.django_db
def test_waking_waits_for_the_commit_and_is_sent_once(sent: list[str]) -> None:
    countdown()
    with TestCase.captureOnCommitCallbacks(execute=True):
        wake("sample.sweep")
        wake("sample.sweep")
        assert sent == []
    assert sent == ["sample.sweep"]


@pytest.mark.django_db(transaction=True)
def test_a_rollback_wakes_nobody(sent: list[str]) -> None:
    countdown()
    with transaction.atomic():
        wake("sample.sweep")
        transaction.set_rollback(True)
    assert sent == []
    assert connection.run_on_commit == []


@pytest.mark.django_db(transaction=True)
def test_hints_are_not_piled_up_until_somebody_looked(sent: list[str]) -> None:
    countdown(1)
    wake("sample.sweep")
    wake("sample.sweep")
    assert sent == ["sample.sweep"]
    look("sample.sweep")
    wake("sample.sweep")
    assert sent == ["sample.sweep", "sample.sweep"]


@pytest.mark.django_db(transaction=True)
def test_a_lost_broker_harms_nothing_and_is_left_alone_for_a_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    tries: list[str] = []

    def fail(task: str, args: list[str], **options: object) -> None:
        tries.append(args[0])
        raise OperationalError("no broker")

    monkeypatch.setattr(current_app._get_current_object(), "send_task", fail)
    countdown()
    wake("sample.sweep")
    wakes.forget_hint("sample.sweep")
    wake("sample.sweep")
    assert tries == ["sample.sweep"]


def test_what_is_asked_for_in_a_moment_is_sent_together_and_nothing_is_forgotten(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told: list[str] = []
    first, last = threading.Event(), threading.Event()

    def tell(name: str) -> None:
        told.append(name)
        (last if name == "last" else first).set()

    monkeypatch.setattr(wakes, "_send", tell)
    messenger = wakes._Messenger()
    for _ in range(500):
        messenger.ask("often")
    assert first.wait(30)
    messenger.ask("last")
    assert last.wait(30)
    assert 1 <= told.count("often") < 500
    assert told.count("last") == 1


@pytest.mark.django_db(transaction=True)
def test_waking_an_unknown_sweep_is_a_mistake() -> None:
    with pytest.raises(ImproperlyConfigured):
        wake("unknown")

"""What every test may use: servers, the database as the application's role sees it, live processes and a browser."""

import gc
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connections
from django.test import TransactionTestCase
from pytest_django.plugin import DjangoDbBlocker

from apps.channels import media
from apps.channels.services import inbox, outbox
from apps.core import events
from apps.tickets.selectors import search
from contactcenter import env
from contactcenter.embedded import throwaway
from tests.support import databases, keys, vocabulary

pytest_plugins = ["tests.support.live", "tests.support.browser", "tests.support.api", "tests.cast"]

ROOT = Path(__file__).resolve().parent.parent
GARBAGE = 20_000
"""New objects between two looks for garbage; Python's own 700 suits programs with less memory than these tests take."""
_servers: throwaway.Servers | None = None


def pytest_configure(config: pytest.Config) -> None:
    """The run's own servers start once, in the process that later starts the workers."""
    global _servers
    if not config.option.collectonly:
        _servers = throwaway.start_settled(os.environ, ROOT / "var" / "test")


def pytest_unconfigure() -> None:
    if _servers is not None:
        _servers.stop()


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[None]:
    """What is imported and found stays to the end; looking through it for garbage took an eighth of the time of tests."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.collect()
        gc.freeze()
        gc.set_threshold(GARBAGE, 20, 20)
        gc.enable()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Long ones first; the others keep their shuffled order."""
    items.sort(key=lambda item: item.get_closest_marker("long") is None)


@pytest.fixture(scope="session")
def django_db_setup(
    request: pytest.FixtureRequest,
    django_test_environment: None,
    django_db_blocker: DjangoDbBlocker,
    django_db_use_migrations: bool,
    django_db_keepdb: bool,
    django_db_createdb: bool,
    django_db_modify_db_settings: None,
) -> Iterator[None]:
    """Builds the test database as its owner, then lets every test act as the application's role."""
    from django.test.utils import setup_databases, teardown_databases

    owner = env.database("DATABASE_OWNER_URL", env.text("DATABASE_URL"))
    application = dict(settings.DATABASES["default"])
    with django_db_blocker.unblock():
        databases.connect_as(owner)
        created = setup_databases(
            verbosity=0, interactive=False, keepdb=django_db_keepdb and not django_db_createdb, serialized_aliases=()
        )
        databases.grant_for_tests(settings.APP_DB_ROLE)
        databases.connect_as(application)
        databases.remember_first_rows()
        keys.look_up_once(request.getfixturevalue("_for_the_session"))
    yield
    with django_db_blocker.unblock():
        connections.close_all()
        if not django_db_keepdb:
            databases.send_away()
            databases.connect_as(owner)
            databases.drop_copies()
            teardown_databases(created, verbosity=0)


@pytest.fixture(scope="session")
def _for_the_session() -> Iterator[pytest.MonkeyPatch]:
    with pytest.MonkeyPatch.context() as patch:
        yield patch


@pytest.fixture(scope="session", autouse=True)
def _tests_with_transactions_keep_first_rows(_for_the_session: pytest.MonkeyPatch) -> None:
    """Django's own way empties every table, with the roles and keys that the migrations wrote."""
    _for_the_session.setattr(TransactionTestCase, "_fixture_teardown", lambda self: databases.empty())


@pytest.fixture(scope="session", autouse=True)
def _nothing_is_left_for_the_next_pass(_for_the_session: pytest.MonkeyPatch) -> None:
    """What a slow machine does not get done in time waits for another pass, which in a test may never come."""
    for module, name in (
        (events, "APART_SECONDS"),
        (inbox, "CHUNK_SECONDS"),
        (inbox, "PASS_SECONDS"),
        (outbox, "PASS_SECONDS"),
        (media, "LINKS_SECONDS"),
        (search, "TIME_BUDGET"),
    ):
        _for_the_session.setattr(module, name, 3600.0)


@pytest.fixture(autouse=True)
def _data_keys_are_those_of_the_database() -> Iterator[None]:
    with keys.kept():
        yield


@pytest.fixture(autouse=True)
def _vocabulary_is_kept_until_it_changes(request: pytest.FixtureRequest) -> Iterator[None]:
    """Not where other threads and processes change it too."""
    if {"transactional_db", "live"} & set(request.fixturenames) or _is_transactional(request):
        yield
        return
    with vocabulary.kept_until_changed():
        yield


def _is_transactional(request: pytest.FixtureRequest) -> bool:
    marker = request.node.get_closest_marker("django_db")
    return marker is not None and bool(marker.kwargs.get("transaction"))

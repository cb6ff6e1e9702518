"""The world is built once for all tests of this folder, in a transaction that is rolled back at the end.

Each test then works on a savepoint of its own (`walked_world`), so that no call leaves anything behind.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.test import override_settings
from pytest_django.plugin import DjangoDbBlocker

from apps.tickets.selectors import vocabulary
from tests.leaks.world import World, build
from tests.support.worlds import undone


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """One worker takes them all: the world is built once."""
    for item in items:
        if "/leaks/" in str(item.path):
            item.add_marker(pytest.mark.xdist_group("leaks"))


@pytest.fixture(scope="package")
def built_world(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    media: Path = tmp_path_factory.mktemp("leaks-media")
    changes = override_settings(
        MEDIA_ROOT=media,
        CACHES={"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}},
        CHANNEL_LAYERS={"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}},
        TICKETS_VOCABULARY_SECONDS=3600,
        API_RATE_PER_MINUTE=10**9,
        API_LOOKUPS_PER_MINUTE=10**9,
        API_UPLOADS_PER_MINUTE=10**9,
    )
    with changes, undone(django_db_blocker):
        with override_settings(TICKETS_VOCABULARY_SECONDS=0):
            built = build()
        vocabulary._kept = None
        yield built


@pytest.fixture
def world(built_world: World, django_db_blocker: DjangoDbBlocker) -> Iterator[World]:
    with undone(django_db_blocker):
        yield built_world


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """The figures of the walk, for `docs/development/permissions.md`; of a run in one process."""
    told = [
        line
        for report in terminalreporter.getreports("passed")
        for name, line in report.user_properties
        if name == "walk"
    ]
    for line in told:
        terminalreporter.write_line(line)

"""What every test may use: the database, as the application's role sees it, and the cast."""

from collections.abc import Iterator

import pytest
from django.conf import settings
from django.db import connections
from pytest_django.plugin import DjangoDbBlocker

from contactcenter import env
from tests.support import databases


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
        created = setup_databases(verbosity=0, interactive=False, keepdb=django_db_keepdb and not django_db_createdb)
        databases.grant_for_tests(settings.APP_DB_ROLE)
        databases.connect_as(application)
    yield
    with django_db_blocker.unblock():
        connections.close_all()
        if not django_db_keepdb:
            databases.connect_as(owner)
            teardown_databases(created, verbosity=0)

"""The test database behaves as an installation's: two roles, and tests run as the lesser one."""

import os

import pytest
from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import ProgrammingError, connection, transaction

pytestmark = pytest.mark.integration


@pytest.mark.django_db
def test_tests_act_as_the_application_role() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user, pg_has_role(current_user, 'pg_database_owner', 'MEMBER')")
        assert cursor.fetchone() == (settings.APP_DB_ROLE, False)


@pytest.mark.django_db
def test_the_application_role_cannot_change_tables() -> None:
    with pytest.raises(ProgrammingError, match="must be owner"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("ALTER TABLE django_content_type ADD COLUMN more int")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("round_number", [1, 2])
def test_what_a_test_commits_is_gone_for_the_next_and_what_migrations_wrote_stays(round_number: int) -> None:
    users = get_user_model()._default_manager
    assert not users.filter(username="left-over").exists()
    users.create(username="left-over", display_name="Left over")
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM accounts_role")
        assert cursor.fetchone() == (6,)


def test_each_worker_of_a_run_keeps_to_names_of_its_own_in_the_broker() -> None:
    """With one prefix for all, a page would hear of the tickets of another worker's database."""
    assert f"test-{os.environ.get('PYTEST_XDIST_WORKER', 'main')}" == settings.REDIS_PREFIX

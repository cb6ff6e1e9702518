import pytest
from django.conf import settings
from django.db import ProgrammingError, connection, transaction

from apps.core import audit
from apps.core.actor import SYSTEM
from apps.core.checks import check_roles
from apps.core.models import AuditEntry
from apps.core.roles import append_only_tables, grant_application_role

pytestmark = [pytest.mark.integration, pytest.mark.django_db]


def test_tests_act_as_the_application() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user, rolsuper FROM pg_roles WHERE rolname = current_user")
        assert cursor.fetchone() == (settings.APP_DB_ROLE, False)


@pytest.mark.parametrize("table", ["core_auditentry", "core_auditseal", "core_auditanchor"])
@pytest.mark.parametrize("statement", ["UPDATE {} SET created = now()", "DELETE FROM {}", "DROP TABLE {}"])
def test_the_application_cannot_rewrite_the_audit_trail(table: str, statement: str) -> None:
    assert table in append_only_tables()
    with pytest.raises(ProgrammingError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement.format(table))


def test_nor_reach_a_partition_of_it_directly() -> None:
    entry = audit.record("test.thing", by=SYSTEM)
    partition = f"core_auditentry_{entry.created:%Y_%m}"
    for statement in (f"DELETE FROM {partition}", f"UPDATE {partition} SET result = 'x'"):
        with pytest.raises(ProgrammingError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
    entry.result = "changed"
    with pytest.raises(ProgrammingError), transaction.atomic():
        entry.save()
    assert AuditEntry.objects.get(pk=entry.pk).result == "ok"


def test_the_application_cannot_change_the_schema() -> None:
    for statement in ("CREATE TABLE mine (a int)", "ALTER TABLE core_lease ADD COLUMN a int", "DROP TABLE core_lease"):
        with pytest.raises(ProgrammingError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)


def test_granting_is_left_to_the_owner() -> None:
    assert grant_application_role() is False


def test_the_check_is_content_with_two_roles() -> None:
    assert check_roles(databases=["default"]) == []

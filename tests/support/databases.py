"""Two roles in one test database: the owner builds it, the application's role is what tests run as."""

import time
from functools import cache
from typing import Any

from django.db import IntegrityError, OperationalError, connection, transaction
from django.db.backends.utils import CursorWrapper
from psycopg import sql

from contactcenter import env

# What the migrations left in the tables they filled: table → (column of its key, keys).
_first_rows: dict[str, tuple[str, list[Any]]] = {}
_copies: set[str] = set()


def connect_as(account: dict[str, Any]) -> None:
    """Later queries of the default connection sign in as the given account (USER, PASSWORD); the database stays."""
    connection.close()
    for name in ("USER", "PASSWORD"):
        connection.settings_dict[name] = account[name]


def work_in(database: str) -> None:
    """Later queries of the default connection go to the given database."""
    connection.close()
    connection.settings_dict["NAME"] = database


def copy(database: str, name: str) -> None:
    """Makes a second database like the first, as the owner of both."""
    _copies.add(name)
    application = dict(connection.settings_dict)
    connect_as(env.database("DATABASE_OWNER_URL", env.text("DATABASE_URL")))
    try:
        with connection._nodb_cursor() as cursor:
            _drop(cursor, name)
            cursor.execute(
                sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(database))
            )
    finally:
        connect_as(application)


def drop_copies() -> None:
    """Drops the databases that `copy` made."""
    with connection._nodb_cursor() as cursor:
        for name in _copies:
            _drop(cursor, name)


def send_away() -> None:
    """Ends the sessions of our own role that still hold on to copies: processes that were killed leave some behind."""
    if not _copies:
        return
    with connection._nodb_cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = ANY(%s) AND usename = current_user",
            [list(_copies)],
        )


def _drop(cursor: CursorWrapper, name: str) -> None:
    """Without force, which PostgreSQL refuses an ordinary role while its own autovacuum is at work there.

    The plain way sends that away and gives everybody else five seconds to leave. On a busy machine the sessions of a
    process that was killed take longer to notice.
    """
    statement = sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(name))
    for _ in range(10):
        try:
            cursor.execute(statement)
        except OperationalError:
            continue
        return
    cursor.execute(statement)


def grant_for_tests(role: str) -> None:
    """Lets the role empty tables, which only tests do."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role])
        if cursor.fetchone() is None:
            return
        cursor.execute(sql.SQL("GRANT TRUNCATE ON ALL TABLES IN SCHEMA public TO {}").format(sql.Identifier(role)))


def remember_first_rows() -> None:
    """Notes what a fresh database holds, so that `empty` can go back to it."""
    _first_rows.clear()
    with connection.cursor() as cursor:
        for table in _tables():
            key = _key_column(table)
            cursor.execute(sql.SQL("SELECT {} FROM {}").format(sql.Identifier(key), sql.Identifier(table)))
            rows = [row[0] for row in cursor.fetchall()]
            if rows:
                _first_rows[table] = (key, rows)


def empty() -> None:
    """Removes what a test committed, and keeps what the migrations wrote: roles, permissions, the data key."""
    for _ in range(5):
        try:
            _empty_once()
        except (OperationalError, IntegrityError):
            # A live worker is at some of the rows, or wrote one that hangs on another which had none when we looked.
            time.sleep(0.2)
        else:
            return
    _empty_once()


def _empty_once() -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        for table in _filled(cursor):
            # Foreign keys are checked at the end of the transaction, so the order does not matter.
            how = "DELETE FROM {}" if _may_delete(cursor, table) else "TRUNCATE {}"
            cursor.execute(sql.SQL(how).format(sql.Identifier(table)))
        for table, (key, rows) in _first_rows.items():
            if table != "django_migrations":
                cursor.execute(
                    sql.SQL("DELETE FROM {} WHERE NOT ({} = ANY(%s))").format(
                        sql.Identifier(table), sql.Identifier(key)
                    ),
                    [rows],
                )


def _filled(cursor: CursorWrapper) -> list[str]:
    """Tables with rows: looking first is far cheaper than emptying a hundred empty tables."""
    looks = [
        sql.SQL("SELECT {} WHERE EXISTS (SELECT FROM {})").format(sql.Literal(table), sql.Identifier(table))
        for table in _tables()
        if table not in _first_rows
    ]
    cursor.execute(sql.SQL(" UNION ALL ").join(looks))
    return [row[0] for row in cursor.fetchall()]


def _may_delete(cursor: CursorWrapper, table: str) -> bool:
    """Not from the audit trail: nobody may, but tests may empty it."""
    cursor.execute("SELECT has_table_privilege(quote_ident(%s), 'DELETE')", [table])
    row = cursor.fetchone()
    return bool(row and row[0])


@cache
def _tables() -> list[str]:
    names = connection.introspection.django_table_names(only_existing=True, include_views=False)
    return [*sorted(names), "django_migrations"]


def _key_column(table: str) -> str:
    with connection.cursor() as cursor:
        constraints = connection.introspection.get_constraints(cursor, table)
    keys = [entry["columns"] for entry in constraints.values() if entry["primary_key"]]
    return str(keys[0][0]) if keys else "id"

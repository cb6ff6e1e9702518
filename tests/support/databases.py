"""Two roles in one test database: the owner builds it, the application's role is what tests run as."""

from typing import Any

from django.db import connection
from psycopg import sql


def connect_as(account: dict[str, Any]) -> None:
    """Later queries of the default connection sign in as the given account (USER, PASSWORD); the database stays."""
    connection.close()
    for name in ("USER", "PASSWORD"):
        connection.settings_dict[name] = account[name]


def grant_for_tests(role: str) -> None:
    """Lets the role empty tables, which only tests do, and read what the migrations left."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role])
        if cursor.fetchone() is None:
            return
        cursor.execute(sql.SQL("GRANT TRUNCATE ON ALL TABLES IN SCHEMA public TO {}").format(sql.Identifier(role)))

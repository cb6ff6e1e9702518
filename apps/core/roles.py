"""What the application's database role may do. Run after every migrate by the owner; see docs/development/core.md."""

from __future__ import annotations

import logging

from django.apps import apps
from django.conf import settings
from django.db import connections
from django.db.backends.utils import CursorWrapper

logger = logging.getLogger(__name__)


def grant_application_role(using: str = "default") -> bool:
    """Give the application role its rights on every table and sequence; False when we are not the owner or have one
    role only.
    """
    role = getattr(settings, "APP_DB_ROLE", "")
    connection = connections[using]
    with connection.cursor() as cursor:
        if not role or not _owns_schema(cursor) or not _role_exists(cursor, role):
            return False
        quoted = connection.ops.quote_name(role)
        tables = _tables(cursor)
        append_only = append_only_tables() & tables
        read_only = {"django_migrations"} & tables
        writable = tables - append_only - read_only
        quote = connection.ops.quote_name
        cursor.execute(f"GRANT USAGE ON SCHEMA public TO {quoted}")
        _grant(cursor, "SELECT, INSERT, UPDATE, DELETE", sorted(map(quote, writable)), quoted)
        _grant(cursor, "SELECT, INSERT", sorted(map(quote, append_only)), quoted)
        _grant(cursor, "SELECT", sorted(map(quote, read_only)), quoted)
        for name in sorted(append_only | read_only):
            revoked = "UPDATE, DELETE, TRUNCATE" if name in append_only else "INSERT, UPDATE, DELETE, TRUNCATE"
            cursor.execute(f"REVOKE {revoked} ON {quote(name)} FROM {quoted}, PUBLIC")
        if getattr(settings, "APP_DB_ROLE_MAY_TRUNCATE", False):
            _grant(cursor, "TRUNCATE", sorted(map(quote, writable | append_only)), quoted)
        cursor.execute(f"GRANT USAGE, SELECT, UPDATE ON ALL SEQUENCES IN SCHEMA public TO {quoted}")
        cursor.execute(f"GRANT EXECUTE ON FUNCTION core_ensure_partition(text, date) TO {quoted}")
    return True


def append_only_tables() -> set[str]:
    return {model._meta.db_table for model in apps.get_models() if getattr(model, "append_only", False)}


def _grant(cursor: CursorWrapper, rights: str, tables: list[str], role: str) -> None:
    if tables:
        cursor.execute(f"GRANT {rights} ON {', '.join(tables)} TO {role}")


def _owns_schema(cursor: CursorWrapper) -> bool:
    cursor.execute(
        "SELECT pg_has_role(current_user, relowner, 'USAGE') FROM pg_class"
        " WHERE oid = to_regclass('public.core_datakey')"
    )
    row = cursor.fetchone()
    return bool(row and row[0])


def _role_exists(cursor: CursorWrapper, role: str) -> bool:
    """Create the role if we may. With a single role for everything there is nothing to grant."""
    cursor.execute("SELECT current_user, rolcreaterole OR rolsuper FROM pg_roles WHERE rolname = current_user")
    current, may_create = cursor.fetchone()
    if current == role:
        return False
    cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role])
    if cursor.fetchone():
        return True
    if not may_create:
        logger.warning("Database role %s does not exist and this role may not create it; no rights were granted.", role)
        return False
    cursor.execute(f'CREATE ROLE "{role}" LOGIN')
    return True


def _tables(cursor: CursorWrapper) -> set[str]:
    """Ordinary tables and partitioned parents. Partitions get no rights of their own: they are reached through the
    parent.
    """
    cursor.execute(
        "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
        " WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p', 'v', 'm') AND NOT c.relispartition"
        " AND pg_has_role(current_user, c.relowner, 'USAGE')"
        " AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')"
    )
    return {row[0] for row in cursor.fetchall()}

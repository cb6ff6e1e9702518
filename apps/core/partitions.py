"""Monthly range partitions: the migration operations, and the upkeep at run time.

The application role may not create tables, so next months' partitions are made by a SECURITY DEFINER function of
the owner.
A DEFAULT partition catches rows of months that have none yet; making such a month later moves its rows over.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from django.db import connections, models, router
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations import CreateModel
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState

from apps.core import clock

MONTHS_AHEAD = 3

CREATE_FUNCTION = """
CREATE FUNCTION core_ensure_partition(parent text, month date) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public SET lock_timeout = '10s' SET timezone = 'UTC' AS $$
DECLARE
    first_day date := date_trunc('month', month)::date;
    next_day date := (date_trunc('month', month) + interval '1 month')::date;
    partition_name text := parent || '_' || to_char(first_day, 'YYYY_MM');
    default_name text := parent || '_default';
    key_column text;
BEGIN
    IF first_day < date '1970-01-01' OR first_day > current_date + interval '10 years' THEN
        RAISE EXCEPTION 'no partition for %%', first_day;
    END IF;
    SELECT a.attname INTO key_column
      FROM pg_partitioned_table p
      JOIN pg_class c ON c.oid = p.partrelid
      JOIN pg_namespace n ON n.oid = c.relnamespace
      JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = p.partattrs[0]
     WHERE n.nspname = 'public' AND c.relname = parent AND p.partstrat = 'r';
    IF key_column IS NULL THEN
        RAISE EXCEPTION '%% is not partitioned by range', parent;
    END IF;
    PERFORM pg_advisory_xact_lock(hashtext('core.partition'), hashtext(parent));
    IF to_regclass(format('public.%%I', partition_name)) IS NOT NULL THEN
        RETURN false;
    END IF;
    EXECUTE format('CREATE TABLE public.%%I (LIKE public.%%I INCLUDING DEFAULTS INCLUDING CONSTRAINTS'
                   ' INCLUDING STORAGE)',
                   partition_name, parent);
    EXECUTE format('LOCK TABLE public.%%I IN ACCESS EXCLUSIVE MODE', default_name);
    EXECUTE format('WITH moved AS (DELETE FROM public.%%I'
                   ' WHERE %%I >= %%L::timestamptz AND %%I < %%L::timestamptz RETURNING *)'
                   ' INSERT INTO public.%%I SELECT * FROM moved',
                   default_name, key_column, first_day, key_column, next_day, partition_name);
    EXECUTE format('ALTER TABLE public.%%I ATTACH PARTITION public.%%I FOR VALUES FROM (%%L) TO (%%L)',
                   parent, partition_name, first_day::timestamptz, next_day::timestamptz);
    RETURN true;
END
$$;
REVOKE ALL ON FUNCTION core_ensure_partition(text, date) FROM PUBLIC;
""".replace("%%", "%")
DROP_FUNCTION = "DROP FUNCTION core_ensure_partition(text, date);"


class CreatePartitionedModel(CreateModel):
    """CreateModel whose table is range-partitioned by ``column``: database key (id, column), own sequence, DEFAULT
    partition.

    Nothing may have a database foreign key to it, and it can have no unique constraint without ``column``.
    """

    def __init__(self, *args: Any, column: str = "created", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.column = column

    def deconstruct(self) -> Any:
        name, args, kwargs = super().deconstruct()
        return name, args, {**kwargs, "column": self.column}

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        model = to_state.apps.get_model(app_label, self.name)
        if self.allow_migrate_model(schema_editor.connection.alias, model):
            _create_table(schema_editor, model, self.column)
            schema_editor.deferred_sql.extend(schema_editor._model_indexes_sql(model))  # type: ignore[attr-defined]

    def describe(self) -> str:
        return f"Create partitioned model {self.name}"


class PartitionByMonth(Operation):
    """Put right after the CreateModel that ``makemigrations`` wrote: makes the still empty table a partitioned one."""

    reduces_to_sql = True
    reversible = True

    def __init__(self, model: str, column: str = "created") -> None:
        self.model = model
        self.column = column

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        pass

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        model = to_state.apps.get_model(app_label, self.model)
        if not self.allow_migrate_model(schema_editor.connection.alias, model):
            return
        table = schema_editor.quote_name(model._meta.db_table)
        schema_editor.execute(
            f"DO $$ BEGIN IF EXISTS (SELECT FROM {table}) THEN RAISE EXCEPTION 'not empty'; END IF; END $$", None
        )
        schema_editor.execute(f"DROP TABLE {table}", None)
        # Statements that CreateModel deferred (foreign keys, indexes) still run on the new table; ours would only
        # double them.
        deferred = list(schema_editor.deferred_sql)
        _create_table(schema_editor, model, self.column)
        schema_editor.deferred_sql[:] = deferred

    def database_backwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        """Nothing: CreateModel's own reversal drops the table with its partitions."""

    def describe(self) -> str:
        return f"Partition {self.model} by month of {self.column}"


def _create_table(schema_editor: BaseDatabaseSchemaEditor, model: type[models.Model], column: str) -> None:
    key = model._meta.pk
    quote = schema_editor.quote_name
    table = model._meta.db_table
    sequence = f"{table}_id_seq"
    sql, params = schema_editor.table_sql(model)
    for unwanted in (" PRIMARY KEY", " GENERATED BY DEFAULT AS IDENTITY"):
        if unwanted not in sql:
            raise NotImplementedError(f"Cannot partition {table}: unexpected definition of its key.")
        sql = sql.replace(unwanted, "", 1)
    body = sql.rpartition(")")[0]
    sql = f"{body}, PRIMARY KEY ({quote(str(key.column))}, {quote(column)})) PARTITION BY RANGE ({quote(column)})"
    schema_editor.execute(sql, params or None)
    schema_editor.execute(
        f"CREATE SEQUENCE {quote(sequence)} AS bigint OWNED BY {quote(table)}.{quote(str(key.column))}", None
    )
    schema_editor.execute(
        f"ALTER TABLE {quote(table)} ALTER COLUMN {quote(str(key.column))} SET DEFAULT nextval('{quote(sequence)}')",
        None,
    )
    schema_editor.execute(f"CREATE TABLE {quote(table + '_default')} PARTITION OF {quote(table)} DEFAULT", None)


def partitioned_tables(using: str | None = None) -> list[str]:
    with connections[using or "default"].cursor() as cursor:
        cursor.execute(
            "SELECT c.relname FROM pg_partitioned_table p JOIN pg_class c ON c.oid = p.partrelid"
            " JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = 'public' AND p.partstrat = 'r' ORDER BY 1"
        )
        return [row[0] for row in cursor.fetchall()]


def ensure_partitions(*, ahead: int = MONTHS_AHEAD, using: str | None = None) -> int:
    """Make the partitions of this month and the next ones wherever they are missing; returns how many were made."""
    today = clock.now().date()
    months = [_add_months(today, offset) for offset in range(ahead + 1)]
    return sum(_ensure(table, month, using) for table in partitioned_tables(using) for month in months)


def ensure_partition_for(model: type[models.Model], day: date | datetime) -> bool:
    """For seeds and imports that write into the past."""
    if isinstance(day, datetime):
        day = day.astimezone(UTC).date()
    return _ensure(model._meta.db_table, day, router.db_for_write(model))


def _ensure(table: str, day: date, using: str | None) -> bool:
    with connections[using or "default"].cursor() as cursor:
        cursor.execute("SELECT to_regclass(%s) IS NULL", [f'public."{table}_{day:%Y_%m}"'])
        if not cursor.fetchone()[0]:
            return False
        cursor.execute("SELECT core_ensure_partition(%s, %s)", [table, day])
        return bool(cursor.fetchone()[0])


def _add_months(day: date, months: int) -> date:
    index = day.year * 12 + day.month - 1 + months
    return date(index // 12, index % 12 + 1, 1)

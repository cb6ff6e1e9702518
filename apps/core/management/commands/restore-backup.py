"""Restores an encrypted backup."""  # noqa: N999 (commands are written with hyphens)

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection
from psycopg import Connection, connect

from apps.core.backups import opened
from apps.core.crypto import DecryptionError, unwrap_key
from apps.core.postgres_programs import ProgramFailed, ProgramMissing, environment, program, writing_to


class Command(BaseCommand):
    help = (
        "Restores an encrypted backup into an empty database on the same server, and says what came back"
        " and whether the keys of this installation open it. For restoring, and for rehearsing it."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--database", required=True, help="The name of an empty database that exists.")

    def handle(self, *args: Any, file: Path, database: str, **options: Any) -> None:
        began = time.monotonic()
        self._require_empty(database)
        try:
            self._restore(file, database)
        except (DecryptionError, ProgramMissing, ProgramFailed, OSError) as error:
            raise CommandError(f"Nothing that can be used was restored: {error}") from error
        tables, good, bad = self._look(database)
        keys = f"{good} data keys open" + (f", {bad} do not" if bad else "")
        self.stdout.write(f"{tables} tables in {time.monotonic() - began:.0f} s; {keys}.")
        if bad:
            raise CommandError("MASTER_KEYS lacks a key that wraps some of them, so part of the data cannot be read.")

    def _restore(self, file: Path, database: str) -> None:
        command = [
            program("pg_restore", version=connection.get_database_version()[0]),
            "--no-owner",
            "--no-privileges",
            "--exit-on-error",
            "--dbname",
            database,
        ]
        env = environment(connection.settings_dict, database=database)
        with file.open("rb") as source, writing_to(command, env=env) as sink:
            for piece in opened(source):
                sink.write(piece)

    def _require_empty(self, database: str) -> None:
        with self._connected(database) as other:
            row = other.execute("SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace").fetchone()
        if row is None or row[0]:
            raise CommandError(f"{database} is not empty, and nothing in it was touched.")

    def _look(self, database: str) -> tuple[int, int, int]:
        """Tables; data keys that open with the master keys here, and that do not. Destroyed ones are neither."""
        with self._connected(database) as other:
            tables = other.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone()
            keys = other.execute("SELECT id, master_key, wrapped FROM core_datakey WHERE wrapped <> ''").fetchall()
        opens = [self._opens(*key) for key in keys]
        return tables[0] if tables else 0, sum(opens), len(opens) - sum(opens)

    def _opens(self, key_id: int, master_key: str, wrapped: bytes) -> bool:
        try:
            unwrap_key(bytes(wrapped), key_id=key_id, master_key=master_key)
        except DecryptionError:
            return False
        return True

    def _connected(self, database: str) -> Connection[Any]:
        told = connection.settings_dict
        account = {"host": told["HOST"], "port": told["PORT"], "user": told["USER"], "password": told["PASSWORD"]}
        return connect(dbname=database, **{name: value for name, value in account.items() if value})

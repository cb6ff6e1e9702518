from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection

from apps.core.backups import sealed
from apps.core.postgres_programs import ProgramFailed, ProgramMissing, environment, program, reading_from


class Command(BaseCommand):
    help = "Writes a dump of the database into one encrypted file, which opens with MASTER_KEYS alone."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="A new file; what is there already is never written over.")

    def handle(self, *args: Any, file: Path, **options: Any) -> None:
        unfinished = file.with_name(f".{file.name}.part")
        try:
            size = self._dump(unfinished, file)
        except (ProgramMissing, ProgramFailed, OSError) as error:
            raise CommandError(f"No backup was made: {error}") from error
        finally:
            unfinished.unlink(missing_ok=True)
        self.stdout.write(self.style.SUCCESS(f"{file}: {size} bytes."))

    def _dump(self, unfinished: Path, file: Path) -> int:
        if file.exists():
            raise FileExistsError(f"{file} is there already.")
        command = [
            program("pg_dump", version=connection.get_database_version()[0]),
            "--format=custom",
            "--no-owner",
            "--no-privileges",
        ]
        descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as sink:
            with reading_from(command, env=environment(connection.settings_dict)) as dump:
                size = sum(sink.write(piece) for piece in sealed(dump))
            sink.flush()
            os.fsync(sink.fileno())
        unfinished.rename(file)
        return size

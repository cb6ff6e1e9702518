"""The file has a hyphen because the command has one: `manage.py replay-erasures`."""  # noqa: N999 (the file is the name of the command)

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.privacy.enums import ErasureState
from apps.privacy.models import Erasure
from apps.privacy.services import replaying
from apps.privacy.services.erasing import keep_proof


class Command(BaseCommand):
    help = (
        "Run after a backup was restored, before anybody signs in: erases again whoever was erased since the backup."
        " Reads the list of this database and of ERASURE_LIST_DIR, or of --list FOLDER. --write only writes the files"
        " of ERASURE_LIST_DIR that are missing."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--list", type=Path, default=settings.ERASURE_LIST_DIR, dest="folder")
        parser.add_argument("--write", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["write"]:
            self._write()
            return
        entries = list(replaying.own_entries())
        if options["folder"] is not None:
            try:
                entries += replaying.kept_entries(options["folder"])
            except (OSError, replaying.UnreadableEntry) as error:
                raise CommandError(str(error)) from error
        count = replaying.replay(entries)
        self.stdout.write(f"{len(entries)} erasures on the list; {count} persons were there again and are erased.")

    def _write(self) -> None:
        if settings.ERASURE_LIST_DIR is None:
            raise CommandError("ERASURE_LIST_DIR is not set.")
        rows = list(Erasure.objects.filter(state=ErasureState.DONE, is_replay=False))
        for row in rows:
            keep_proof(row)
        self.stdout.write(f"{len(rows)} proofs written.")

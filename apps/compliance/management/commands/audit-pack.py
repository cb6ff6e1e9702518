"""The pack for auditors by one command; also says whether a pack is as it was signed."""  # noqa: N999 (the file is the name of the command)

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import translation

from apps.compliance.services.packs import findings_in, made_of
from apps.core.actor import SYSTEM
from apps.core.evidence import Period
from apps.core.sealed_zip import new_password, unzipped, zipped


class Command(BaseCommand):
    help = "Writes the pack for auditors of a period as a ZIP under a password, or checks one with --verify."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--from", dest="since", type=date.fromisoformat, help="First day, in UTC.")
        parser.add_argument("--to", dest="until", type=date.fromisoformat, help="Last day, in UTC.")
        parser.add_argument("--out", type=Path, help="Where the pack goes.")
        parser.add_argument("--language", default="zh-hans", help="Of titles and states.")
        parser.add_argument("--verify", type=Path, help="A pack to check instead of writing one.")
        parser.add_argument("--password", default="", help="Of the pack to check.")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["verify"]:
            self._verify(options["verify"], options["password"])
        elif options["since"] and options["until"] and options["out"]:
            self._write(_period(options["since"], options["until"]), options["out"], options["language"])
        else:
            raise CommandError("Say --from, --to and --out, or --verify.")

    def _write(self, period: Period, out: Path, language: str) -> None:
        with translation.override(language):
            made = made_of(period, SYSTEM)
        password = new_password()
        out.write_bytes(zipped(made.files, password=password))
        self.stdout.write(f"{made.rows} rows in {len(made.files)} files.")
        self.stdout.write(f"{out}: its password is {password}")

    def _verify(self, place: Path, password: str) -> None:
        try:
            files = unzipped(place.read_bytes(), password=password)
        except (OSError, RuntimeError, ValueError) as error:
            raise CommandError(f"{place} does not open: {error}") from error
        findings = findings_in(files)
        if findings:
            raise CommandError("\n".join(findings))
        self.stdout.write(self.style.SUCCESS("The pack is as it was signed."))


def _period(first: date, last: date) -> Period:
    if last < first:
        raise CommandError("The last day lies before the first.")
    begin, end = (datetime.combine(day, time.min, UTC) for day in (first, last + timedelta(days=1)))
    return Period(begin, end)

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from apps.tickets.services.detecting import detect_again


class Command(BaseCommand):
    help = (
        "Looks for personal data in texts that an older version of the detector read, and keeps what it finds. It may be"
        " stopped at any time; started again it passes over what is done."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--limit", type=int, default=0, help="stop after so many texts were looked at anew; 0: all")

    def handle(self, *args: Any, **options: Any) -> None:
        seen = renewed = 0
        before = None
        while True:
            passed = detect_again(before=before)
            seen, renewed, before = seen + passed.seen, renewed + passed.renewed, passed.before
            if before is None or (options["limit"] and renewed >= options["limit"]):
                break
            if seen % 10_000 == 0:
                self.stdout.write(f"{seen} texts, {renewed} looked at anew, now at {before[0]:%Y-%m-%d}")
        self.stdout.write(self.style.SUCCESS(f"{seen} texts, {renewed} looked at anew"))

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.core import audit


class Command(BaseCommand):
    help = (
        "Checks the audit trail's chain of seals and daily anchors;"
        " fails when something was changed, deleted or inserted."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--public-key", action="store_true", help="Only print the key that verifies daily anchors.")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["public_key"]:
            self.stdout.write(audit.public_key_text())
            return
        result = audit.verify_trail()
        for finding in result.findings:
            self.stderr.write(f"{finding.kind}: {finding.text}")
        self.stdout.write(
            f"{result.entries} entries in {result.seals} seals, {result.retired} retired with their month,"
            f" {result.waiting} waiting for a seal."
        )
        if not result.is_intact:
            raise CommandError(f"The audit trail is not intact: {len(result.findings)} findings.")
        self.stdout.write(self.style.SUCCESS("The audit trail is intact."))

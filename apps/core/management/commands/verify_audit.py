from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.core import audit
from apps.core.models import AuditAnchor


class Command(BaseCommand):
    help = (
        "Checks the audit trail's chain of seals and daily anchors;"
        " fails when something was changed, deleted or inserted."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--public-key", action="store_true", help="Only print the key that verifies daily anchors.")
        parser.add_argument(
            "--print-anchors", action="store_true", help="Only print the daily anchors, a line for each."
        )
        parser.add_argument(
            "--anchors",
            type=Path,
            default=settings.AUDIT_ANCHOR_DIR,
            help="Anchors kept elsewhere, a folder or a file of such lines, to compare the chain with."
            " Without it AUDIT_ANCHOR_DIR, where that is set.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["public_key"]:
            self.stdout.write(audit.public_key_text())
        elif options["print_anchors"]:
            for row in AuditAnchor.objects.order_by("day"):
                self.stdout.write(audit.line_of(audit.anchor_of(row)))
        else:
            self._verify(options["anchors"])

    def _verify(self, place: Path | None) -> None:
        try:
            kept = [] if place is None else list(audit.kept_anchors(place))
        except (OSError, audit.UnreadableAnchor) as error:
            raise CommandError(f"The kept anchors cannot be read: {error}") from error
        result = audit.verify_trail(kept)
        for finding in result.findings:
            self.stderr.write(f"{finding.kind}: {finding.text}")
        self.stdout.write(
            f"{result.entries} entries in {result.seals} seals, {result.retired} retired with their month,"
            f" {result.waiting} waiting for a seal, {len(kept)} kept anchors."
        )
        if not result.is_intact:
            raise CommandError(f"The audit trail is not intact: {len(result.findings)} findings.")
        self.stdout.write(self.style.SUCCESS("The audit trail is intact."))

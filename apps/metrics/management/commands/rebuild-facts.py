"""Makes all facts anew from what is stored; the same comes out as from hearing of each thing when it happened.

The file has a hyphen because the command has one: `manage.py rebuild-facts`.
"""  # noqa: N999 (the file is the name of the command)

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from apps.metrics.services import facts


class Command(BaseCommand):
    help = "Makes all facts anew from what is stored. Safe to run at any time, while others work."

    def handle(self, *args: Any, **given: Any) -> None:
        total = facts.mark_everything()
        done = 0
        while folded := facts.fold_due():
            done += folded
            self.stdout.write(f"{done} of {total}", ending="\r")
        self.stdout.write(f"{total} tickets and agents: facts made anew.")

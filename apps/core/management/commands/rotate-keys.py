# ruff: noqa: N999 (the command is spelled so)
from __future__ import annotations

import time
from typing import Any, Final

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.core import rotation
from apps.core.actor import SYSTEM
from apps.core.errors import AppError
from apps.core.models import DataKey, KeyRotation

SAY_EVERY: Final = 2.0


class Command(BaseCommand):
    help = (
        "Makes a new data key and brings every stored value under it while everything runs. Killed, it is simply run"
        " again: it goes on where it was, and never makes a second key before the first is done."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--batch", type=int, default=500, help="Rows changed in one transaction (500).")
        mode = parser.add_mutually_exclusive_group()
        mode.add_argument("--status", action="store_true", help="Only tell how far it is; counts nothing anew.")
        mode.add_argument("--count", action="store_true", help="Only count the values under each key, in every table.")
        mode.add_argument("--lazy", action="store_true", help="Only make the new key; values are brought over later.")
        mode.add_argument("--destroy", type=int, metavar="KEY", help="Destroy a retired key that nothing needs.")
        mode.add_argument(
            "--rewrap",
            action="store_true",
            help="Wrap all data keys under the active master key, after a new one was put first into MASTER_KEYS.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        self._said = 0.0
        if options["status"]:
            self._tell()
        elif options["count"]:
            rotation.count_values()
            self._tell_keys()
        elif options["rewrap"]:
            self.stdout.write(f"{rotation.rewrap_data_keys()} data keys wrapped under the active master key.")
        elif options["destroy"] is not None:
            self._destroy(options["destroy"])
        else:
            self._rotate(size=max(1, options["batch"]), lazy=options["lazy"])

    def _rotate(self, *, size: int, lazy: bool) -> None:
        run = rotation.start_rotation()
        self.stdout.write(f"Data key {run.key_id} is active since {run.started:%Y-%m-%d %H:%M:%S} UTC.")
        if lazy:
            return
        try:
            rotation.go_on(run, size=size, say=self._say)
        except rotation.Unfinished as reason:
            raise CommandError(str(reason)) from None
        self._tell()

    def _destroy(self, key_id: int) -> None:
        try:
            rotation.destroy_key(key_id=key_id, by=SYSTEM)
        except DataKey.DoesNotExist:
            raise CommandError(f"There is no data key {key_id}.") from None
        except AppError as refusal:
            raise CommandError(str(refusal.detail())) from None
        self.stdout.write(f"Data key {key_id} is destroyed.")

    def _say(self, words: str) -> None:
        """Not for every batch."""
        if time.monotonic() - self._said >= SAY_EVERY:
            self._said = time.monotonic()
            self.stdout.write(words)

    def _tell(self) -> None:
        last = KeyRotation.objects.order_by("-pk").first()
        for table in last.tables.all() if last else ():
            if table.total or table.left:
                rate = table.per_second
                rest = f", about {table.left / rate:.0f} s" if table.left and rate else ""
                self.stdout.write(f"{table.label}: {table.done} done, {table.left} left, {rate:.0f}/s{rest}")
        if last and last.last_error:
            self.stdout.write(f"Last error, {last.last_error_at:%Y-%m-%d %H:%M} UTC: {last.last_error}")
        self._tell_keys()

    def _tell_keys(self) -> None:
        keys = list(DataKey.objects.order_by("pk"))
        active = max((key.pk for key in keys if not key.retired), default=None)
        for key in keys:
            counted = "not counted" if key.values_left is None else f"{key.values_left} values"
            self.stdout.write(f"data key {key.pk}: {rotation.state_of(key, active=active)}, {counted}")

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from apps.core import crypto, rotation
from apps.core.models import DataKey


class Command(BaseCommand):
    help = (
        "Makes a new data key and brings stored values under it in batches. Stopped, it is continued with --continue."
        " --rewrap only wraps the data keys anew, after a new master key was put first into MASTER_KEYS."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        mode = parser.add_mutually_exclusive_group()
        mode.add_argument("--continue", action="store_true", dest="go_on", help="Go on under the newest data key.")
        mode.add_argument("--rewrap", action="store_true", help="Wrap all data keys under the active master key.")
        mode.add_argument(
            "--lazy", action="store_true", help="Only make the new key; values follow as they are changed."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["rewrap"]:
            self.stdout.write(f"{rotation.rewrap_data_keys()} data keys wrapped under the active master key.")
            return
        if options["go_on"]:
            key_id = DataKey.objects.filter(retired=None).latest("pk").pk
            crypto.forget_keys()
        else:
            key_id = rotation.start_new_key()
            self.stdout.write(f"Data key {key_id} is active.")
        if not options["lazy"]:
            self._bring_over(key_id)

    def _bring_over(self, key_id: int) -> None:
        for model in rotation.models_with_encryption():
            done = 0
            for count in rotation.reencrypt(model, key_id=key_id):
                done += count
                self.stdout.write(f"{model._meta.label}: {done}", ending="\r")
            if done:
                self.stdout.write(f"{model._meta.label}: {done} rows under data key {key_id}")
        self.stdout.write(
            "Done. Processes that were running use the old key for up to a minute more: run again with --continue then."
        )

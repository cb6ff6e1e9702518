"""For the manager who lost both phone and recovery codes, when there is no other manager to ask."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from apps.accounts.models import User
from apps.accounts.services.second_factor import reset_second_factor
from apps.core.actor import SYSTEM


class Command(BaseCommand):
    help = "Takes somebody's second factor away and signs them out; their role says whether they set up another."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username")

    def handle(self, *args: Any, **options: Any) -> None:
        user = User.objects.filter(username=options["username"]).first()
        if user is None:
            raise CommandError(f"Nobody is called {options['username']}.")
        reset_second_factor(user=user, by=SYSTEM)
        self.stdout.write(f"{user.username} signs in with the password alone, and then sets up another second factor.")

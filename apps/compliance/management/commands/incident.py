"""Who could have seen what, from the command line: for the hour in which nobody wants to look for a page."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from apps.accounts.models import User
from apps.compliance.models import Incident
from apps.compliance.selectors.breach import look_into
from apps.compliance.services.breach import made_of
from apps.core import audit, clock
from apps.core.actor import SYSTEM
from apps.core.sealed_zip import new_password, zipped


class Command(BaseCommand):
    help = "Records an incident and lists the affected persons and kinds of data out of the audit trail."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--what", required=True, help="What happened, in a sentence or two.")
        parser.add_argument("--by", default="", help="Who noticed it, and how.")
        parser.add_argument("--since", required=True, help="Such as 2026-05-04T10:00:00+08:00.")
        parser.add_argument("--until", help="By default now.")
        parser.add_argument("--user", action="append", default=[], help="Sign-in name of an account; may be repeated.")
        parser.add_argument("--ip", help="Network address.")
        parser.add_argument("--sign-in", type=int, help="Number of a sign-in's entry in the audit trail.")
        parser.add_argument("--ticket", type=int, action="append", default=[], help="Number; may be repeated.")
        parser.add_argument("--without-lists", action="store_true", help="Only what the trail names.")
        parser.add_argument("--out", type=Path, help="Where the list and the letters go, as a ZIP under a password.")

    def handle(self, *args: Any, **options: Any) -> None:
        people = self._people(options["user"])
        incident = Incident.objects.create(
            title=options["what"][:80],
            detected_by=options["by"],
            what_happened=options["what"],
            since=_moment(options["since"]),
            until=_moment(options["until"]) if options["until"] else clock.now(),
            ip=options["ip"],
            sign_in=options["sign_in"],
            tickets=options["ticket"],
            counts_lists=not options["without_lists"],
        )
        incident.people.set(people)
        audit.record("compliance.incident.created", by=SYSTEM, subject=incident)
        self._tell(incident, options["out"])

    def _people(self, names: list[str]) -> list[User]:
        people = list(User.objects.filter(username__in=names))
        unknown = sorted(set(names) - {user.username for user in people})
        if unknown:
            raise CommandError(f"Nobody signs in as {', '.join(unknown)}.")
        return people

    def _tell(self, incident: Incident, out: Path | None) -> None:
        exposure = look_into(incident)
        if exposure is None:
            raise CommandError("Name accounts, an address, a sign-in or tickets.")
        named = sum(1 for row in exposure.persons if row.times)
        self.stdout.write(f"Incident {incident.pk}: {len(exposure.persons)} persons, {named} of them by an entry.")
        self.stdout.write(f"The authority has to be told until {incident.authority_due_at:%Y-%m-%d %H:%M} UTC.")
        if exposure.is_lens_changed:
            self.stdout.write("Roles, people or masking were changed since: take what is called masked as seen.")
        if out is not None:
            password = new_password()
            out.write_bytes(zipped(made_of(incident, SYSTEM).files, password=password))
            self.stdout.write(f"{out}: its password is {password}")


def _moment(text: str) -> datetime:
    try:
        moment = parse_datetime(text)
    except ValueError:
        moment = None
    if moment is None:
        raise CommandError(f"{text!r} is no moment such as 2026-05-04T10:00:00+08:00.")
    return timezone.make_aware(moment) if timezone.is_naive(moment) else moment

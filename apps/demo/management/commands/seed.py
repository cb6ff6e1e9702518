"""Fills an empty installation with the demo company: the same seed gives the same world."""

from __future__ import annotations

import random
import sys
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from apps.accounts.models import User
from apps.core.clock import now


class Command(BaseCommand):
    help = "Load the demo company: staff, queues, channels, customers and tickets of the past days."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--tickets", type=int, default=800)
        parser.add_argument("--customers", type=int, default=420)
        parser.add_argument("--days", type=int, default=90)
        parser.add_argument("--seed", type=int, default=7)
        parser.add_argument("--without-events", action="store_true", help="Leave history and feed out (large loads).")

    def handle(self, **options: Any) -> None:
        if not settings.DEMO and not settings.DEBUG:
            raise CommandError("Demo data opens known sign-ins; it is loaded only where DEMO is on.")
        if User.objects.exists():
            raise CommandError("There are people in this database already; demo data goes into an empty one only.")
        # All or nothing: a start that was interrupted here begins anew.
        with transaction.atomic():
            self._load(options)

    def _load(self, options: dict[str, Any]) -> None:
        from apps.demo.seed.alerts import write_alerts
        from apps.demo.seed.contracts import write_contract
        from apps.demo.seed.counter import write_counter
        from apps.demo.seed.governance import write_governance
        from apps.demo.seed.livechat import write_livechat
        from apps.demo.seed.minors import write_minor
        from apps.demo.seed.notice import write_notice
        from apps.demo.seed.past import write_past
        from apps.demo.seed.people import invent
        from apps.demo.seed.plots import draw_plots
        from apps.demo.seed.promises import write_promises
        from apps.demo.seed.reveals import write_reveal
        from apps.demo.seed.routing import write_routing
        from apps.demo.seed.webhooks import write_webhook
        from apps.demo.seed.world import build_world
        from apps.demo.seed.writer import write_customers, write_plots

        rng = random.Random(options["seed"])
        people = [invent(rng, number) for number in range(options["customers"])]
        plots = draw_plots(
            rng=rng, people=people, count=options["tickets"], until=now().replace(microsecond=0), days=options["days"]
        )
        world = build_world(password=settings.DEMO_PASSWORD)
        write_notice(world, days=options["days"])
        write_counter(world)
        write_livechat(world)
        write_contract(world)
        write_routing(world)
        write_alerts(world)
        customers = write_customers(people, rng=rng)
        write_plots(
            plots,
            world=world,
            customers=customers,
            rng=rng,
            with_events=not options["without_events"],
            progress=lambda done: self._tell(done, len(plots)),
        )
        write_webhook(world)
        write_promises()
        if not options["without_events"]:
            write_past(rng=rng)
            write_reveal()
            write_governance(world)
            write_minor()
        self.stdout.write(f"Loaded {len(plots)} tickets of {len(people)} customers.")

    def _tell(self, done: int, total: int) -> None:
        if sys.stdout.isatty():
            self.stdout.write(f"\r  {done} of {total} tickets", ending="\n" if done == total else "")
            self.stdout.flush()

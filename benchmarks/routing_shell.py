"""How fast offers are made on a real database, and what a look at a floor costs on which nothing or little changed.

1,000 agents of 40 kinds and 10,000 tickets of many kinds in ten queues, as in `benchmarks.routing`; here they are rows, each
decision becomes an offer with its event, and each change comes by its event. Beside seconds it counts statements, which do
not depend on the machine.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from datetime import timedelta
from random import Random
from typing import Any

from benchmarks import ground

KEY = "bench-routing"
KINDS = 40
QUEUES = 10
SKILLS = 8


def build(agents: int, waiting: int) -> None:
    chance = Random(1)
    queues = _queues()
    _rules(queues)
    skills = _skills()
    _agents(agents, _teams(queues, chance), skills, chance)
    _tickets(waiting, queues, chance)
    ground.run("benchmarks.analyze", DATABASE_ROLE="owner")


def _queues() -> list[Any]:
    from apps.tickets.models import Queue

    names = [f"{KEY}-{number}" for number in range(QUEUES)]
    return [Queue.objects.create(key=name, name={"en": name}) for name in names]


def _rules(queues: list[Any]) -> None:
    from apps.routing.enums import Strategy
    from apps.routing.models import RoutingQueue

    strategies = [each for each in Strategy.values if each != Strategy.PERCENTAGE_SPLIT]
    RoutingQueue.objects.update(is_automatic=False)
    for number, queue in enumerate(queues):
        strategy = strategies[number % len(strategies)]
        RoutingQueue.objects.create(queue=queue, is_automatic=True, strategy=strategy, offer_seconds=3600)


def _skills() -> list[Any]:
    from apps.accounts.models import Skill

    names = [f"{KEY}-{number}" for number in range(SKILLS)]
    return [Skill.objects.create(key=name, name={"en": name}) for name in names]


def _teams(queues: list[Any], chance: Random) -> list[Any]:
    from django.contrib.auth.models import Group, Permission

    from apps.accounts.models import Team
    from apps.tickets.models import QueueGroupObjectPermission

    permission = Permission.objects.get(codename="work_queue")
    teams = []
    for number in range(KINDS):
        name = f"{KEY}-{number}"
        group = Group.objects.create(name=f"team:{name}")
        teams.append(Team.objects.create(key=name, name={"en": name}, group=group))
        for queue in chance.sample(queues, 3):
            QueueGroupObjectPermission.objects.create(group=group, content_object=queue, permission=permission)
    return teams


def _agents(count: int, teams: list[Any], skills: list[Any], chance: Random) -> None:
    from django.utils import timezone

    from apps.accounts.models import AgentSkill, Role, User
    from apps.routing.models import AgentState

    role = Role.objects.get(key="agent")
    made = [User(username=f"{KEY}-{n}", display_name=f"Agent {n}", role=role, password="!") for n in range(count)]
    users = User.objects.bulk_create(made)
    moment = timezone.now()
    member = User.groups.through
    member.objects.bulk_create(
        [member(user_id=user.pk, group_id=teams[n % KINDS].group_id) for n, user in enumerate(users)]
    )
    kinds = [chance.sample(skills, 4) for _number in range(KINDS)]
    AgentSkill.objects.bulk_create(
        [AgentSkill(user=user, skill=skill, level=3) for n, user in enumerate(users) for skill in kinds[n % KINDS]]
    )
    AgentState.objects.update(state="offline")
    AgentState.objects.bulk_create(
        [
            AgentState(user=user, state="available", since=moment - timedelta(seconds=chance.random() * 900))
            for user in users
        ]
    )


def _tickets(count: int, queues: list[Any], chance: Random) -> None:
    from django.utils import timezone

    from apps.core.inserting import copy_rows
    from apps.core.sequences import next_ids
    from apps.tickets.models import Ticket

    brand = ground.brand()
    moment = timezone.now()
    rows = []
    for pk in next_ids(Ticket, count):
        opened = moment - timedelta(seconds=chance.random() * 600)
        values = {"queue": chance.choice(queues), "priority": chance.choice([10, 20, 20, 20, 30, 40]), "status": "open"}
        rows.append(Ticket(pk=pk, subject="", brand=brand, opened_at=opened, last_message_at=opened, **values))
    copy_rows(rows)


# --- Measuring ----------------------------------------------------------------------------------------------------


def measured(what: str, times: int, work: Callable[[], int]) -> list[object]:
    """Statements and milliseconds of one of them, on the processor of this process and by the clock."""
    from django.db import connection

    statements = 0

    def count(execute: Any, *args: Any) -> Any:
        nonlocal statements
        statements += 1
        return execute(*args)

    with connection.execute_wrapper(count):
        began, used, done = time.perf_counter(), time.process_time(), 0
        for _number in range(times):
            done += work()
        took, used = time.perf_counter() - began, time.process_time() - used
    rate = done / took if done else 0.0
    return [what, times, done, took * 1000 / times, used * 1000 / times, round(statements / times, 1), rate]


def after_changes(kept: Any, count: int) -> list[object]:
    """Somebody accepts and solves what they were offered, and is free again; only the look that follows is measured."""
    from apps.core.actor import SYSTEM, person
    from apps.routing.services.handing_out import look
    from apps.tickets.models import Assignment
    from apps.tickets.services import lifecycle, offers

    looks: list[Any] = []
    for offer in Assignment.objects.filter(state="offered").select_related("user__role", "ticket")[:count]:
        ticket = offers.accept_offer(offer=offer, by=person(offer.user))
        lifecycle.change_status(ticket=ticket, status="resolved", by=SYSTEM)
        looks.append(measured("", 1, lambda: look(kept)))
    means = [sum(row[column] for row in looks) / max(1, len(looks)) for column in (3, 4, 5)]
    given = sum(row[2] for row in looks)
    return ["looks after one person became free", len(looks), given, *means[:2], round(means[2], 1), 0.0]


def after_many_became_free(kept: Any, count: int, times: int) -> list[object]:
    """So many offers are gone at once, each told by its event; the look that follows offers all of these people something."""
    from apps.routing.services.handing_out import look

    looks: list[Any] = []
    for _number in range(times):
        withdraw(count)
        looks.append(measured("", 1, lambda: look(kept)))
    means = [sum(row[column] for row in looks) / times for column in (3, 4, 5)]
    given = sum(row[2] for row in looks)
    rate = given / (means[0] * times / 1000)
    return [f"looks after {count:,} people became free", times, given, *means[:2], round(means[2], 1), rate]


def withdraw(count: int) -> None:
    from django.utils import timezone

    from apps.core.actor import SYSTEM
    from apps.core.events import build_event
    from apps.core.inserting import copy_rows
    from apps.tickets.events import OfferWithdrawn
    from apps.tickets.models import Assignment

    rows = list(Assignment.objects.filter(state="offered").order_by("pk")[:count])
    Assignment.objects.filter(pk__in=[row.pk for row in rows]).update(state="withdrawn", ended_at=timezone.now())
    told = [OfferWithdrawn(ticket_id=row.ticket_id, user_id=row.user_id, work_kind=row.work_kind) for row in rows]
    copy_rows([build_event(each, by=SYSTEM) for each in told])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--agents", type=int, default=1_000)
    parser.add_argument("--waiting", type=int, default=10_000)
    parser.add_argument("--changes", type=int, default=100)
    options = parser.parse_args()
    with ground.servers(), ground.own_database("bench_routing"):
        ground.set_up_django()
        from apps.routing.services.handing_out import look
        from apps.routing.services.kept_floor import KeptFloor

        build(options.agents, options.waiting)
        kept = KeptFloor()
        rows = [measured("first look: floor read whole, everybody offered something", 1, lambda: look(kept))]
        rows.append(measured("the look after it: reads its own events", 1, lambda: look(kept)))
        rows.append(measured("looks at the unchanged floor", options.changes, lambda: look(kept)))
        rows.append(measured("looks at it by a router that keeps nothing", 3, lambda: look(KeptFloor())))
        rows.append(after_changes(kept, options.changes))
        rows.append(after_many_became_free(kept, options.agents, 5))
        rows.append(after_many_became_free(kept, options.agents // 20, 20))
        head = ["", "times", "offers", "ms each", "processor ms", "statements", "offers/s"]
        ground.table(f"Routing on rows: {options.agents} agents, {options.waiting} waiting", head, rows)


if __name__ == "__main__":
    main()

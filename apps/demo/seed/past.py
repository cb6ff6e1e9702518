"""What measures, trends and scorecards tell of the weeks before the demo began: promises kept and broken, and ratings."""

from __future__ import annotations

import random
from datetime import timedelta

from apps.core.clock import now
from apps.metrics.services import facts
from apps.qa.models import Survey, SurveyResponse
from apps.sla.enums import Target
from apps.sla.models import Course
from apps.sla.selectors.promises import Book
from apps.sla.services.clockwork import Clockwork
from apps.tickets.models import Ticket

BACK = timedelta(days=62)
RATED = 0.35
SCORES, WEIGHTS = (5, 4, 3, 2, 1), (58, 24, 9, 5, 4)


def write_past(*, rng: random.Random) -> None:
    done = Ticket.objects.listed().filter(resolved_at__gte=now() - BACK).select_related("customer", "team", "assignee")
    tickets = list(done.order_by("pk"))
    _write_promises(tickets)
    _write_ratings(tickets, rng)
    facts.mark_everything()
    while facts.fold_due():
        pass


def _write_promises(tickets: list[Ticket]) -> None:
    """Without events: what was promised then is not news."""
    book = Book()
    for ticket in tickets:
        course = Course(ticket=ticket)
        clockwork = Clockwork(ticket, course, ticket.opened_at, book)
        clockwork.choose_policy("opened")
        course.save()
        for target, ended in ((Target.FIRST_REPLY, ticket.first_replied_at), (Target.RESOLUTION, ticket.resolved_at)):
            clockwork.start(target, ticket.opened_at)
            timer = clockwork.open.get(target)
            if timer is not None and ended is not None:
                clockwork.stop([target], ended)
                timer.save()


def _write_ratings(tickets: list[Ticket], rng: random.Random) -> None:
    survey = Survey.objects.get(key="chat")
    for ticket in tickets:
        interaction = ticket.interactions.first()
        if interaction is None or ticket.assignee is None or ticket.resolved_at is None or rng.random() > RATED:
            continue
        SurveyResponse.objects.create(
            survey=survey,
            ticket=ticket,
            interaction=interaction,
            channel=interaction.channel,
            agent=ticket.assignee,
            team=ticket.team,
            vendor=ticket.assignee.vendor,
            score=rng.choices(SCORES, WEIGHTS)[0],
            answered_at=ticket.resolved_at + timedelta(minutes=rng.randrange(2, 90)),
        )

"""One customer who is a minor, with their guardian: the agent sees them masked, and the manager as everybody else."""

from __future__ import annotations

from apps.accounts.models import User
from apps.core import clock
from apps.core.actor import person
from apps.customers.services.minors import GuardianInput, set_minor
from apps.tickets.enums import ACTIVE
from apps.tickets.models import Ticket


def write_minor() -> None:
    """Of the newest ticket that waits for somebody and that the house's agent sees."""
    agent = person(User.objects.get(username="agent"))
    waiting = Ticket.objects.visible_to(agent).filter(customer__name_index__isnull=False, assignee=None)
    ticket = waiting.filter(status__in=[str(status) for status in ACTIVE]).order_by("-id").first()
    if ticket is None or ticket.customer is None:  # a small world
        return
    guardian = GuardianInput(name="陈建国", handle="guardian@example.com", consented_on=clock.now().date())
    manager = person(User.objects.get(username="manager"))
    set_minor(customer=ticket.customer, is_minor=True, guardian=guardian, by=manager)

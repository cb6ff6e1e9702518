"""Refused moves at the counter, each with a stable code."""

from typing import ClassVar

from django.utils.translation import gettext_lazy as _

from apps.core.errors import AppError, InvalidInput


class CounterError(AppError):
    code = "counter.refused"


class BranchClosed(CounterError):
    code = "counter.closed"
    message = _("No numbers are given at the moment.")


class ServiceNotOffered(InvalidInput):
    code = "counter.service_not_offered"
    message = _("This branch does not offer this service.")


class WindowTaken(CounterError):
    code = "counter.window_taken"
    message = _("%(name)s is at this window.")


class NoWindow(CounterError):
    code = "counter.no_window"
    message = _("Choose your window first.")


class WindowBusy(CounterError):
    code = "counter.window_busy"
    message = _("Finish with %(number)s first.")


class VisitMoved(CounterError):
    """The number is not where the person who pressed the button saw it: another press, another window, or its owner came first."""

    code = "counter.visit_moved"
    message = _("%(number)s has moved on in the meantime.")


class NobodyWaits(CounterError):
    code = "counter.nobody_waits"
    message = _("Nobody is waiting.")


class CalledOften(CounterError):
    code = "counter.called_often"
    message = _("%(number)s was called %(times)s times. Mark the number as not come.")


class WrongBranch(InvalidInput):
    code = "counter.wrong_branch"
    message = _("Choose a window of the same branch that serves this.")


class NotServed(CounterError):
    """The agent's teams have no grant of the queue, channel or category that the service leads to."""

    code = "counter.not_served"
    status: ClassVar[int] = 403
    message = _("You do not work the queue that this service leads to.")

"""What an endpoint may be told: one kind of event, all of one subject, or everything. Read from the registry of events,
so that an event of any app can be asked for as soon as it exists.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING, Final

from django.utils.translation import gettext_lazy as _

from apps.core.events import event_label, event_types

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

ALL: Final = "*"
TEST: Final = "webhook.test"
"""Sent by hand only; it is no event of the log."""

SUBJECTS: Final[dict[str, StrOrPromise]] = {
    "ticket": _("Everything about tickets"),
    "message": _("Everything about messages"),
    "delivery": _("Everything about deliveries"),
    "customer": _("Everything about customers"),
    "app": _("Everything about users of your app"),
    "counter": _("Everything about visits to counters"),
    "sla": _("Everything about service levels"),
    "survey": _("Everything about answers to surveys"),
    "routing": _("Everything about offers of work"),
    "agent": _("Everything about the states of agents"),
    "user": _("Everything about staff accounts"),
    "alert": _("Everything about alerts"),
    "vendor": _("Everything about vendors"),
    "reveal": _("Everything about reveals of masked values"),
}


def label_of(pattern: str) -> StrOrPromise:
    """For people. A subject without a label is told by its name."""
    if pattern == ALL:
        return _("Everything")
    subject, _dot, rest = pattern.partition(".")
    if rest == ALL:
        return SUBJECTS.get(subject, pattern)
    return _("Test event") if pattern == TEST else event_label(pattern)


def patterns() -> list[str]:
    """All that can be chosen: everything, then by subject."""
    kinds = sorted(event_types())
    subjects = sorted({kind.partition(".")[0] for kind in kinds})
    return [ALL, *(name for subject in subjects for name in (f"{subject}.{ALL}", *_of_subject(subject, kinds)))]


def kinds_of(chosen: Iterable[str]) -> set[str]:
    """The kinds that the chosen patterns stand for today."""
    wanted = set(chosen)
    return {kind for kind in event_types() if wanted & {ALL, f"{kind.partition('.')[0]}.{ALL}", kind}}


def _of_subject(subject: str, kinds: Collection[str]) -> list[str]:
    return [kind for kind in kinds if kind.partition(".")[0] == subject]

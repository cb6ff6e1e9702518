"""What managers set up, as sentences in the reader's language."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from django.utils.formats import time_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.customers.enums import CustomerLevel
from apps.routing.enums import Destination, Overflow, Sentiment, Strategy, Urgency, Weekday
from apps.routing.models import OverflowRow, RoutingQueue, RoutingRule
from apps.routing.words import span
from apps.tickets.enums import Priority, WorkKind


def condition_words(rule: RoutingRule) -> str:
    """“the category is Refund and the customer is Gold or above”; “always” without any condition."""
    said = [words for say in _CONDITIONS for words in [say(rule)] if words]
    return _(" and ").join(said) if said else _("always")


def outcome_words(rule: RoutingRule) -> str:
    """“to senior people in-house, after 60 s to others in-house as well; one step more urgent”."""
    said = [words for say in (_destination, _urgency, _need) for words in [say(rule)] if words]
    return "; ".join(said) or _("as its queue says")


def queue_sentences(row: RoutingQueue) -> list[str]:
    """How a queue routes what no rule speaks of."""
    said = [
        _("Who gets it: %(strategy)s. An offer stands for %(seconds)s.")
        % {"strategy": Strategy(row.strategy).label, "seconds": span(row.offer_seconds)}
        if row.is_automatic
        else _("People take its work by themselves: nothing below is done until it hands out work.")
    ]
    if row.is_automatic and row.misses_in_a_row:
        said.append(
            ngettext(
                "Who lets %(count)d offer pass is set to away until they are back.",
                "Who lets %(count)d offers in a row pass is set to away until they are back.",
                row.misses_in_a_row,
            )
            % {"count": row.misses_in_a_row}
        )
    if needs := [_("%(skill)s of level %(level)s") % {"skill": n.skill, "level": n.level} for n in row.skills.all()]:
        said.append(_("It needs %(skills)s.") % {"skills": _either(needs, _(" and "))})
    if row.strategy == Strategy.PERCENTAGE_SPLIT and (shares := [str(share) for share in row.shares.all()]):
        said.append(_("Shares: %(shares)s.") % {"shares": " · ".join(shares)})
    return [*said, *_hybrid(row), *(overflow_words(step) for step in row.overflow.all())]


def overflow_words(step: OverflowRow) -> str:
    """The same sentence for a step, whatever it changes."""
    what = {"skill": step.skill or _("every skill"), "queue": step.queue, "team": step.team}
    return _("After %(seconds)s: %(change)s.") % {
        "seconds": span(step.after),
        "change": str(_CHANGES[Overflow(step.change)]()) % what,
    }


_CHANGES: dict[Overflow, Callable[[], str]] = {
    Overflow.LOWER_SKILL: lambda: _("a level less of %(skill)s is enough"),
    Overflow.DROP_SKILL: lambda: _("%(skill)s is not asked for"),
    Overflow.DROP_LANGUAGE: lambda: _("the language is not asked for"),
    Overflow.ADD_QUEUE: lambda: _("the people of the queue %(queue)s are asked as well"),
    Overflow.ADD_TEAM: lambda: _("the people of the team %(team)s are asked as well"),
    Overflow.ANY_SIDE: lambda: _("in-house and vendors are asked alike"),
}


def _hybrid(row: RoutingQueue) -> Iterable[str]:
    if not row.is_hybrid:
        return
    yield _("Standard matters go to the vendors.")
    if row.senior_from is not None:
        yield _("Customers of value %(value)s and above go to senior people in-house (%(team)s).") % {
            "value": row.senior_from,
            "team": row.senior_team or "–",
        }
    if row.overload_percent is not None:
        yield _("The house helps while the vendors are filled to %(percent)s %%.") % {"percent": row.overload_percent}
    if row.overload_wait is not None:
        yield _("The house helps with what waited for %(seconds)s.") % {"seconds": span(row.overload_wait)}
    yield _("After %(count)s unsuccessful attempts of vendors it comes in-house for good.") % {
        "count": row.failed_attempts
    }


# --- Conditions ---------------------------------------------------------------------------------------------------


def _either(words: Iterable[Any], between: str) -> str:
    return between.join(str(word) for word in words)


def _among(sentence: Callable[[], str], values: Callable[[RoutingRule], Iterable[Any]]) -> Callable[[RoutingRule], str]:
    def say(rule: RoutingRule) -> str:
        found = list(values(rule))
        return sentence() % {"names": _either(found, _(" or "))} if found else ""

    return say


def _labels(choices: Any, name: str) -> Callable[[RoutingRule], Iterable[Any]]:
    return lambda rule: [choices(value).label for value in getattr(rule, name) if value in choices.values]


def _level(rule: RoutingRule) -> str:
    if not rule.customer_level:
        return ""
    return _("the customer is %(level)s or above") % {"level": CustomerLevel(rule.customer_level).label}


def _time_used(rule: RoutingRule) -> str:
    if rule.time_used_from is None:
        return ""
    return _("%(percent)s %% of a promised time is used up") % {"percent": rule.time_used_from}


def _times(rule: RoutingRule) -> str:
    if rule.from_time is None or rule.to_time is None:
        return ""
    begins, ends = time_format(rule.from_time, "H:i"), time_format(rule.to_time, "H:i")
    return _("it comes between %(from)s and %(to)s") % {"from": begins, "to": ends}


_CONDITIONS: tuple[Callable[[RoutingRule], str], ...] = (
    _among(lambda: _("the channel is %(names)s"), lambda rule: rule.channels.all()),
    _among(lambda: _("the kind of work is %(names)s"), _labels(WorkKind, "kinds")),
    _among(lambda: _("the category is %(names)s"), lambda rule: rule.categories.all()),
    _among(lambda: _("it speaks of %(names)s"), lambda rule: rule.keywords),
    _among(lambda: _("the language is %(names)s"), lambda rule: rule.languages),
    _among(lambda: _("the priority is %(names)s"), _labels(Priority, "priorities")),
    _level,
    _among(lambda: _("the intent is %(names)s"), lambda rule: rule.intents),
    _among(lambda: _("the customer is %(names)s"), _labels(Sentiment, "sentiments")),
    _time_used,
    _among(lambda: _("it comes on %(names)s"), _labels(Weekday, "weekdays")),
    _times,
)


# --- Outcomes -----------------------------------------------------------------------------------------------------


def _destination(rule: RoutingRule) -> str:
    if not rule.goes_to:
        return ""
    where = _TO[Destination(rule.goes_to)]() % {"team": rule.team, "vendor": rule.vendor}
    if rule.widens_after is None:
        return where
    others = _AFTERWARDS[Destination(rule.goes_to)]()
    then = _("after %(seconds)s %(others)s as well") % {"seconds": span(rule.widens_after), "others": others}
    return _("%(where)s, %(then)s") % {"where": where, "then": then}


_TO: dict[Destination, Callable[[], str]] = {
    Destination.IN_HOUSE: lambda: _("to people in-house"),
    Destination.SENIORS: lambda: _("to senior people in-house"),
    Destination.VENDORS: lambda: _("to people of vendors"),
    Destination.TEAM: lambda: _("to the team %(team)s"),
    Destination.VENDOR: lambda: _("to the vendor %(vendor)s"),
}
_AFTERWARDS: dict[Destination, Callable[[], str]] = {
    Destination.SENIORS: lambda: _("to anybody in-house"),
    Destination.TEAM: lambda: _("to other teams"),
    Destination.VENDOR: lambda: _("to other vendors"),
}


def _urgency(rule: RoutingRule) -> str:
    return {
        Urgency.LESS: _("one step less urgent"),
        Urgency.MORE: _("one step more urgent"),
        Urgency.MOST: _("two steps more urgent"),
    }.get(Urgency(rule.add_priority), "")


def _need(rule: RoutingRule) -> str:
    if rule.skill is None:
        return ""
    return _("needs %(skill)s of level %(level)s") % {"skill": rule.skill, "level": rule.level}


UNMET: dict[str, Callable[[], str]] = {
    "channels": lambda: _("another channel"),
    "kinds": lambda: _("another kind of work"),
    "categories": lambda: _("another category"),
    "languages": lambda: _("another language"),
    "priorities": lambda: _("another priority"),
    "keywords": lambda: _("none of its words"),
    "value_from": lambda: _("the customer's level is lower"),
    "time_used_from": lambda: _("no promise is in danger enough"),
    "intents": lambda: _("another intent"),
    "sentiments": lambda: _("another mood"),
    "times": lambda: _("another time"),
    "queues": lambda: _("another queue"),
}
"""Why a rule does not hold, by the engine's name of the condition."""

"""Puts the engine's reasons into words, in the active language."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from apps.accounts.clearance import words_of
from apps.routing.engine.types import Param, Reason

Name = Callable[[str, Param], str]
"""Names a thing: kind ("agent", "team", "vendor", "queue", "rule", "skill", "language", "kind") and id or key."""

WORDS: Final[dict[str, str | Promise]] = {
    # Where the work was to go.
    "rule": gettext_lazy("The rule “%(rule)s” applied."),
    "rule_widened": gettext_lazy("Nobody whom the rule asks for took it for %(seconds)s, so others may."),
    "standard": gettext_lazy("Standard matters go to the vendor."),
    "high_value": gettext_lazy("The customer's value of %(value)s (from %(from)s on) asks for senior agents in-house."),
    "seniors_busy": gettext_lazy("No senior agent was free for %(seconds)s, so anybody in-house may take it."),
    "failed_attempts": gettext_lazy("%(attempts)s attempts of the vendor failed, so it is taken in-house."),
    "stays_in_house": gettext_lazy("It is held in-house already and stays there."),
    "kept_in_house": gettext_lazy("It was given to the house, and stays there."),
    "vendor_slow": gettext_lazy("It waited for the vendor for %(seconds)s, so the house may help."),
    "vendor_overload": gettext_lazy("The vendor's people are filled to %(percent)s %%, so the house helps."),
    "no_vendor_suited": gettext_lazy("Nobody of the vendor who is there could take it, so the house does."),
    "turn": gettext_lazy("It counts for %(party)s, whose share is %(percent)s %%."),
    "turn_passed": gettext_lazy("It was the turn of %(party)s, who did not take it for %(seconds)s."),
    "overflow_lower_skill": gettext_lazy("After %(seconds)s, a level less of %(skill)s was enough."),
    "overflow_drop_skill": gettext_lazy("After %(seconds)s, %(skill)s was no longer asked for."),
    "overflow_drop_language": gettext_lazy("After %(seconds)s, the language was no longer asked for."),
    "overflow_add_queue": gettext_lazy("After %(seconds)s, the people of the queue %(queue)s were added."),
    "overflow_add_team": gettext_lazy("After %(seconds)s, the people of the team %(team)s were added."),
    "overflow_any_side": gettext_lazy("After %(seconds)s, in-house and vendor were open alike."),
    "waited": gettext_lazy("It had waited for %(seconds)s."),
    # Why this person.
    "missed_before": gettext_lazy(
        "They let an offer of it expire %(seconds)s ago; nobody else who could take it was free."
    ),
    "only_one": gettext_lazy("Nobody else who could take it was free."),
    "by_longest_idle": gettext_lazy("Idle the longest: %(idle)s."),
    "by_least_loaded": gettext_lazy("The least loaded: %(percent)s %%."),
    "by_best_skill": gettext_lazy("The best skills for it: %(points)s points."),
    "by_round_robin": gettext_lazy("Next in turn."),
    "by_last_agent": gettext_lazy("Served this customer last."),
    "learned": gettext_lazy("Success with this category: %(percent)s %% (%(successes)s of %(trials)s, smoothed)."),
    # Why not that person.
    "behind_longest_idle": gettext_lazy("Idle for a shorter time (%(idle)s) or busy with something already."),
    "behind_least_loaded": gettext_lazy("More loaded: %(percent)s %%."),
    "behind_best_skill": gettext_lazy("Fewer skills for it (%(points)s points), or as many and more loaded."),
    "behind_round_robin": gettext_lazy("Later in turn."),
    "behind_last_agent": gettext_lazy("Somebody else served this customer last."),
    "behind_learned": gettext_lazy("Less success with this category: %(percent)s %%."),
    "missed_it": gettext_lazy("Let an offer of it expire before."),
    "missed_lately": gettext_lazy("Let an offer of it expire a moment ago, and is asked again after a pause."),
    "declined": gettext_lazy("Declined it."),
    "full": gettext_lazy("Filled to %(percent)s %%; there is no room for it."),
    "asked": gettext_lazy("Has another offer to answer first."),
    "not_available": gettext_lazy("Not available."),
    "held_for": gettext_lazy("It waits for %(agent)s, who served this customer last."),
    "not_in_queue": gettext_lazy("Does not work this queue."),
    "queue_not_open": gettext_lazy("The queue's tickets are not open to them; they need its grant."),
    "not_this_kind": gettext_lazy("Does not take this kind of work."),
    "out_of_scope": gettext_lazy("Its channel or category is not open to them."),
    "lacks_language": gettext_lazy("Does not serve this language."),
    "lacks_skill": gettext_lazy("Needs %(skill)s of level %(level)s; has level %(has)s."),
    "for_vendors": gettext_lazy("It is for the vendor."),
    "for_the_house": gettext_lazy("It is for people in-house."),
    "for_seniors": gettext_lazy("It is for senior agents."),
    "not_their_turn": gettext_lazy("It counts for %(party)s."),
    # Why it waits.
    "nobody_suited": gettext_lazy("Nobody who is there could take it."),
    "nobody_free": gettext_lazy("None of the %(suited)s who could take it is free."),
    "ahead": gettext_lazy("%(works)s before it in the queue."),
}

SPANS: Final = ("seconds", "idle")
NAMED: Final = {"rule": "rule", "skill": "skill", "agent": "agent"}
TARGETS: Final = {"overflow_add_queue": "queue", "overflow_add_team": "team"}


def say(reason: Reason, name: Name) -> str:
    """One sentence. A code of a version that is no longer known stands for itself."""
    words = WORDS.get(reason.code) or words_of(reason.code)
    return reason.code if words is None else str(words) % _named(reason, name)


def say_all(reasons: Iterable[Reason], name: Name) -> list[str]:
    return [say(reason, name) for reason in reasons]


def _named(reason: Reason, name: Name) -> dict[str, Param]:
    said = dict(reason.params)
    for param in SPANS:
        if param in said:
            said[param] = span(int(said[param]))
    for param, kind in NAMED.items():
        if param in said:
            said[param] = name(kind, said[param]) if said[param] != "" else _("every skill")
    if (target := TARGETS.get(reason.code)) is not None:
        said[target] = name(target, said["target"])
    if "party" in said:
        said["party"] = _("the house") if said["party"] == "in_house" else name(str(said["party"]), said["id"])
    return said


def span(seconds: int) -> str:
    """In the largest unit of which two have passed: nobody reads a week in seconds."""
    if seconds < 120:
        return _("%(seconds)s s") % {"seconds": seconds}
    minutes = seconds // 60
    if minutes < 120:
        return ngettext("%(count)d minute", "%(count)d minutes", minutes) % {"count": minutes}
    hours = minutes // 60
    if hours < 48:
        return ngettext("%(count)d hour", "%(count)d hours", hours) % {"count": hours}
    return ngettext("%(count)d day", "%(count)d days", hours // 24) % {"count": hours // 24}

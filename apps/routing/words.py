"""Puts the engine's reasons into words, in the active language."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from apps.routing.engine.types import Param, Reason

Name = Callable[[str, Param], str]
"""Names a thing: kind ("agent", "team", "vendor", "queue", "rule", "skill", "language", "kind") and id or key."""

WORDS: Final[dict[str, str | Promise]] = {
    # Where the work was to go.
    "rule": lazy("The rule “%(rule)s” applied."),
    "standard": lazy("Standard matters go to the vendor."),
    "high_value": lazy("The customer's value of %(value)s (from %(from)s on) asks for senior agents in-house."),
    "seniors_busy": lazy("No senior agent was free for %(seconds)s s, so anybody in-house may take it."),
    "failed_attempts": lazy("%(attempts)s attempts of the vendor failed, so it is taken in-house."),
    "stays_in_house": lazy("It is held in-house already and stays there."),
    "vendor_slow": lazy("It waited for the vendor for %(seconds)s s, so the house may help."),
    "vendor_overload": lazy("The vendor's people are filled to %(percent)s %%, so the house helps."),
    "no_vendor_suited": lazy("Nobody of the vendor who is there could take it, so the house does."),
    "turn": lazy("It counts for %(party)s, whose share is %(percent)s %%."),
    "turn_passed": lazy("It was the turn of %(party)s, who did not take it for %(seconds)s s."),
    "overflow_lower_skill": lazy("After %(seconds)s s, a level less of %(skill)s was enough."),
    "overflow_drop_skill": lazy("After %(seconds)s s, %(skill)s was no longer asked for."),
    "overflow_drop_language": lazy("After %(seconds)s s, the language was no longer asked for."),
    "overflow_add_queue": lazy("After %(seconds)s s, the people of the queue %(queue)s were added."),
    "overflow_add_team": lazy("After %(seconds)s s, the people of the team %(team)s were added."),
    "overflow_any_side": lazy("After %(seconds)s s, in-house and vendor were open alike."),
    "waited": lazy("It had waited for %(seconds)s s."),
    # Why this person.
    "only_one": lazy("Nobody else who could take it was free."),
    "by_longest_idle": lazy("Idle the longest: %(idle)s s."),
    "by_least_loaded": lazy("The least loaded: %(percent)s %%."),
    "by_best_skill": lazy("The best skills for it: %(points)s points."),
    "by_round_robin": lazy("Next in turn."),
    "by_last_agent": lazy("Served this customer last."),
    "learned": lazy("Success with this category: %(percent)s %% (%(successes)s of %(trials)s, smoothed)."),
    # Why not that person.
    "behind_longest_idle": lazy("Idle for a shorter time (%(idle)s s) or busy with something already."),
    "behind_least_loaded": lazy("More loaded: %(percent)s %%."),
    "behind_best_skill": lazy("Fewer skills for it (%(points)s points), or as many and more loaded."),
    "behind_round_robin": lazy("Later in turn."),
    "behind_last_agent": lazy("Somebody else served this customer last."),
    "behind_learned": lazy("Less success with this category: %(percent)s %%."),
    "missed_it": lazy("Let an offer of it expire before."),
    "declined": lazy("Declined it."),
    "full": lazy("Filled to %(percent)s %%; there is no room for it."),
    "not_available": lazy("Not available."),
    "held_for": lazy("It waits for %(agent)s, who served this customer last."),
    "not_in_queue": lazy("Does not work this queue."),
    "not_this_kind": lazy("Does not take this kind of work."),
    "out_of_scope": lazy("Its channel or category is not open to them."),
    "lacks_language": lazy("Does not serve this language."),
    "lacks_skill": lazy("Needs %(skill)s of level %(level)s; has level %(has)s."),
    "for_vendors": lazy("It is for the vendor."),
    "for_the_house": lazy("It is for people in-house."),
    "for_seniors": lazy("It is for senior agents."),
    "not_their_turn": lazy("It counts for %(party)s."),
    # Why it waits.
    "nobody_suited": lazy("Nobody who is there could take it."),
    "nobody_free": lazy("None of the %(suited)s who could take it is free."),
    "ahead": lazy("%(works)s before it in the queue."),
}

NAMED: Final = {"rule": "rule", "skill": "skill", "agent": "agent"}
TARGETS: Final = {"overflow_add_queue": "queue", "overflow_add_team": "team"}


def say(reason: Reason, name: Name) -> str:
    """One sentence. A code of a version that is no longer known stands for itself."""
    words = WORDS.get(reason.code)
    return reason.code if words is None else str(words) % _named(reason, name)


def say_all(reasons: Iterable[Reason], name: Name) -> list[str]:
    return [say(reason, name) for reason in reasons]


def _named(reason: Reason, name: Name) -> dict[str, Param]:
    said = dict(reason.params)
    for param, kind in NAMED.items():
        if param in said:
            said[param] = name(kind, said[param]) if said[param] != "" else _("every skill")
    if (target := TARGETS.get(reason.code)) is not None:
        said[target] = name(target, said["target"])
    if "party" in said:
        said["party"] = _("the house") if said["party"] == "in_house" else name(str(said["party"]), said["id"])
    return said

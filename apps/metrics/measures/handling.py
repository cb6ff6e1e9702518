"""What becomes of offers, how long work takes, and how soon customers are answered."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db.models import Aggregate, Avg, Count, Q, QuerySet, Sum
from django.utils.translation import gettext_lazy as _

from apps.metrics.enums import Unit
from apps.metrics.measures.base import FactTable, Measure, Parts, Period, number, register, seconds, share
from apps.metrics.measures.expressions import Percentile90, between
from apps.metrics.models import ContactFact, HandlingFact, OfferFact
from apps.tickets.enums import AssignmentState

OFFERS_SECTION, HANDLING_SECTION, REPLIES_SECTION = "offers", "handling", "replies"
TRANSFERRED = Q(state=AssignmentState.TRANSFERRED)

# --- Offers -------------------------------------------------------------------------------------------------------------


def _offer_parts(period: Period) -> dict[str, Aggregate]:
    return {
        "offers": Count("pk"),
        "accepted": Count("pk", filter=Q(accepted_at__isnull=False)),
        "declined": Count("pk", filter=Q(state=AssignmentState.DECLINED)),
        "missed": Count("pk", filter=Q(state=AssignmentState.MISSED)),
        "answer_time": Avg(between("offered_at", "accepted_at"), filter=Q(accepted_at__isnull=False)),
    }


OFFERS = FactTable(facts=OfferFact, column="offered_at", parts=_offer_parts)


def _acceptance(parts: Parts) -> float | None:
    return share(parts["accepted"], parts["accepted"] + parts["declined"] + parts["missed"])


def _changes(period: Period) -> dict[str, Aggregate]:
    return {
        "accepted": Count("pk", filter=period.holds("accepted_at")),
        "transferred": Count("pk", filter=TRANSFERRED & period.holds("ended_at")),
    }


def _accepted_or_transferred(period: Period) -> Q:
    return period.holds("accepted_at") | (TRANSFERRED & period.holds("ended_at"))


HANDS = FactTable(
    facts=OfferFact,
    column="accepted_at",
    within=_accepted_or_transferred,
    parts=_changes,
    dimensions=("queue", "channel", "kind", "vendor", "agent"),
)

register(
    Measure(
        key="offers",
        name=_("Offers"),
        meaning=_("How often work was offered to somebody. The same piece may be offered several times."),
        formula=_("number of offers, by when they were made"),
        unit=Unit.COUNT,
        section=OFFERS_SECTION,
        table=OFFERS,
        value=number("offers"),
    ),
    Measure(
        key="offers_declined",
        name=_("Offers declined"),
        meaning=_("Offers that somebody declined."),
        formula=_("number of declined offers, by when they were made"),
        unit=Unit.COUNT,
        section=OFFERS_SECTION,
        table=OFFERS,
        value=number("declined"),
    ),
    Measure(
        key="offers_missed",
        name=_("Offers missed"),
        meaning=_("Offers that nobody answered in time."),
        formula=_("number of missed offers, by when they were made"),
        unit=Unit.COUNT,
        section=OFFERS_SECTION,
        table=OFFERS,
        value=number("missed"),
    ),
    Measure(
        key="offer_acceptance",
        name=_("Offers accepted"),
        meaning=_("How many offers were accepted. What was withdrawn, or is still open, does not count."),
        formula=_("accepted ÷ (accepted + declined + missed), by when they were made"),
        unit=Unit.PERCENT,
        section=OFFERS_SECTION,
        table=OFFERS,
        value=_acceptance,
    ),
    Measure(
        key="offer_answer_time",
        name=_("Time to accept"),
        meaning=_("How long it takes from an offer to its acceptance, on average."),
        formula=_("mean of acceptance − offer, of the accepted"),
        unit=Unit.SECONDS,
        section=OFFERS_SECTION,
        table=OFFERS,
        value=lambda parts: seconds(parts["answer_time"]),
    ),
    Measure(
        key="taken",
        name=_("Taken"),
        meaning=_("How often somebody began to hold a ticket, offered or not."),
        formula=_("number of assignments, by when they began"),
        unit=Unit.COUNT,
        section=OFFERS_SECTION,
        table=HANDS,
        value=number("accepted"),
    ),
    Measure(
        key="transfers",
        name=_("Transfers"),
        meaning=_("How often a ticket was handed on: to another person, to another queue, or back to the house."),
        formula=_("number of assignments that ended by a transfer, by when they ended"),
        unit=Unit.COUNT,
        section=OFFERS_SECTION,
        table=HANDS,
        value=number("transferred"),
    ),
    Measure(
        key="transfer_rate",
        name=_("Transfer rate"),
        meaning=_("Transfers of the period against what was taken in it."),
        formula=_("transfers ÷ taken"),
        unit=Unit.PERCENT,
        section=OFFERS_SECTION,
        table=HANDS,
        value=lambda parts: share(parts["transferred"], parts["accepted"]),
    ),
)

# --- Handling -----------------------------------------------------------------------------------------------------------


def _ended(rows: QuerySet[Any]) -> QuerySet[Any]:
    return rows.filter(is_live=True, ended_at__isnull=False)


def _handle_parts(period: Period) -> dict[str, Aggregate]:
    return {"held": Count("pk"), "active": Sum(between("started_at", "ended_at")), "wrap_up": Sum("wrap_up")}


HANDLED = FactTable(facts=HandlingFact, column="contact_ended_at", prepared=_ended, parts=_handle_parts)


def _handle_time(parts: Parts) -> float | None:
    if not parts["held"]:
        return None
    took: timedelta = parts["active"] + parts["wrap_up"]
    return took.total_seconds() / int(parts["held"])


def _served(rows: QuerySet[Any]) -> QuerySet[Any]:
    return rows.filter(user__isnull=False)


CONTACTS = FactTable(
    facts=ContactFact, column="ended_at", prepared=_served, parts=lambda period: {"contacts": Count("pk")}
)

register(
    Measure(
        key="contacts",
        name=_("Contacts handled"),
        meaning=_("Interactions that somebody held, on every channel. They count for who held them last."),
        formula=_("number of interactions with an agent, by their end"),
        unit=Unit.COUNT,
        section=HANDLING_SECTION,
        table=CONTACTS,
        value=number("contacts"),
    ),
    Measure(
        key="handle_time",
        name=_("Handle time (AHT)"),
        meaning=_("How long one person has to do with one live conversation, with its wrap-up, on average."),
        formula=_("(time open and held + wrap-up) ÷ conversations held, by the end of the conversation"),
        unit=Unit.SECONDS,
        section=HANDLING_SECTION,
        table=HANDLED,
        value=_handle_time,
    ),
)

# --- Replies ------------------------------------------------------------------------------------------------------------


def _from_customers(rows: QuerySet[Any]) -> QuerySet[Any]:
    return rows.filter(is_inbound=True)


def _reply_parts(period: Period) -> dict[str, Aggregate]:
    took, was_answered = between("started_at", "first_reply_at"), Q(first_reply_at__isnull=False)
    return {
        "begun": Count("pk"),
        "replied": Count("pk", filter=was_answered),
        "mean": Avg(took, filter=was_answered),
        "p90": Percentile90(took, filter=was_answered),
    }


REPLIES = FactTable(facts=ContactFact, column="started_at", prepared=_from_customers, parts=_reply_parts)

register(
    Measure(
        key="first_reply",
        name=_("First reply"),
        meaning=_("How long customers wait for the first word of a person, around the clock, on average."),
        formula=_("mean of first reply − beginning, of the interactions that got one, by their beginning"),
        unit=Unit.SECONDS,
        section=REPLIES_SECTION,
        table=REPLIES,
        value=lambda parts: seconds(parts["mean"]),
    ),
    Measure(
        key="first_reply_p90",
        name=_("First reply of nine in ten"),
        meaning=_("Nine of ten of those who got a reply waited no longer for it than this."),
        formula=_("90th percentile of first reply − beginning, by the beginning"),
        unit=Unit.SECONDS,
        section=REPLIES_SECTION,
        table=REPLIES,
        value=lambda parts: seconds(parts["p90"]),
    ),
    Measure(
        key="replied",
        name=_("Got a reply"),
        meaning=_("How many interactions that customers began have got a reply by a person so far."),
        formula=_("interactions with a reply ÷ interactions that customers began, by their beginning"),
        unit=Unit.PERCENT,
        section=REPLIES_SECTION,
        table=REPLIES,
        value=lambda parts: share(parts["replied"], parts["begun"]),
    ),
)

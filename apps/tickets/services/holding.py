"""What a legal hold on a customer, a ticket or a brand keeps: the ticket, and everything that hangs on it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django.db.models import Model, Q

from apps.customers.models import Customer
from apps.privacy.enums import TargetKind
from apps.privacy.holds import Held, Naming, Targets, register_held, register_naming
from apps.tickets.models import Attachment, DecisionReview, Draft, Interaction, Message, Ticket, WrapUp

_ON_TICKET: Mapping[str, type[Model]] = {
    "tickets.attachment": Attachment,
    "tickets.decisionreview": DecisionReview,
    "tickets.draft": Draft,
    "tickets.interaction": Interaction,
    "tickets.message": Message,
    "tickets.wrapup": WrapUp,
}


def _families(targets: Targets) -> set[int]:
    """The customers named, with all records that are the same person."""
    named = targets.get(TargetKind.CUSTOMER, set())
    roots = set(Customer.objects.filter(pk__in=named).exclude(merged_into=None).values_list("merged_into", flat=True))
    heads = named | {pk for pk in roots if pk is not None}
    return heads | set(Customer.objects.filter(merged_into__in=heads).values_list("pk", flat=True))


def _named(targets: Targets, prefix: str = "") -> Q:
    return (
        Q(**{f"{prefix}pk__in": targets.get(TargetKind.TICKET, set())})
        | Q(**{f"{prefix}customer__in": _families(targets)})
        | Q(**{f"{prefix}brand__in": targets.get(TargetKind.BRAND, set())})
    )


def _tickets(ids: set[int], targets: Targets) -> Iterable[int]:
    return Ticket.objects.filter(_named(targets), pk__in=ids).values_list("pk", flat=True)


def _customers(ids: set[int], targets: Targets) -> Iterable[int]:
    """Whoever is named, and whoever has a ticket that is held."""
    through = Ticket.objects.filter(_named(targets), customer__in=ids).order_by().values_list("customer_id", flat=True)
    return (ids & _families(targets)) | set(through.distinct())


def _on_ticket(model: Any) -> Held:
    def held_of(ids: set[int], targets: Targets) -> Iterable[int]:
        found: Iterable[int] = model.objects.filter(_named(targets, "ticket__"), pk__in=ids).values_list(
            "pk", flat=True
        )
        return found

    return held_of


def register() -> None:
    registered: Mapping[str, Callable[[set[int], Targets], Iterable[int]]] = {
        "tickets.ticket": _tickets,
        "customers.customer": _customers,
        **{label: _on_ticket(model) for label, model in _ON_TICKET.items()},
    }
    for label, held_of in registered.items():
        register_held(label, held_of)
    register_naming(TargetKind.TICKET, Naming(_ticket_named, _ticket_title))


def _ticket_named(text: str) -> int | None:
    digits = text.removeprefix("#")
    if not digits.isdecimal() or len(digits) > 18:
        return None
    return Ticket.objects.filter(number=int(digits)).values_list("pk", flat=True).first()


def _ticket_title(pk: int) -> str:
    number = Ticket.objects.filter(pk=pk).values_list("number", flat=True).first()
    return "—" if number is None else f"#{number}"

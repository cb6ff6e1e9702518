"""The record of processing of a contract (GDPR 30; PIPL 55), made of what is in force and not of what was once written."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _

from apps.accounts.models import Role, User
from apps.core.actor import person
from apps.core.clock import now
from apps.outsourcing.enums import Step
from apps.outsourcing.models import Contract, EndTask
from apps.privacy.enums import FieldClass, Mode
from apps.privacy.lens import lens_for


@dataclass(frozen=True, slots=True)
class Kind:
    """One class of personal data: whether it is agreed, and how each role of the vendor's people sees it now."""

    name: str
    is_agreed: bool
    shown: tuple[tuple[str, str], ...]
    is_beyond: bool
    """Shown as it is to somebody though it is not agreed."""


def kinds_of(contract: Contract) -> list[Kind]:
    lenses = {str(role): lens_for(person(User(role=role, vendor=contract.vendor))) for role in _roles(contract)}
    agreed = set(contract.data_categories)
    return [
        Kind(
            name=str(field_class.label),
            is_agreed=field_class in agreed,
            shown=tuple((role, str(lens.mode(field_class).label)) for role, lens in lenses.items()),
            is_beyond=field_class not in agreed and any(lens.mode(field_class) is Mode.RAW for lens in lenses.values()),
        )
        for field_class in FieldClass
    ]


def _roles(contract: Contract) -> list[Role]:
    """Of the vendor's people; without any yet, those that are made for vendors."""
    used = list(Role.objects.filter(users__vendor=contract.vendor_id).distinct().order_by("key"))
    return used or list(Role.objects.filter(is_outsourced=True).order_by("key"))


def measures() -> tuple[str, ...]:
    """What protects the data whatever a contract says."""
    return (
        _("Only the queues, channels and categories of the contract, from its first to its last day"),
        _("Masking on the server, by the lens shown here"),
        _("Encryption of texts, names, handles and files in the database and on disk"),
        _(
            "A second factor where the people's role asks for it, networks where the vendor names some, sessions that end"
        ),
        _("No export, no deletion, no configuration for people of a vendor"),
        _("An audit trail that cannot be changed unnoticed"),
    )


def record_of(contract: Contract) -> Iterator[tuple[str, str]]:
    """Label and value of each line."""
    yield _("Vendor"), str(contract.vendor.name)
    yield _("Purpose"), contract.purpose
    yield _("Kinds of persons"), _("Customers, and whoever writes with them")
    yield _("Channels"), ", ".join(str(row.name) for row in contract.channels.all())
    yield _("Queues"), ", ".join(str(row.name) for row in contract.queues.all())
    yield _("Period"), f"{contract.starts_on} – {contract.ends_on} ({contract.time_zone})"
    yield _("Sub-processors"), _("none: nobody of a vendor lets anybody else in")
    yield _("Data at the end"), str(contract.get_afterwards_display())


@dataclass(frozen=True, slots=True)
class Ending:
    key: str
    label: str
    done: EndTask | None


def endings_of(contract: Contract) -> list[Ending]:
    done = {task.step: task for task in contract.end_tasks.select_related("confirmed_by")}
    return [Ending(step.value, str(step.label), done.get(step)) for step in Step]


def has_assessment(contract: Contract) -> bool:
    today = now().date()
    return any(row.covers(contract, today) for row in contract.assessments.all())

"""Companies that customers belong to."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.core import audit
from apps.core.actor import Actor
from apps.core.errors import InvalidInput, NotVisible
from apps.core.permissions import require
from apps.customers.enums import CustomerLevel
from apps.customers.models import Organization
from apps.customers.services.resolution import tidy_name


@transaction.atomic
def create_organization(*, name: str, by: Actor, level: str = CustomerLevel.STANDARD, note: str = "") -> Organization:
    require(by, "customers.edit")
    row = Organization(name=tidy_name(name), level=level, note=note)
    _check(row)
    row.save()
    audit.record("organization.created", by=by, subject=row)
    return row


@transaction.atomic
def update_organization(
    *, organization: Organization, by: Actor, version: int | None = None, **changes: Any
) -> Organization:
    """Changes name, level or note."""
    unknown = set(changes) - {"name", "level", "note"}
    if unknown:
        raise TypeError(f"update_organization() does not set {sorted(unknown)}")
    visible = Organization.objects.visible_to(by).select_for_update(of=("self",), no_key=True)
    row = visible.filter(pk=organization.pk).first()
    if row is None:
        raise NotVisible
    require(by, "customers.edit", row)
    row.require_version(version)
    for name, value in changes.items():
        setattr(row, name, tidy_name(value) if name == "name" else value)
    _check(row)
    row.save_versioned(update_fields=list(changes))
    return row


def _check(row: Organization) -> None:
    if not row.name:
        raise InvalidInput(fields={"name": [_("An organization needs a name.")]})
    if row.level not in CustomerLevel.values:
        raise InvalidInput(fields={"level": [_("This level does not exist.")]})

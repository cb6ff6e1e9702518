"""Marking a customer as a minor, and noting who decides for them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.core import audit, clock
from apps.core.actor import Actor
from apps.core.errors import InvalidInput
from apps.core.events import publish
from apps.core.permissions import require
from apps.customers.enums import IdentityKind
from apps.customers.events import CustomerUpdated
from apps.customers.identities import normalize
from apps.customers.minors import guardian_of
from apps.customers.models import Customer, Guardian
from apps.customers.selectors import family_ids
from apps.customers.services.customers import editable
from apps.customers.services.family import mark_minor
from apps.customers.services.resolution import tidy_name
from apps.privacy.permits import SEE_MINORS


@dataclass(frozen=True, slots=True)
class GuardianInput:
    """What is left None stays as it is noted."""

    name: str | None = None
    handle: str | None = None
    consented_on: date | None = None
    keeps_consent: bool = False


@transaction.atomic
def set_minor(*, customer: Customer, is_minor: bool, by: Actor, guardian: GuardianInput | None = None) -> Customer:
    """Of all records of the person. Taking the mark away opens their data and forgets the guardian: it needs the right to
    see minors, as does changing what is noted of a guardian. The trail keeps marks of what was changed, no values.
    """
    row = editable(customer, by)
    ids = family_ids(row)
    changed, marks = [], dict[str, list[str]]()
    if row.is_minor != is_minor:
        if not is_minor:
            require(by, SEE_MINORS)
        changed.append("is_minor")
        mark_minor(ids, is_minor=is_minor)
    if is_minor and guardian is not None and (noted := _note(ids, guardian, by)) is not None:
        changed.append("guardian")
        marks = noted
    if not is_minor:
        Guardian.objects.filter(customer__in=ids).delete()
    row = Customer.objects.select_related("organization").get(pk=row.pk)
    if changed:
        publish(CustomerUpdated(customer_id=row.pk, fields=changed, version=row.version), by=by)
        details = {"is_minor": is_minor, "changed": changed} | ({"guardian": marks} if marks else {})
        audit.record("customer.minor_set", by=by, subject=row, details=details)
    return row


def _note(ids: Sequence[int], said: GuardianInput, by: Actor) -> dict[str, list[str]] | None:
    """None if nothing changed; else, for each value that stood there before, its mark and that of the new one."""
    known = guardian_of(ids)
    if known is not None:
        _require_seen(known, said, by)
    row = known or Guardian(customer_id=ids[0])
    before = _values(row)
    if said.name is not None:
        row.name = tidy_name(said.name)
    if said.handle is not None:
        row.handle = _normal(said.handle)
    if not said.keeps_consent:
        row.consented_on = said.consented_on
    _check(row)
    after = _values(row)
    if after == before:
        return None
    row.save()
    return {
        key: [audit.mark_of(old), audit.mark_of(after[key])]
        for key, old in before.items()
        if old not in ("", after[key])
    }


def _require_seen(row: Guardian, said: GuardianInput, by: Actor) -> None:
    """Anybody adds what is missing; what is noted is changed by who sees it. To name it at all is refused to others, so
    that no guess is answered.
    """
    has_new_day = not said.keeps_consent and row.consented_on not in (None, said.consented_on)
    if said.name is not None or (row.handle and said.handle is not None) or has_new_day:
        require(by, SEE_MINORS)


def _values(row: Guardian) -> dict[str, str]:
    day = row.consented_on.isoformat() if row.consented_on else ""
    return {"name": row.name, "handle": row.handle, "consented_on": day}


def _normal(handle: str) -> str:
    text = handle.strip()
    if not text:
        return ""
    try:
        return normalize(IdentityKind.EMAIL if "@" in text else IdentityKind.PHONE, text)
    except InvalidInput as error:
        raise InvalidInput(fields={"guardian_handle": [_("Enter a phone number or an e-mail address.")]}) from error


def _check(row: Guardian) -> None:
    if not row.name:
        raise InvalidInput(fields={"guardian_name": [_("Say who the guardian is.")]})
    if row.consented_on is not None and row.consented_on > clock.now().date():
        raise InvalidInput(fields={"guardian_consented_on": [_("This day is still to come.")]})

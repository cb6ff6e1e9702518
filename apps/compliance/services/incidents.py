"""Incidents: written down, told to whom it concerns, closed."""

from __future__ import annotations

from typing import Final

from django.db import transaction

from apps.compliance.enums import IncidentState
from apps.compliance.errors import NotInThisState, ToldAlready
from apps.compliance.models import Incident
from apps.compliance.querysets import MANAGE
from apps.core import audit, clock
from apps.core.actor import Actor
from apps.core.errors import NotVisible
from apps.core.permissions import require
from apps.outsourcing.services.contracts import said

TOLD: Final = {"authority_told_at": "incident.authority_told", "persons_told_at": "incident.persons_told"}


def tell_authority(*, incident: Incident, by: Actor, reason: str) -> Incident:
    """That it was done, and under which number it goes there; or why it need not be."""
    return _tell(incident, by, "authority_told_at", reason)


def tell_persons(*, incident: Incident, by: Actor, reason: str) -> Incident:
    return _tell(incident, by, "persons_told_at", reason)


@transaction.atomic
def _tell(incident: Incident, by: Actor, name: str, reason: str) -> Incident:
    row, why = _locked(incident, by), said(reason)
    if getattr(row, name) is not None:
        raise ToldAlready
    setattr(row, name, clock.now())
    row.save(update_fields=[name, "updated"])
    audit.record(TOLD[name], by=by, subject=row, reason=why)
    return row


@transaction.atomic
def close_incident(*, incident: Incident, by: Actor, reason: str) -> Incident:
    row, why = _locked(incident, by), said(reason)
    if row.state == IncidentState.CLOSED:
        raise NotInThisState(state=row.get_state_display())
    row.state, row.closed_at = IncidentState.CLOSED, clock.now()
    row.save(update_fields=["state", "closed_at", "updated"])
    audit.record("incident.closed", by=by, subject=row, reason=why)
    return row


def _locked(incident: Incident, by: Actor) -> Incident:
    require(by, MANAGE)
    row = Incident.objects.visible_to(by).select_for_update(of=("self",), no_key=True).filter(pk=incident.pk).first()
    if row is None:
        raise NotVisible
    return row

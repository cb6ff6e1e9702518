"""Correcting what is kept of somebody, at their request (PIPL 46; GDPR 16, 19): the field, its copies, and who else has them."""

from __future__ import annotations

from collections.abc import Mapping

from django.db import transaction
from django.utils.translation import gettext as _

from apps.core import audit
from apps.core.actor import Actor
from apps.core.errors import InvalidInput, NotVisible
from apps.core.events import publish
from apps.privacy import people
from apps.privacy.enums import RequestKind, RequestState
from apps.privacy.errors import WrongStep
from apps.privacy.events import PersonCorrected
from apps.privacy.models import Correction, DataSubjectRequest
from apps.privacy.services.requests import request_at


@transaction.atomic
def correct(*, request: DataSubjectRequest, changes: Mapping[str, str], by: Actor) -> Correction:
    """Changes fields as any other change of theirs. Connected systems hear which fields, and no value."""
    row = request_at(request, by, RequestState.WORKING)
    if row.kind != RequestKind.CORRECTION:
        raise WrongStep
    person = people.directory().visible(row.customer_id, by)
    if person is None:
        raise NotVisible
    copies = people.copies_of(person)
    done = people.directory().correct(person.id, changes, by)
    if not done.before and not done.after:
        raise InvalidInput(fields={"fields": [_("Nothing here differs from what is kept.")]})
    fields = sorted({*done.before, *done.after})
    made = Correction.objects.create(
        request=row, fields=fields, before=dict(done.before), after=dict(done.after), copies=copies, made_by=by.user
    )
    publish(PersonCorrected(customer_id=person.id, fields=fields), by=by)
    audit.record("privacy.corrected", by=by, subject=row, details={"fields": fields, "copies": len(copies)})
    return made

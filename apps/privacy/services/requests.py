"""A request about personal data, from taking it in to answering it. Each step is one entry of the audit trail."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.core import audit, clock
from apps.core.actor import Actor
from apps.core.errors import InvalidInput, NotVisible
from apps.core.events import publish
from apps.core.permissions import require
from apps.privacy import people, terms
from apps.privacy.decisions import decisions
from apps.privacy.enums import SEEN_BY_HAND, CameBy, CheckedBy, ErasureState, Law, RequestKind, RequestState
from apps.privacy.errors import WrongStep
from apps.privacy.events import RequestOpened, RequestSettled, RestrictionChanged
from apps.privacy.models import DataSubjectRequest, Erasure
from apps.privacy.querysets import MANAGE_REQUESTS
from apps.privacy.services.erasing import ask_for_erasure
from apps.privacy.services.own_places import forget_words


@transaction.atomic
def open_request(
    *,
    customer_id: int,
    kind: RequestKind,
    law: Law,
    came_by: CameBy,
    by: Actor,
    asked_by: str = "",
    is_by_proxy: bool = False,
    wish: str = "",
    ticket_id: int | None = None,
    received_at: datetime | None = None,
) -> DataSubjectRequest:
    require(by, MANAGE_REQUESTS)
    person = people.directory().visible(customer_id, by)
    if person is None:
        raise NotVisible
    moment = clock.now()
    received_at = min(received_at or moment, moment)
    row = DataSubjectRequest.objects.create(
        customer_id=person.id,
        kind=kind,
        law=law,
        came_by=came_by,
        asked_by=asked_by.strip(),
        is_by_proxy=is_by_proxy,
        wish=wish.strip(),
        ticket_id=ticket_id,
        received_at=received_at,
        due_at=terms.due_at(law, received_at),
        opened_by=by.user,
    )
    publish(RequestOpened(customer_id=person.id, request_kind=kind), by=by)
    audit.record("privacy.request_opened", by=by, subject=row, details={"customer_id": person.id, "kind": str(kind)})
    return row


@transaction.atomic
def check_identity(*, request: DataSubjectRequest, method: CheckedBy, by: Actor, note: str = "") -> DataSubjectRequest:
    """What was seen is noted in words; copies of documents are not kept."""
    row = request_at(request, by, RequestState.RECEIVED)
    if method not in SEEN_BY_HAND:
        raise InvalidInput(fields={"method": [_("This is noted by itself, when the code or the link comes back.")]})
    if row.is_by_proxy and method != CheckedBy.AUTHORITY:
        raise InvalidInput(fields={"method": [CheckedBy.AUTHORITY.label]})
    return note_checked(row, method, by, note)


def note_checked(row: DataSubjectRequest, method: CheckedBy, by: Actor, note: str = "") -> DataSubjectRequest:
    """Of a locked row that waits for it."""
    row.checked_by, row.check_note, row.checked_at, row.checker = method, note.strip(), clock.now(), by.user
    row.state = RequestState.CHECKED
    row.save(update_fields=["checked_by", "check_note", "checked_at", "checker", "state", "updated"])
    audit.record("privacy.request_checked", by=by, subject=row, details={"method": str(method)})
    return row


@transaction.atomic
def begin_work(*, request: DataSubjectRequest, by: Actor) -> DataSubjectRequest:
    """From here on it is done what was asked for; of an erasure, the second person is asked; a restriction holds; a person
    is asked to look at what was decided automatically.
    """
    row = request_at(request, by, RequestState.CHECKED)
    row.state = RequestState.WORKING
    row.save(update_fields=["state", "updated"])
    if row.kind == RequestKind.ERASURE:
        ask_for_erasure(customer_id=row.customer_id, by=by, request=row)
    if row.kind == RequestKind.RESTRICTION:
        _restrict(row, by)
    if row.kind == RequestKind.AUTOMATED:
        decisions().ask(row, by)
    audit.record("privacy.request_begun", by=by, subject=row)
    return row


def _restrict(row: DataSubjectRequest, by: Actor) -> None:
    row.restricts_from = clock.now()
    row.save(update_fields=["restricts_from", "updated"])
    publish(RestrictionChanged(customer_id=row.customer_id, is_restricted=True), by=by)
    audit.record("privacy.restricted", by=by, subject=row)


@transaction.atomic
def lift_restriction(*, request: DataSubjectRequest, reason: str, by: Actor) -> DataSubjectRequest:
    """The person is told before it ends (GDPR 18)."""
    row = request_at(request, by, RequestState.WORKING, RequestState.ANSWERED, RequestState.CLOSED)
    if not row.is_restricting:
        raise WrongStep
    _require_words(reason)
    _lift(row, reason, by)
    return row


def _lift(row: DataSubjectRequest, reason: str, by: Actor) -> None:
    row.lifted_at = clock.now()
    row.save(update_fields=["lifted_at", "updated"])
    person = people.directory().person(row.customer_id)
    is_restricted = DataSubjectRequest.objects.restricting(person.ids if person else (row.customer_id,)).exists()
    publish(RestrictionChanged(customer_id=row.customer_id, is_restricted=is_restricted), by=by)
    audit.record("privacy.restriction_lifted", by=by, subject=row, reason=reason.strip())


@transaction.atomic
def extend(*, request: DataSubjectRequest, reason: str, by: Actor) -> DataSubjectRequest:
    """Once, and the person is told the reason."""
    row = request_at(request, by, RequestState.RECEIVED, RequestState.CHECKED, RequestState.WORKING)
    if row.extended_at is not None or clock.now() >= row.due_at or not terms.term_of(Law(row.law)).more:
        raise WrongStep
    _require_words(reason)
    row.due_at, row.extended_at = terms.extended(Law(row.law), row.due_at), clock.now()
    row.save(update_fields=["due_at", "extended_at", "updated"])
    audit.record("privacy.request_extended", by=by, subject=row, reason=reason.strip())
    return row


@transaction.atomic
def answer(*, request: DataSubjectRequest, words: str, by: Actor) -> DataSubjectRequest:
    row = request_at(request, by, RequestState.WORKING)
    running = Erasure.objects.filter(request=row, state__in=(ErasureState.WAITING, ErasureState.APPROVED))
    if running.exists() or not decisions().is_settled(row):
        raise WrongStep
    return _settle(row, RequestState.ANSWERED, words, by)


@transaction.atomic
def refuse(*, request: DataSubjectRequest, words: str, by: Actor) -> DataSubjectRequest:
    """With the reason in law, which the person is told along with where they may complain."""
    row = request_at(request, by, RequestState.RECEIVED, RequestState.CHECKED, RequestState.WORKING)
    if Erasure.objects.filter(request=row, state=ErasureState.APPROVED).exists():
        raise WrongStep
    Erasure.objects.filter(request=row, state=ErasureState.WAITING).update(state=ErasureState.REFUSED)
    _require_words(words)
    if row.is_restricting:
        _lift(row, words, by)
    return _settle(row, RequestState.REFUSED, words, by)


@transaction.atomic
def close(*, request: DataSubjectRequest, by: Actor) -> DataSubjectRequest:
    """Over. Of somebody who was erased, what was written in the request goes too; that it was answered in time stays."""
    row = request_at(request, by, RequestState.ANSWERED, RequestState.REFUSED)
    row.state = RequestState.CLOSED
    row.save(update_fields=["state", "updated"])
    if Erasure.objects.filter(customer_ids__contains=[row.customer_id], state=ErasureState.DONE).exists():
        forget_words(DataSubjectRequest.objects.filter(pk=row.pk))
    audit.record("privacy.request_closed", by=by, subject=row)
    return row


def _settle(row: DataSubjectRequest, state: RequestState, words: str, by: Actor) -> DataSubjectRequest:
    _require_words(words)
    row.state, row.answer, row.settled_at = state, words.strip(), clock.now()
    row.save(update_fields=["state", "answer", "settled_at", "updated"])
    publish(RequestSettled(customer_id=row.customer_id, request_kind=row.kind, state=state), by=by)
    audit.record(f"privacy.request_{state}", by=by, subject=row)
    return row


def _require_words(words: str) -> None:
    if not words.strip():
        raise InvalidInput


def request_at(request: DataSubjectRequest, by: Actor, *states: RequestState) -> DataSubjectRequest:
    """The row, locked, if one of these states is where it is."""
    require(by, MANAGE_REQUESTS)
    rows = DataSubjectRequest.objects.visible_to(by).select_for_update(of=("self",), no_key=True)
    row = rows.filter(pk=request.pk).first()
    if row is None:
        raise NotVisible
    if row.state not in states:
        raise WrongStep
    return row

"""What people allow and take back. Taking back is as easy as giving, and holds from the next moment on everywhere: whoever
uses data for a purpose asks here, and nothing is kept of the answer.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.core import signing
from django.db import transaction
from django.utils.translation import get_language

from apps.core import audit, clock
from apps.core.actor import Actor
from apps.core.events import publish
from apps.privacy import people
from apps.privacy.enums import Basis, Purpose, Shown
from apps.privacy.errors import GuardianNeeded, UseNotAllowed
from apps.privacy.events import ConsentChanged
from apps.privacy.models import Consent, DataSubjectRequest, PrivacyNotice

CUSTOMER: Final = "customers.customer"
ASKED: Final = frozenset({Purpose.RECORDING, Purpose.SENSITIVE, Purpose.THIRD_PARTY, Purpose.CROSS_BORDER})
"""Needs a consent of its own; the others are allowed until somebody objects."""
SALT: Final = "privacy.choices"
LINK_SECONDS: Final = 30 * 24 * 3600


@dataclass(frozen=True)
class Choice:
    """One purpose as it stands for somebody."""

    purpose: Purpose
    is_allowed: bool
    said: Consent | None

    @property
    def label(self) -> str:
        return str(self.purpose.label)


def allows(customer_ids: Collection[int], purpose: Purpose) -> bool:
    """Nothing, while a restriction asked for by them holds; of a minor nothing but service without a guardian's consent."""
    if DataSubjectRequest.objects.restricting(customer_ids).exists():
        return False
    if purpose is not Purpose.SERVICE and people.directory().lacks_guardian(customer_ids):
        return False
    said = Consent.objects.of(customer_ids).filter(purpose=purpose).order_by("-id").first()
    return _is_allowed(purpose, said)


def require_allowed(customer_ids: Collection[int], purpose: Purpose) -> None:
    """Raises UseNotAllowed, in words for whoever was about to use the data."""
    if not allows(customer_ids, purpose):
        raise UseNotAllowed(purpose=purpose.label)


def denied_uses(customer_ids: Collection[int]) -> frozenset[Purpose]:
    """What somebody does not allow, or was not asked for yet though it needs that."""
    lacks_guardian = people.directory().lacks_guardian(customer_ids)
    choices = choices_of(customer_ids, lacks_guardian=lacks_guardian)
    return frozenset(choice.purpose for choice in choices if not choice.is_allowed)


def choices_of(customer_ids: Collection[int], *, lacks_guardian: bool = False) -> list[Choice]:
    """`lacks_guardian`: they are a minor for whom no guardian is known to have consented."""
    said = {row.purpose: row for row in Consent.objects.of(customer_ids).select_related("notice__brand").newest()}
    open_to = {Purpose.SERVICE} if lacks_guardian else set(Purpose)
    return [Choice(each, each in open_to and _is_allowed(each, said.get(each)), said.get(each)) for each in Purpose]


def _is_allowed(purpose: Purpose, said: Consent | None) -> bool:
    return purpose not in ASKED if said is None else said.withdrawn_at is None


@transaction.atomic
def give_consent(
    *,
    customer_id: int,
    purpose: Purpose,
    shown: Shown,
    by: Actor,
    basis: Basis = Basis.CONSENT,
    notice: PrivacyNotice | None = None,
    channel_id: int | None = None,
    language: str = "",
    proof: str = "",
    said_at: datetime | None = None,
) -> Consent:
    """Saying the same again, under the same notice, changes nothing, nor does what was said before it was taken back. A
    minor cannot give it without their guardian.
    """
    person = people.directory().person(customer_id)
    if person is not None and person.lacks_guardian and purpose is not Purpose.SERVICE:
        raise GuardianNeeded
    last = _last(customer_id, purpose)
    if last is not None and last.is_given and last.notice_id == (notice.pk if notice else None):
        return last
    if last is not None and last.withdrawn_at is not None and said_at is not None and said_at <= last.withdrawn_at:
        return last
    row = Consent.objects.create(
        customer_id=customer_id,
        purpose=purpose,
        basis=basis,
        notice=notice,
        language=(language or get_language() or "")[:10],
        channel_id=channel_id,
        shown=shown,
        proof=proof.strip(),
        given_at=said_at or clock.now(),
        noted_by=by.user,
    )
    _tell("privacy.consent_given", row, by)
    return row


@transaction.atomic
def withdraw_consent(*, customer_id: int, purpose: Purpose, shown: Shown, by: Actor) -> Consent:
    """Also of what was never asked: then it is an objection, and is kept as one."""
    row = _last(customer_id, purpose)
    if row is None:
        row = Consent(customer_id=customer_id, purpose=purpose, shown=shown, noted_by=by.user)
    elif row.withdrawn_at is not None:
        return row
    row.withdrawn_at, row.withdrawn_by = clock.now(), shown
    row.save()
    _tell("privacy.consent_withdrawn", row, by)
    return row


def _last(customer_id: int, purpose: Purpose) -> Consent | None:
    person = people.directory().person(customer_id)
    ids = person.ids if person is not None else (customer_id,)
    rows = Consent.objects.of(ids).filter(purpose=purpose).select_for_update(of=("self",), no_key=True)
    return rows.order_by("-id").first()


def _tell(action: str, row: Consent, by: Actor) -> None:
    publish(ConsentChanged(customer_id=row.customer_id, purpose=row.purpose, is_allowed=row.is_given), by=by)
    audit.record(
        action, by=by, subject_type=CUSTOMER, subject_id=row.customer_id, details={"purpose": str(row.purpose)}
    )


# The page where people choose


def choices_token(customer_id: int) -> str:
    """For a link that only the customer gets, on a page that they reached by a secret of theirs."""
    return signing.dumps(customer_id, salt=SALT)


def customer_of_token(token: str) -> int | None:
    try:
        return int(signing.loads(token, salt=SALT, max_age=LINK_SECONDS))
    except (signing.BadSignature, ValueError, TypeError):
        return None

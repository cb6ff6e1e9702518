"""Whoever asked about personal data shows that it was they: by a code or a link that went to a handle they had proved.

The code is told to whoever answers the request, on the phone or at the counter; the link is opened by the person. Each counts
once. Wrong, used, over and never made are one answer, so that nobody learns whom we know.
"""

from __future__ import annotations

import hmac
import secrets
from datetime import timedelta
from typing import Final

from django.conf import settings
from django.db import transaction
from django.db.models import F, QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from apps.core import audit, clock, throttle
from apps.core.actor import Actor, ActorKind, Face
from apps.core.crypto import keyed_hash
from apps.core.errors import NotVisible
from apps.privacy import reaching
from apps.privacy.enums import CheckedBy, RequestState
from apps.privacy.errors import ProofRefused, WrongStep
from apps.privacy.models import DataSubjectRequest, IdentityProof
from apps.privacy.reaching import OwnHandle, Words
from apps.privacy.services.requests import note_checked, request_at

PERSON: Final = Actor(kind=ActorKind.SYSTEM, face=Face.PORTAL)
SALT: Final = "privacy.identity"
LIFETIME: Final = timedelta(hours=24)
MOST_WRONG: Final = 5
PER_REQUEST: Final = (3, timedelta(hours=1))
PER_ACTOR: Final = (30, timedelta(hours=1))


def own_handles(request: DataSubjectRequest, by: Actor) -> list[OwnHandle]:
    """Where it can be sent. None for somebody who asks for another: their right to is shown otherwise."""
    return [] if request.is_by_proxy else reaching.reach().handles(request.customer_id, request.ticket_id, by)


def send_proof(*, request: DataSubjectRequest, handle: str, by: Actor) -> IdentityProof:
    """Sends both secrets, which are kept nowhere; what was sent before for this request ends. Raises TooMany."""
    throttle.hit(f"privacy.proof:{by.key}", limit=PER_ACTOR[0], per=PER_ACTOR[1])
    throttle.hit(f"privacy.proof:request:{request.pk}", limit=PER_REQUEST[0], per=PER_REQUEST[1])
    return _send(request, handle, by)


@transaction.atomic
def _send(request: DataSubjectRequest, handle: str, by: Actor) -> IdentityProof:
    row = request_at(request, by, RequestState.RECEIVED)
    found = next((each for each in own_handles(row, by) if each.key == handle), None)
    if found is None:
        raise NotVisible
    moment, code, link = clock.now(), f"{secrets.randbelow(10**6):06}", secrets.token_urlsafe(32)
    row.proofs.filter(used_at=None, expires_at__gt=moment).update(expires_at=moment)
    proof = IdentityProof.objects.create(
        request=row,
        handle_kind=found.kind,
        code_hash=_code_hash(row, code),
        link_hash=_hashed(link),
        sent_at=moment,
        sent_by=by.user,
        expires_at=moment + LIFETIME,
    )
    reaching.reach().send(row.customer_id, row.ticket_id, handle, _words(code, link), by)
    audit.record("privacy.proof_sent", by=by, subject=row, details={"kind": found.kind})
    return proof


def _words(code: str, link: str) -> Words:
    address = f"{settings.SITE_URL}{reverse('privacy:proof', args=[link])}"
    text = _(
        "%(brand)s: we were asked about your personal data. If it was you, confirm it within a day on %(url)s"
        " or tell us the code %(code)s when we ask for it. If it was not you, do nothing."
    )
    return Words(_("Confirm that it was you"), text, {"url": address, "code": code})


def enter_code(*, request: DataSubjectRequest, code: str, by: Actor) -> DataSubjectRequest:
    """What the person told. A wrong one is counted though it is refused. Raises ProofRefused."""
    is_right = _try_code(request, code, by)
    if not is_right:
        raise ProofRefused
    request.refresh_from_db()
    return request


@transaction.atomic
def _try_code(request: DataSubjectRequest, code: str, by: Actor) -> bool:
    row = request_at(request, by, RequestState.RECEIVED)
    proof = _open_proofs().filter(request=row, wrong_codes__lt=MOST_WRONG).first()
    if proof is None:
        return False
    if not hmac.compare_digest(bytes(proof.code_hash), _code_hash(row, code.strip())):
        IdentityProof.objects.filter(pk=proof.pk).update(wrong_codes=F("wrong_codes") + 1)
        audit.record("privacy.proof_wrong", by=by, subject=row)
        return False
    _use(proof, row, by)
    return True


def pending_proof(link: str) -> IdentityProof | None:
    """The page that the link opens; opening it counts for nothing, since mail scanners open links too."""
    return _open_proofs().filter(link_hash=_hashed(link), request__state=RequestState.RECEIVED).first()


@transaction.atomic
def answer_link(*, link: str) -> None:
    """Raises ProofRefused."""
    found = pending_proof(link)
    if found is None:
        raise ProofRefused
    try:
        row = request_at(found.request, PERSON, RequestState.RECEIVED)
    except WrongStep:
        raise ProofRefused from None
    proof = _open_proofs().select_for_update(of=("self",), no_key=True).filter(pk=found.pk).first()
    if proof is None:
        raise ProofRefused
    _use(proof, row, PERSON)


def _use(proof: IdentityProof, row: DataSubjectRequest, by: Actor) -> None:
    proof.used_at = clock.now()
    proof.save(update_fields=["used_at"])
    note_checked(row, CheckedBy.CODE, by)


def _open_proofs() -> QuerySet[IdentityProof]:
    return IdentityProof.objects.filter(used_at=None, expires_at__gt=clock.now())


def _code_hash(row: DataSubjectRequest, code: str) -> bytes:
    return keyed_hash(SALT, f"{row.pk}:{code}".encode())


def _hashed(link: str) -> bytes:
    return keyed_hash(SALT, link.encode("utf-8", "replace"))

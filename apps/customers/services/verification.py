"""A customer proves that a second handle is theirs: by a one-time code, or by a link that only its holder gets.

The secret goes out to the handle that is to be proved. The code counts only when it comes back from the very handle
under which the customer writes, so it ties what is in one hand at both ends. Nobody on our side ever sees it.
"""

from __future__ import annotations

import hmac
import re
import secrets
import unicodedata
from datetime import timedelta
from typing import Final

from django.core import signing
from django.db import transaction

from apps.core import audit, clock, throttle
from apps.core.actor import SYSTEM, Actor
from apps.core.crypto import keyed_hash
from apps.core.errors import NotVisible
from apps.core.events import publish
from apps.customers.enums import ProofMethod, ProofOutcome
from apps.customers.errors import NothingToProve, VerificationRefused
from apps.customers.events import CustomerVerified, IdentityAdded, VerificationRequested
from apps.customers.identities import normalize, tail_of
from apps.customers.models import Customer, Identity, Verification
from apps.customers.querysets import VerificationQuerySet
from apps.customers.services.claims import hand_over
from apps.customers.services.family import living
from apps.customers.services.merging import merge_customers

CODE_DIGITS: Final = 6
CODE_LIFETIME: Final = timedelta(minutes=10)
LINK_LIFETIME: Final = timedelta(hours=1)
MAX_ATTEMPTS: Final = 5
MAX_SAID: Final = 60
"""Characters of a message in which a code is looked for: “The code is 123456, thank you”, and no story with a number."""
PER_HANDLE: Final = (3, timedelta(minutes=10))
PER_HANDLE_DAY: Final = (10, timedelta(days=1))
PER_ACTOR: Final = (30, timedelta(hours=1))
SALT: Final = "customers.verification"

_CODE = re.compile(rf"(?<!\d)[0-9]{{{CODE_DIGITS}}}(?!\d)")


# Asking


def throttle_request(*, kind: str, value: str, by: Actor) -> None:
    """Counts a request; call it before the transaction that makes it. Raises TooMany."""
    handle = keyed_hash(SALT, f"{kind}:{normalize(kind, value)}".encode()).hex()
    throttle.hit(f"verification:{by.key}", limit=PER_ACTOR[0], per=PER_ACTOR[1])
    throttle.hit(f"verification:{handle}", limit=PER_HANDLE[0], per=PER_HANDLE[1])
    throttle.hit(f"verification-day:{handle}", limit=PER_HANDLE_DAY[0], per=PER_HANDLE_DAY[1])


@transaction.atomic
def request_verification(
    *,
    identity: Identity,
    kind: str,
    value: str,
    method: ProofMethod,
    by: Actor,
    scope: str = "",
    ticket_id: int | None = None,
) -> tuple[Verification, str]:
    """The request and its secret, which the caller sends to the handle and keeps nowhere else.

    `identity` is the handle under which the customer writes now. An earlier request of theirs is replaced. Whose the
    other handle is makes no difference here, so asking tells nothing about other customers.
    """
    writer = _visible(identity, by)
    value = normalize(kind, value)
    _require_unproved(writer, kind, value, scope)
    _settle_open(writer)
    row = Verification(
        customer=living(writer.customer),
        identity=writer,
        kind=kind,
        scope=scope,
        value=value,
        method=method,
        ticket_id=ticket_id,
        requested_by=by.user,
        expires_at=clock.now() + (CODE_LIFETIME if method == ProofMethod.CODE else LINK_LIFETIME),
    )
    row.pk = row._meta.pk.get_pk_value_on_save(row)
    secret = _new_secret(method)
    row.secret = _sealed(row, secret)
    row.save(force_insert=True)
    publish(VerificationRequested(customer_id=row.customer_id, identity_kind=kind, method=str(method)), by=by)
    audit.record("customer.verification_requested", by=by, subject=row.customer, details={"kind": kind})
    return row, secret if method == ProofMethod.CODE else signing.dumps([row.pk, secret], salt=SALT, compress=False)


def _visible(identity: Identity, by: Actor) -> Identity:
    """The writer's handle, locked, so that of two requests at once the second replaces the first."""
    rows = Identity.objects.visible_to(by).select_related("customer__merged_into")
    row = rows.select_for_update(of=("self",), no_key=True).filter(pk=identity.pk).first()
    if row is None:
        raise NotVisible
    return row


def _require_unproved(writer: Identity, kind: str, value: str, scope: str) -> None:
    row = _owned(kind, value, scope)
    if row is None or living(row.customer).pk != living(writer.customer).pk:
        return
    if row.pk == writer.pk or row.verified_at is not None:
        raise NothingToProve


def _settle_open(writer: Identity) -> None:
    for row in Verification.objects.open().filter(identity=writer).select_for_update(of=("self",)):
        _settle(row, ProofOutcome.REPLACED)


def _new_secret(method: ProofMethod) -> str:
    if method == ProofMethod.CODE:
        return f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}d}"
    return secrets.token_urlsafe(18)


def _sealed(row: Verification, secret: str) -> bytes:
    return keyed_hash(SALT, f"{row.pk}:{secret}".encode())


# Answering


def code_in(text: str) -> str:
    """The code in a short message, however it was typed and whatever is said around it; "" where none or several are."""
    bare = re.sub(r"(?<=\d)[\s\-]+(?=\d)", "", unicodedata.normalize("NFKC", text.strip()))
    found = _CODE.findall(bare) if len(bare) <= MAX_SAID else []
    return found[0] if len(found) == 1 else ""


@transaction.atomic
def answer_code(*, identity: Identity, code: str) -> Verification | None:
    """What a code that came in from this handle did; None when none was asked for there."""
    row = _open_for_answer(Verification.objects.filter(identity=identity, method=ProofMethod.CODE))
    if row is None:
        return None
    if row.expires_at <= clock.now():
        return _settle(row, ProofOutcome.EXPIRED)
    if hmac.compare_digest(bytes(row.secret), _sealed(row, code)):
        return _prove(row)
    row.attempts += 1
    if row.attempts >= MAX_ATTEMPTS:
        return _settle(row, ProofOutcome.EXHAUSTED)
    row.save(update_fields=["attempts", "updated"])
    return row


def pending_link(token: str) -> Verification:
    """The request behind a link that may still be answered. Raises VerificationRefused for anything else."""
    row = _behind(token)
    if row is None or row.settled_at is not None or row.expires_at <= clock.now():
        raise VerificationRefused
    return row


@transaction.atomic
def answer_link(*, token: str, agrees: bool) -> Verification:
    """The holder of the handle says yes or no, once."""
    asked = pending_link(token)
    row = _open_for_answer(Verification.objects.filter(pk=asked.pk))
    if row is None:
        raise VerificationRefused
    return _prove(row) if agrees else _settle(row, ProofOutcome.REFUSED)


def _behind(token: str) -> Verification | None:
    try:
        pk, secret = signing.loads(token, salt=SALT, max_age=LINK_LIFETIME)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    rows = Verification.objects.select_related("customer__merged_into", "identity")
    row = rows.filter(pk=pk, method=ProofMethod.LINK).first()
    return row if row is not None and hmac.compare_digest(bytes(row.secret), _sealed(row, str(secret))) else None


def _open_for_answer(rows: VerificationQuerySet) -> Verification | None:
    """Locked, so that of two answers at once the second finds it settled."""
    locked = rows.open().select_related("customer__merged_into").select_for_update(of=("self",), no_key=True)
    return locked.first()


def _settle(row: Verification, outcome: ProofOutcome) -> Verification:
    row.outcome, row.settled_at = outcome, clock.now()
    row.save(update_fields=["attempts", "outcome", "settled_at", "updated"])
    return row


# What follows


def _prove(row: Verification) -> Verification:
    """The handle is the customer's: added, confirmed, taken over from who only named it, or the two records merge."""
    customer = living(row.customer)
    identity = _tie(customer, row)
    identity.verified_at = identity.verified_at or clock.now()
    identity.is_claimed = False
    identity.save(update_fields=["verified_at", "is_claimed", "updated"])
    _settle(row, ProofOutcome.PROVED)
    fact = CustomerVerified(
        customer_id=living(identity.customer).pk,
        identity_id=identity.pk,
        identity_kind=row.kind,
        method=row.method,
    )
    publish(fact, by=SYSTEM)
    audit.record("customer.verified", by=SYSTEM, subject=customer, details={"kind": row.kind, "method": row.method})
    return row


def _tie(customer: Customer, row: Verification) -> Identity:
    owned = _owned(row.kind, row.value, row.scope)
    if owned is None:
        return _add(customer, row)
    owner = living(owned.customer)
    if owner.pk == customer.pk:
        return owned
    if owned.is_claimed:
        hand_over(identity=owned, to=customer, by=SYSTEM)
        return owned
    older, newer = sorted((owner, customer), key=lambda record: record.pk)
    merge_customers(survivor=older, merged=newer, by=SYSTEM)
    return owned


def _owned(kind: str, value: str, scope: str) -> Identity | None:
    rows = Identity.objects.select_related("customer__merged_into").select_for_update(of=("self",), no_key=True)
    return rows.handle(kind=kind, value=value, scope=scope).first()


def _add(customer: Customer, row: Verification) -> Identity:
    identity = Identity(
        customer=customer,
        kind=row.kind,
        scope=row.scope,
        value=row.value,
        tail=tail_of(row.kind, row.value),
        is_primary=not customer.identities.filter(kind=row.kind, is_primary=True).exists(),
    )
    identity.save(force_insert=True)
    publish(IdentityAdded(customer_id=customer.pk, identity_id=identity.pk, identity_kind=row.kind), by=SYSTEM)
    return identity

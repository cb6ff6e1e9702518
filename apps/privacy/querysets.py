"""Who sees what is kept about people's rights. All of it is the house's own: nobody of a vendor."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Any, Self, TypeVar

from django.db.models import Model, Q, QuerySet

from apps.accounts.access import access_of
from apps.core.actor import Actor, ActorKind
from apps.core.clock import now
from apps.core.models import SequencedQuerySet

if TYPE_CHECKING:
    from apps.privacy.models import (  # noqa: F401 (named in the annotations of bases)
        AccessPackage,
        Consent,
        Correction,
        DataSubjectRequest,
        Erasure,
        LegalHold,
        PrivacyNotice,
        RequestTerm,
    )

Row_co = TypeVar("Row_co", bound=Model, covariant=True)

MANAGE_REQUESTS = "privacy.manage_requests"
APPROVE_ERASURE = "privacy.approve_erasure"
MANAGE_HOLDS = "privacy.manage_holds"


def holds_any(actor: Actor, *codes: str) -> bool:
    """In the house, and with one of the permissions."""
    if actor.kind is ActorKind.SYSTEM:
        return True
    return not access_of(actor).is_outsourced and any(code in actor.permissions for code in codes)


class _ForCodes(SequencedQuerySet[Row_co]):
    codes: tuple[str, ...] = ()

    def visible_to(self, actor: Actor) -> Self:
        return self if holds_any(actor, *self.codes) else self.none()


class LegalHoldQuerySet(_ForCodes["LegalHold"]):
    codes = (MANAGE_HOLDS,)

    def in_force(self) -> Self:
        moment = now()
        return self.filter(Q(ends_at=None) | Q(ends_at__gt=moment), released_at=None, starts_at__lte=moment)


class RequestQuerySet(_ForCodes["DataSubjectRequest"]):
    codes = (MANAGE_REQUESTS, APPROVE_ERASURE)

    def open(self) -> Self:
        return self.filter(settled_at=None)

    def restricting(self, customer_ids: Collection[int] | QuerySet[Any, Any] | None = None) -> Self:
        """Restrictions in force, over these customers or any, for whoever asks what may be done with their data."""
        rows = self.filter(restricts_from__isnull=False, lifted_at=None)
        return rows if customer_ids is None else rows.filter(customer_id__in=customer_ids)


class ErasureQuerySet(_ForCodes["Erasure"]):
    codes = (MANAGE_REQUESTS, APPROVE_ERASURE)


class AccessPackageQuerySet(_ForCodes["AccessPackage"]):
    codes = (MANAGE_REQUESTS,)


class PrivacyNoticeQuerySet(QuerySet["PrivacyNotice"]):
    def visible_to(self, actor: Actor) -> Self:
        return self if holds_any(actor, "channels.configure", MANAGE_REQUESTS) else self.none()

    def in_force(self, brand_id: int) -> PrivacyNotice | None:
        """Whoever comes is told; nobody's data."""
        return self.filter(brand=brand_id, valid_from__lte=now()).order_by("-valid_from", "-version").first()

    def all_in_force(self) -> Self:
        """One of each brand that has one."""
        return self.filter(valid_from__lte=now()).order_by("brand_id", "-valid_from", "-version").distinct("brand_id")


class CorrectionQuerySet(_ForCodes["Correction"]):
    codes = (MANAGE_REQUESTS,)


class RequestTermQuerySet(QuerySet["RequestTerm"]):
    def visible_to(self, actor: Actor) -> Self:
        return self if holds_any(actor, MANAGE_REQUESTS) else self.none()


class ConsentQuerySet(SequencedQuerySet["Consent"]):
    def of(self, customer_ids: Collection[int]) -> Self:
        """Reached through a customer that the caller sees."""
        return self.filter(customer_id__in=list(customer_ids))

    def newest(self) -> Self:
        """For each purpose what was said last."""
        return self.order_by("purpose", "-id").distinct("purpose")


__all__: list[Any] = [
    "APPROVE_ERASURE",
    "MANAGE_HOLDS",
    "MANAGE_REQUESTS",
    "AccessPackageQuerySet",
    "ConsentQuerySet",
    "CorrectionQuerySet",
    "ErasureQuerySet",
    "LegalHoldQuerySet",
    "PrivacyNoticeQuerySet",
    "RequestQuerySet",
    "RequestTermQuerySet",
    "holds_any",
]

"""What happens to vendors' people and concerns others: webhooks, for instance."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from apps.core.events import EventBase, event


@event("vendor.certificate_ends", _("A certificate of a vendor's agent runs out soon"))
@dataclass(frozen=True, kw_only=True)
class CertificateEnds(EventBase):
    """Told once for each certificate, as many days before as the contract says."""

    user_id: int
    skill: str
    until: str
    """A day, as ISO 8601 writes it."""


@event("vendor.quality_below", _("Ratings of a vendor are below what its contract asks for"))
@dataclass(frozen=True, kw_only=True)
class QualityBelow(EventBase):
    """Told once, until the ratings were good again. Without a user it is the vendor as a whole."""

    contract: str
    user_id: int | None
    figure: float
    """Percent of satisfied customers."""
    floor: int


@event("vendor.term_in_danger", _("A term of a vendor's contract is at risk, or out of reach"))
@dataclass(frozen=True, kw_only=True)
class TermInDanger(EventBase):
    """Told when a month's outlook became worse, once for each step. Figures are in the measure's own unit."""

    contract: str
    measure: str
    channel: str | None
    """Its key. None: all of the contract's channels."""
    month: str
    """As `2026-03`."""
    state: str
    """`at_risk` or `missed`."""
    figure: float | None
    last_7_days: float | None
    needed: float | None
    """In the rest of the month."""
    threshold: float

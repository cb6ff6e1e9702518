"""Facts about people's rights, and what became of values that a lens hides.

They carry ids and no value; connected systems act on the first ones.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from apps.core.events import EventBase, event


@event("customer.erased", _("A person was erased"))
@dataclass(frozen=True)
class PersonErased(EventBase):
    """Whoever keeps copies erases them too."""

    customer_id: int


@event("customer.request_opened", _("A request about personal data came in"))
@dataclass(frozen=True)
class RequestOpened(EventBase):
    customer_id: int
    request_kind: str


@event("customer.request_settled", _("A request about personal data was settled"))
@dataclass(frozen=True)
class RequestSettled(EventBase):
    """Of a correction or restriction connected systems hear by this that theirs is to follow."""

    customer_id: int
    request_kind: str
    state: str


@event("customer.corrected", _("A customer's data were corrected at their request"))
@dataclass(frozen=True)
class PersonCorrected(EventBase):
    """Whoever keeps copies reads these fields again, and corrects theirs."""

    customer_id: int
    fields: list[str]


@event("customer.restriction_changed", _("The use of a customer's data was restricted, or allowed again"))
@dataclass(frozen=True)
class RestrictionChanged(EventBase):
    """Connected systems keep the data and do nothing else with them for as long."""

    customer_id: int
    is_restricted: bool


@event("reveal.shown", _("A masked value was shown to somebody"))
@dataclass(frozen=True)
class RevealShown(EventBase):
    """``reveal`` is the public id; ``record`` the kind of record, ``field_class`` the class of the value."""

    reveal: str
    user_id: int
    record: str
    field_class: str
    approved_by_id: int | None


@event("reveal.unusual", _("Somebody looks at unusually many masked values"))
@dataclass(frozen=True)
class RevealsUnusual(EventBase):
    """``count`` within 24 hours; ``usual`` is the person's own mean of a day with any, in the four weeks before."""

    user_id: int
    count: int
    usual: float


@event("customer.consent_changed", _("A customer allowed or forbade a use of their data"))
@dataclass(frozen=True)
class ConsentChanged(EventBase):
    customer_id: int
    purpose: str
    is_allowed: bool

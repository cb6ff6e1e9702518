"""Facts about people's rights. They carry ids only; connected systems act on them."""

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

"""Facts about customers. They carry ids, keys and the names of what changed; never the personal data itself."""

from __future__ import annotations

from dataclasses import dataclass, field

from django.utils.translation import gettext_lazy as _

from apps.core.events import EventBase, event


@event("customer.created", _("A customer was created"))
@dataclass(frozen=True)
class CustomerCreated(EventBase):
    customer_id: int


@event("customer.updated", _("A customer was changed"))
@dataclass(frozen=True)
class CustomerUpdated(EventBase):
    """`fields` names what changed: columns, or "tags", "notes"."""

    customer_id: int
    fields: list[str] = field(default_factory=list)
    version: int = 0


@event("customer.identity_added", _("A customer got one more way to be reached"))
@dataclass(frozen=True)
class IdentityAdded(EventBase):
    customer_id: int
    identity_id: int
    identity_kind: str = ""


@event("customer.identity_removed", _("A customer lost a way to be reached"))
@dataclass(frozen=True)
class IdentityRemoved(EventBase):
    customer_id: int
    identity_id: int
    identity_kind: str = ""


@event("customer.merged", _("Two customers became one"))
@dataclass(frozen=True)
class CustomersMerged(EventBase):
    """`customer_id` is the record that lives on, `merged_id` the one that now points to it."""

    customer_id: int
    merged_id: int


@event("customer.unmerged", _("A merge of customers was undone"))
@dataclass(frozen=True)
class CustomersUnmerged(EventBase):
    customer_id: int
    merged_id: int


@event("customer.verification_requested", _("A customer was asked to prove a phone or an address"))
@dataclass(frozen=True)
class VerificationRequested(EventBase):
    """A one-time code or a link was sent to a handle that the customer says is theirs."""

    customer_id: int
    identity_kind: str = ""
    method: str = ""


@event("customer.verified", _("A customer proved a phone or an address"))
@dataclass(frozen=True)
class CustomerVerified(EventBase):
    """The customer proved to have the handle; it is theirs from now on."""

    customer_id: int
    identity_id: int
    identity_kind: str = ""
    method: str = ""


@event("customer.merge_suggested", _("Two customers may be one"))
@dataclass(frozen=True)
class MergeSuggested(EventBase):
    customer_id: int
    other_customer_id: int
    suggestion_id: int


@event("customer.merge_dismissed", _("Two customers stay two"))
@dataclass(frozen=True)
class MergeDismissed(EventBase):
    customer_id: int
    other_customer_id: int
    suggestion_id: int

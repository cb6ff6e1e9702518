"""Whatever holds data of customers goes by a rule of retention, with something that does, by itself, or stays for a reason."""

from __future__ import annotations

import pytest

from apps.compliance.declared import DISPOSED_WITH, ENDS_BY_ITSELF
from apps.compliance.enums import Nature
from apps.compliance.selectors.data_map import classes_of, our_models
from apps.privacy.retention import all_classes

pytestmark = pytest.mark.unit

OF_THE_HOUSE = frozenset({Nature.STAFF, Nature.COLLEAGUE, Nature.SECRET, Nature.INDEX, Nature.TRAIT})
"""Data of colleagues, keys and hashes: no rule of retention for customers' data reaches for them."""

PROOF = "proves what was done with personal data; erasing takes the person out of it"
STAYS: dict[str, str] = {
    "accounts.Look": "proves who looked at whose desk, and why",
    "core.Event": "texts in it go with the message or ticket that they are of",
    "privacy.Consent": PROOF,
    "privacy.Correction": "part of the request that it answers",
    "privacy.DataSubjectRequest": PROOF,
    "privacy.Erasure": "by it a restored backup is erased again",
    "privacy.LegalHold": PROOF,
    "privacy.Reveal": PROOF,
    "customers.CustomerMerge": "links two records, and goes with them",
    "customers.MergeSuggestion": "links two records, and goes with them",
    "customers.Verification": "goes with the identity that it proves",
    "contact_channels.BlockedSender": "blocks for as long as somebody wants it to",
    "contact_channels.Channel": "configuration; the last error names nobody",
    "contact_channels.ClientConversation": "an anonymous shell, on which the lines hang; erasing takes the handle",
    "contact_channels.DeliveryAttempt": "goes with its delivery",
    "tickets.Interaction": "on which figures hang; erasing takes the customer out of it",
    "automation.WebhookAttempt": "goes with its delivery",
    "outsourcing.ImpactAssessment": "is about a vendor, and names no customer",
    "outsourcing.SupportAccess": "proves who was let in, and why",
    "outsourcing.Statement": "is about a vendor, and names no customer",
    "outsourcing.StatementComment": "is about a vendor, and names no customer",
    "compliance.Incident": "proves how an incident was met",
}


def holds_customers_data() -> set[str]:
    return {
        model._meta.label
        for model in our_models()
        if any(set(classes_of(field) or ()) - OF_THE_HOUSE for field in model._meta.concrete_fields)
    }


def with_an_end() -> set[str]:
    return {found.rows().model._meta.label for found in all_classes()} | set(DISPOSED_WITH) | set(ENDS_BY_ITSELF)


def test_whatever_holds_data_of_customers_has_an_end_or_a_reason() -> None:
    unknown = sorted(holds_customers_data() - with_an_end() - set(STAYS))
    assert not unknown, "Register a class of retention, or say in apps/compliance/declared.py or here why it stays."


def test_no_reason_outlives_what_it_is_for() -> None:
    assert sorted(set(STAYS) - (holds_customers_data() - with_an_end())) == []

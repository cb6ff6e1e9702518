from apps.customers.models.customer import Customer, CustomerMerge, CustomerNote
from apps.customers.models.guardian import Guardian
from apps.customers.models.identity import Identity
from apps.customers.models.organization import Organization
from apps.customers.models.suggestion import MergeSuggestion
from apps.customers.models.tag import Tag
from apps.customers.models.verification import Verification

__all__ = [
    "Customer",
    "CustomerMerge",
    "CustomerNote",
    "Guardian",
    "Identity",
    "MergeSuggestion",
    "Organization",
    "Tag",
    "Verification",
]

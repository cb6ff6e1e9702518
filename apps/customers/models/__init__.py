from apps.customers.models.customer import Customer, CustomerMerge, CustomerNote
from apps.customers.models.identity import Identity
from apps.customers.models.organization import Organization
from apps.customers.models.tag import Tag

__all__ = ["Customer", "CustomerMerge", "CustomerNote", "Identity", "Organization", "Tag"]

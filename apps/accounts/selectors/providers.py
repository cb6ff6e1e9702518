"""Which sign-in providers are offered where."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from apps.accounts.models import IdentityProvider


def active_providers() -> QuerySet[IdentityProvider]:
    """Those of a vendor that is switched off let nobody in anyway."""
    return IdentityProvider.objects.filter(Q(vendor__isnull=True) | Q(vendor__is_active=True), is_active=True)


def offered_providers(key: str) -> QuerySet[IdentityProvider]:
    """The house's own; a vendor's only at its own address, so that nobody reads from the page which vendors there are."""
    return active_providers().filter(Q(vendor__isnull=True) | Q(key=key))

"""Which sign-in providers are offered where."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q, QuerySet

from apps.accounts.models import ExternalIdentity, IdentityProvider, User


def active_providers() -> QuerySet[IdentityProvider]:
    """Those of a vendor that is switched off let nobody in anyway."""
    return IdentityProvider.objects.filter(Q(vendor__isnull=True) | Q(vendor__is_active=True), is_active=True)


def offered_providers(key: str) -> QuerySet[IdentityProvider]:
    """The house's own; a vendor's only at its own address, so that nobody reads from the page which vendors there are."""
    return active_providers().filter(Q(vendor__isnull=True) | Q(key=key))


@dataclass(frozen=True, slots=True)
class OwnProvider:
    """`identity` is None where it is not connected."""

    provider: IdentityProvider
    identity: ExternalIdentity | None


def tied_provider(user: User | None, key: str) -> IdentityProvider | None:
    """One that is switched off may be disconnected as well."""
    return IdentityProvider.objects.filter(identities__user=user, key=key).first() if user is not None else None


def own_providers(user: User) -> list[OwnProvider]:
    """Those of the person's company, and whatever is tied to them besides."""
    tied = {row.provider_id: row for row in user.external_identities.select_related("provider")}
    offered = list(active_providers().filter(vendor=user.vendor_id))
    others = [row.provider for row in tied.values() if row.provider not in offered]
    return [OwnProvider(provider, tied.get(provider.pk)) for provider in (*offered, *others)]

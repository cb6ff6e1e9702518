"""Who gets personal data: roles by the lens in force, vendors by contract, and the systems that rows go to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property

from django.utils.translation import gettext as _

from apps.accounts.models import ApiToken, Role, User
from apps.automation.models import WebhookEndpoint
from apps.channels.borders import region_of
from apps.channels.models import Channel
from apps.compliance.declared import OUTLETS, Class
from apps.compliance.enums import Nature, Outlet
from apps.core import clock
from apps.core.actor import person
from apps.outsourcing.enums import ContractState
from apps.outsourcing.models import Contract
from apps.privacy.enums import FieldClass, Mode
from apps.privacy.lens import Lens, lens_for


class Recipients:
    """Reads roles, contracts and outlets once."""

    def __init__(self) -> None:
        self._said = dict[tuple[tuple[Outlet, ...], tuple[Class, ...]], str]()

    def of(self, label: str, classes: tuple[Class, ...]) -> str:
        key = OUTLETS.get(label, ()), classes
        if key not in self._said:
            self._said[key] = self._of(*key)
        return self._said[key]

    def _of(self, outlets: tuple[Outlet, ...], classes: tuple[Class, ...]) -> str:
        if not classes:
            return ""
        if {Nature.SECRET, Nature.INDEX} & set(classes):
            return _("nobody")
        shown = [each for each in classes if isinstance(each, FieldClass)]
        told = [self._on_the_desk(shown)] if Outlet.DESK in outlets else [_("the house's administration")]
        told += [f"{outlet.label}: {', '.join(self.systems[outlet])}" for outlet in outlets if self.systems.get(outlet)]
        return "; ".join(told)

    def _on_the_desk(self, classes: list[FieldClass]) -> str:
        """Without a class that is masked: whoever may see the record."""
        if not classes:
            return _("whoever may see the record")
        plain = [role for role, lens in self.lenses.items() if all(lens.mode(each) is Mode.RAW for each in classes)]
        rest = [role for role in self.lenses if role not in plain]
        told = [(_("as it is"), plain), (_("masked or hidden"), rest)]
        return "; ".join(f"{how}: {', '.join(roles)}" for how, roles in told if roles)

    @cached_property
    def lenses(self) -> Mapping[str, Lens]:
        return {str(role.name): lens_for(person(User(role=role))) for role in Role.objects.order_by("key")}

    def modes(self) -> Iterable[tuple[str, list[str]]]:
        """Each role with how it sees each class."""
        for role, lens in self.lenses.items():
            yield role, [str(lens.mode(each).label) for each in FieldClass]

    @cached_property
    def systems(self) -> Mapping[Outlet, list[str]]:
        return {
            Outlet.CHANNELS: [f"{row.name} ({region_of(row).label})" for row in _channels()],
            Outlet.WEBHOOKS: [f"{row.name} ({row.acts_as.role or '-'})" for row in _endpoints()],
            Outlet.API: [f"{row.name} ({row.user.role or '-'})" for row in _tokens()],
        }

    @cached_property
    def vendors(self) -> list[str]:
        """With the number of the contract that is active."""
        rows = Contract.objects.filter(state=ContractState.ACTIVE).select_related("vendor").order_by("number")
        return [f"{row.vendor.name} ({row.number})" for row in rows]


def _channels() -> Iterable[Channel]:
    return Channel.objects.filter(is_active=True).order_by("key")


def _endpoints() -> Iterable[WebhookEndpoint]:
    return WebhookEndpoint.objects.filter(is_enabled=True).select_related("acts_as__role").order_by("name")


def _tokens() -> Iterable[ApiToken]:
    valid = ApiToken.objects.filter(revoked=None, expires__gt=clock.now())
    return valid.select_related("user__role").order_by("name")

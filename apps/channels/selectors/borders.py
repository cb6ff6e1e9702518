"""Channels whose platform stands abroad: for the health page, and for auditors."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.channels.borders import crosses_border, home_region, lacks_basis, region_of
from apps.channels.models import Channel
from apps.channels.selectors.notices import Notice, register_notices
from apps.core.actor import Actor
from apps.core.evidence import Exact, Period, Section, register_section
from apps.core.permissions import may


@dataclass(frozen=True, slots=True)
class Transfer:
    channel: str
    kind: str
    home: str
    region: str
    is_active: bool
    basis: str
    note: str


def transfers() -> list[Transfer]:
    """All that cross, switched off ones too: they crossed while they were on."""
    return [_told(channel) for channel in Channel.objects.order_by("key") if crosses_border(channel)]


def _told(channel: Channel) -> Transfer:
    return Transfer(
        channel=channel.key,
        kind=channel.kind,
        home=home_region().value,
        region=region_of(channel).value,
        is_active=channel.is_active,
        basis=channel.transfer_basis,
        note=channel.transfer_note,
    )


def notices(actor: Actor) -> Iterator[Notice]:
    """To those who can record the basis."""
    if not may(actor, "channels.configure"):
        return
    for channel in Channel.objects.visible_to(actor).active().order_by("key"):
        if lacks_basis(channel):
            words = _("%(channel)s sends personal data abroad (%(region)s) and no legal basis is recorded.")
            yield Notice(
                text=words % {"channel": channel, "region": region_of(channel).label},
                url=reverse("admin:contact_channels_channel_change", args=[channel.pk]),
                link=_("Record the basis"),
            )


def _rows(period: Period) -> Iterator[tuple[object, ...]]:
    for row in transfers():
        yield Exact(row.channel), Exact(row.kind), Exact(row.region), row.is_active, Exact(row.basis), row.note


def register() -> None:
    register_notices(notices)
    head = (
        gettext_lazy("channel"), gettext_lazy("kind"), gettext_lazy("where the servers stand"), gettext_lazy("active"),
        gettext_lazy("basis for the transfer abroad"), gettext_lazy("reference"),
    )  # fmt: skip
    register_section(Section("transfers", gettext_lazy("Transfers abroad"), head, _rows))

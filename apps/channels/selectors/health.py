"""How each channel is doing, and what is stuck."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db.models import Count, Min, Q
from django.db.models.functions import Now
from django.utils.timesince import timesince
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.channels import intake, registry
from apps.channels.contract import Connector
from apps.channels.enums import DeliveryState
from apps.channels.errors import UnknownConnector
from apps.channels.models import Channel, Delivery, InboundEvent
from apps.core import clock
from apps.core.actor import Actor
from apps.core.models import Lease

STUCK_AFTER: Final = timedelta(minutes=2)
"""Input is taken in within seconds; what waits longer means that something is wrong."""

SILENT_AFTER: Final = timedelta(minutes=10)
"""A mailbox is asked at least this often."""

TROUBLE_DAYS: Final = 7


@dataclass(frozen=True, slots=True)
class ChannelHealth:
    """`tone` is success, warning, danger or empty (switched off). Times are aware; counts are exact."""

    pk: int
    public_id: str
    key: str
    name: str
    kind_label: str
    icon: str
    is_active: bool
    tone: str
    state: str
    problems: tuple[str, ...]
    last_received_at: datetime | None
    last_sent_at: datetime | None
    last_success_at: datetime | None
    last_error_at: datetime | None
    last_error_code: str
    waiting: int
    oldest_waiting: datetime | None
    parked: int
    undelivered: int
    oldest_undelivered: datetime | None
    failed: int
    unknown: int
    listener: str
    rule_url: str
    """Where to say what the channel leads to, when nobody has: everything that arrives is parked."""


@dataclass(frozen=True, slots=True)
class _Counts:
    waiting: dict[int, dict[str, Any]]
    parked: dict[int, dict[str, Any]]
    undelivered: dict[int, dict[str, Any]]
    troubled: dict[int, dict[str, Any]]
    listeners: dict[str, str]
    missing_rules: Mapping[int, str]


def channel_health(actor: Actor) -> list[ChannelHealth]:
    """A row for each channel the actor may look after, the worst first. Seven queries, however many channels."""
    channels = list(Channel.objects.visible_to(actor).order_by("key"))
    counts = _count(actor, channels)
    rows = [_row(channel, counts) for channel in channels]
    order = ("danger", "warning", "success", "")
    return sorted(rows, key=lambda row: order.index(row.tone))


def health_of(channel: Channel, actor: Actor) -> ChannelHealth:
    return _row(channel, _count(actor, [channel]))


def _count(actor: Actor, channels: Sequence[Channel]) -> _Counts:
    inbound = InboundEvent.objects.visible_to(actor).order_by()
    outbound = Delivery.objects.visible_to(actor).order_by()
    recently = Now() - timedelta(days=TROUBLE_DAYS)
    return _Counts(
        waiting=_by_channel(inbound.waiting().values("channel").annotate(count=Count("pk"), oldest=Min("received"))),
        parked=_by_channel(inbound.parked().values("channel").annotate(count=Count("pk"))),
        undelivered=_by_channel(
            outbound.unsettled()
            .exclude(state=DeliveryState.UNKNOWN)
            .values("channel")
            .annotate(count=Count("pk"), oldest=Min("due_at"))
        ),
        troubled=_by_channel(
            outbound.filter(state__in=[DeliveryState.FAILED, DeliveryState.UNKNOWN], created__gte=recently)
            .values("channel")
            .annotate(
                failed=Count("pk", filter=Q(state=DeliveryState.FAILED)),
                unknown=Count("pk", filter=Q(state=DeliveryState.UNKNOWN)),
            )
        ),
        missing_rules=intake.missing_rules(channels),
        listeners=dict(
            Lease.objects.filter(name__startswith="channels.fetch:", expires__gt=Now()).values_list("name", "holder")
        ),
    )


def _by_channel(rows: Any) -> dict[int, dict[str, Any]]:
    return {row["channel"]: row for row in rows}


def _row(channel: Channel, counts: _Counts) -> ChannelHealth:
    connector = _connector_of(channel)
    waiting = counts.waiting.get(channel.pk, {})
    undelivered = counts.undelivered.get(channel.pk, {})
    troubled = counts.troubled.get(channel.pk, {})
    parked = counts.parked.get(channel.pk, {}).get("count", 0)
    listener = counts.listeners.get(f"channels.fetch:{channel.pk}", "")
    stuck = list(_stuck(channel, connector, waiting, undelivered, listener)) if channel.is_active else []
    trouble = list(_trouble(channel, parked, troubled))
    rule_url = counts.missing_rules.get(channel.pk, "")
    tone, state = _judge(channel, bool(stuck or rule_url), bool(trouble))
    return ChannelHealth(
        pk=channel.pk,
        public_id=channel.public_id,
        key=channel.key,
        name=str(channel.name),
        kind_label=str(connector.label) if connector else channel.kind,
        icon=connector.icon if connector else "circle-help",
        is_active=channel.is_active,
        tone=tone,
        state=state,
        problems=(*stuck, *trouble),
        last_received_at=channel.last_received_at,
        last_sent_at=channel.last_sent_at,
        last_success_at=channel.last_success_at,
        last_error_at=channel.last_error_at,
        last_error_code=channel.last_error_code,
        waiting=waiting.get("count", 0),
        oldest_waiting=waiting.get("oldest"),
        parked=parked,
        undelivered=undelivered.get("count", 0),
        oldest_undelivered=undelivered.get("oldest"),
        failed=troubled.get("failed", 0),
        unknown=troubled.get("unknown", 0),
        listener=listener,
        rule_url=rule_url,
    )


def _connector_of(channel: Channel) -> Connector | None:
    try:
        return registry.get(channel.kind)
    except UnknownConnector:
        return None


def _judge(channel: Channel, is_stuck: bool, is_in_trouble: bool) -> tuple[str, str]:
    if not channel.is_active:
        return "", _("Switched off")
    if is_stuck:
        return "danger", _("Stuck")
    return ("warning", _("Needs attention")) if is_in_trouble else ("success", _("Working"))


def _stuck(
    channel: Channel,
    connector: Connector | None,
    waiting: dict[str, Any],
    undelivered: dict[str, Any],
    listener: str,
) -> Any:
    now = clock.now()
    if connector is None:
        yield _("The connector of this channel is not installed.")
        return
    if waiting and waiting["oldest"] < now - STUCK_AFTER:
        yield ngettext(
            "%(count)d incoming item waits, the oldest for %(time)s.",
            "%(count)d incoming items wait, the oldest for %(time)s.",
            waiting["count"],
        ) % {"count": waiting["count"], "time": timesince(waiting["oldest"], now)}
    if undelivered and undelivered["oldest"] < now - STUCK_AFTER:
        yield ngettext(
            "%(count)d message waits to be sent, due for %(time)s.",
            "%(count)d messages wait to be sent, the oldest due for %(time)s.",
            undelivered["count"],
        ) % {"count": undelivered["count"], "time": timesince(undelivered["oldest"], now)}
    if connector.arrival.is_fetched and not listener:
        last = channel.last_success_at
        if last is None or last < now - SILENT_AFTER:
            yield _("Nobody listens to this channel. Check that the listening process runs.")


def _trouble(channel: Channel, parked: int, troubled: dict[str, Any]) -> Any:
    if channel.last_error_at and (channel.last_success_at is None or channel.last_error_at > channel.last_success_at):
        yield _("The last attempt failed.")
    if parked:
        yield ngettext("%(count)d item needs repair.", "%(count)d items need repair.", parked) % {"count": parked}
    if failed := troubled.get("failed"):
        yield ngettext(
            "%(count)d message could not be sent this week.", "%(count)d messages could not be sent this week.", failed
        ) % {"count": failed}
    if unknown := troubled.get("unknown"):
        yield ngettext(
            "Of %(count)d message it is not known whether it was sent.",
            "Of %(count)d messages it is not known whether they were sent.",
            unknown,
        ) % {"count": unknown}

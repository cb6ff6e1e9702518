"""What a channel promises, as configuration."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.channels.models import Channel
from apps.core import audit
from apps.core.actor import Actor
from apps.core.errors import InvalidInput, NotVisible
from apps.core.permissions import require
from apps.sla.models import ChannelPolicy
from apps.sla.models.policy import MAX_ANSWER_MINUTES

CHANGEABLE = (
    "calendar",
    "answer_minutes",
    "out_of_hours_text",
    "makes_follow_ups",
    "is_offered",
    "contact_label",
    "contact_how",
    "contact_link",
)


@transaction.atomic
def set_policy(*, channel: Channel, by: Actor, **values: Any) -> ChannelPolicy:
    """Gives a channel its policy, or changes the named parts of the one it has."""
    require(by, "channels.configure")
    unknown = set(values) - set(CHANGEABLE)
    if unknown:
        raise TypeError(f"set_policy() does not set {sorted(unknown)}")
    row = ChannelPolicy.objects.select_for_update(no_key=True).filter(channel=channel).first()
    policy = row or ChannelPolicy(channel=channel)
    before = _told(policy)
    for name, value in values.items():
        setattr(policy, name, value)
    _check(policy)
    after = _told(policy)
    changed = {name: [before[name], after[name]] for name in CHANGEABLE if before[name] != after[name]}
    if row is None or changed:
        policy.save()
        audit.record("sla.policy.set", by=by, subject=policy, details={"channel": channel.key, **changed})
    return policy


@transaction.atomic
def remove_policy(*, policy: ChannelPolicy, by: Actor) -> None:
    """The channel promises nothing from now on. Follow-ups that are open stay until they are done."""
    require(by, "channels.configure")
    row = (
        ChannelPolicy.objects.visible_to(by).select_for_update().select_related("channel").filter(pk=policy.pk).first()
    )
    if row is None:
        raise NotVisible
    audit.record("sla.policy.removed", by=by, subject=row, details={"channel": row.channel.key})
    row.delete()


def _check(policy: ChannelPolicy) -> None:
    errors: dict[str, list[Any]] = {}
    minutes = policy.answer_minutes
    if minutes is not None and not 1 <= minutes <= MAX_ANSWER_MINUTES:
        errors["answer_minutes"] = [_("Give between 1 minute and 30 days of working time.")]
    if policy.calendar is not None and not policy.calendar.is_active:
        errors["calendar"] = [_("Choose a calendar that is active.")]
    if policy.is_offered:
        errors |= missing_for_offer(policy.contact_label, policy.contact_how, policy.contact_link)
    if errors:
        raise InvalidInput(fields=errors)


def missing_for_offer(label: object, how: object, link: str) -> dict[str, list[Any]]:
    """What customers need to choose a channel, as far as it is missing; by field."""
    missing: dict[str, list[Any]] = {}
    if not label:
        missing["contact_label"] = [_("Say what customers call it.")]
    if not how and not link:
        missing["contact_how"] = [_("Say how to reach it.")]
    return missing


def _told(policy: ChannelPolicy) -> dict[str, Any]:
    return {
        "calendar": policy.calendar.key if policy.calendar else None,
        "answer_minutes": policy.answer_minutes,
        "out_of_hours_text": dict(policy.out_of_hours_text or {}),
        "makes_follow_ups": policy.makes_follow_ups,
        "is_offered": policy.is_offered,
        "contact_label": dict(policy.contact_label or {}),
        "contact_how": dict(policy.contact_how or {}),
        "contact_link": policy.contact_link,
    }

"""Changing what a channel is set to, and trying whether it works."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import structlog
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.channels import registry
from apps.channels.contract import CheckResult
from apps.channels.models import Channel
from apps.channels.services import health
from apps.channels.tracing import place_of
from apps.core import audit, throttle
from apps.core.actor import Actor
from apps.core.permissions import require

logger = structlog.get_logger(__name__)


@transaction.atomic
def configure_channel(
    *, channel: Channel, settings: Mapping[str, Any], secrets: Mapping[str, Any], by: Actor
) -> Channel:
    """Replaces the settings and adds the given secrets to those stored. The audit trail names what changed, not how."""
    require(by, "channels.configure", channel)
    locked = Channel.objects.select_for_update(of=("self",), no_key=True).get(pk=channel.pk)
    changed = sorted(key for key in {*locked.settings, *settings} if locked.settings.get(key) != settings.get(key))
    locked.settings = dict(settings)
    locked.secrets = {**locked.secrets, **secrets}
    locked.save(update_fields=["settings", "secrets", "updated"])
    audit.record("channels.configured", by=by, subject=locked, details={"changed": changed, "secrets": sorted(secrets)})
    return locked


def check_channel(*, channel: Channel, by: Actor) -> CheckResult:
    """Tries the channel's connection. Few times a minute, because each try tells something about the network."""
    require(by, "channels.configure", channel)
    throttle.hit(f"channels.check:{by.key}", limit=10, per=timedelta(minutes=1))
    try:
        result = registry.get(channel.kind).check(channel)
    except Exception as error:  # noqa: BLE001 (whatever a platform's library raises, the manager gets one sentence)
        logger.warning("channel.check_failed", channel_id=channel.pk, error=type(error).__name__, place=place_of(error))
        result = CheckResult(is_ok=False, message=_("The connection could not be made."))
    if result.is_ok:
        health.note_success(channel.pk)
    audit.record("channels.checked", by=by, subject=channel, result="ok" if result.is_ok else "failed")
    return result

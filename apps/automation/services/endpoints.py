"""Endpoints as configuration: who is told what. Every change stands in the audit trail; no secret ever does."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any, Final
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.automation.enums import DisabledReason
from apps.automation.errors import NotLent
from apps.automation.kinds import patterns
from apps.automation.models import WebhookDelivery, WebhookEndpoint
from apps.automation.querysets import MANAGE
from apps.automation.rules import may_lend
from apps.automation.signing import new_secret
from apps.core import audit, clock
from apps.core.actor import Actor
from apps.core.errors import InvalidInput, NotVisible
from apps.core.events import last_position
from apps.core.http import AddressRefused, NameNotFound, checked_addresses
from apps.core.permissions import require

CHANGEABLE: Final = ("name", "description", "url", "events", "acts_as")
FORMER_SIGNS: Final = timedelta(hours=24)
"""How long the former secret signs as well after a rotation."""

MAX_URL: Final = 1000


def create_endpoint(
    *, name: str, url: str, events: Iterable[str], by: Actor, acts_as: User | None = None, description: str = ""
) -> tuple[WebhookEndpoint, str]:
    """The endpoint and its secret, which is shown once. It is told what happens from now on."""
    require(by, MANAGE)
    endpoint = WebhookEndpoint(secret=new_secret(), position=last_position(), url=checked_url(url))
    _fill(endpoint, {"name": name, "description": description, "events": events, "acts_as": acts_as or by.user}, by)
    with transaction.atomic():
        endpoint.save()
        audit.record("webhook.created", by=by, subject=endpoint, details=_told(endpoint))
    return endpoint, endpoint.secret


def change_endpoint(
    *, endpoint: WebhookEndpoint, by: Actor, version: int | None = None, **changes: Any
) -> WebhookEndpoint:
    unknown = set(changes) - set(CHANGEABLE)
    if unknown:
        raise TypeError(f"change_endpoint() does not set {sorted(unknown)}")
    if "url" in changes:
        changes["url"] = checked_url(changes["url"])  # looks a name up, which takes too long under a lock
    with transaction.atomic():
        row = lock_endpoint(endpoint, by)
        row.require_version(version)
        before, former_url = _told(row), row.url
        _fill(row, changes, by)
        after = _told(row)
        changed: dict[str, Any] = {key: [before[key], after[key]] for key in before if before[key] != after[key]}
        if row.url != former_url:
            changed["url"] = "***"
        if changed:
            row.save_versioned(update_fields=list(changes))
            audit.record("webhook.changed", by=by, subject=row, details=changed)
    return row


@transaction.atomic
def rotate_secret(*, endpoint: WebhookEndpoint, by: Actor) -> tuple[WebhookEndpoint, str]:
    """A new secret, shown once. The one before signs as well for a day, so that the receiver can change over."""
    row = lock_endpoint(endpoint, by)
    row.former_secret, row.former_until = row.secret, clock.now() + FORMER_SIGNS
    row.secret = new_secret()
    row.save_versioned(update_fields=["secret", "former_secret", "former_until"])
    audit.record("webhook.secret_rotated", by=by, subject=row)
    return row, row.secret


@transaction.atomic
def enable_endpoint(*, endpoint: WebhookEndpoint, by: Actor, catches_up: bool = True) -> WebhookEndpoint:
    """Sends again what waits, and goes on where the log was left, or, without catching up, with what happens from now."""
    row = lock_endpoint(endpoint, by)
    if row.is_enabled:
        return row
    row.is_enabled, row.disabled_reason, row.disabled_at = True, "", None
    row.failing_since = row.paused_until = None
    if not catches_up:
        row.position = last_position()
    row.save_versioned(
        update_fields=["is_enabled", "disabled_reason", "disabled_at", "failing_since", "paused_until", "position"]
    )
    audit.record("webhook.enabled", by=by, subject=row, details={"catches_up": catches_up})
    return row


@transaction.atomic
def disable_endpoint(*, endpoint: WebhookEndpoint, by: Actor) -> WebhookEndpoint:
    row = lock_endpoint(endpoint, by)
    if row.is_enabled:
        switch_off(row, DisabledReason.BY_HAND, by)
    return row


def switch_off(row: WebhookEndpoint, reason: DisabledReason, by: Actor) -> None:
    """On a locked row. What waits stays in line until somebody switches it on again."""
    row.is_enabled, row.disabled_reason, row.disabled_at = False, reason, clock.now()
    row.save_versioned(update_fields=["is_enabled", "disabled_reason", "disabled_at"])
    audit.record("webhook.disabled", by=by, subject=row, details={"reason": reason})


@transaction.atomic
def delete_endpoint(*, endpoint: WebhookEndpoint, by: Actor) -> None:
    """With all that was sent to it. Open to all who see it: nobody is told anything by it."""
    row = _lock_visible(endpoint, by)
    audit.record("webhook.deleted", by=by, subject=row, details=_told(row))
    WebhookDelivery.objects.filter(endpoint=row).delete()
    row.delete()


def lock_endpoint(endpoint: WebhookEndpoint, by: Actor) -> WebhookEndpoint:
    """For any change: seeing an endpoint is not enough to have a say in who is told, and when."""
    row = _lock_visible(endpoint, by)
    if not may_lend(by, row.acts_as):
        raise NotLent
    return row


def _lock_visible(endpoint: WebhookEndpoint, by: Actor) -> WebhookEndpoint:
    rows = WebhookEndpoint.objects.visible_to(by).select_related("acts_as__role", "acts_as__vendor")
    row = rows.select_for_update(of=("self",), no_key=True).filter(pk=endpoint.pk).first()
    if row is None:
        raise NotVisible
    return row


def _fill(endpoint: WebhookEndpoint, values: Mapping[str, Any], by: Actor) -> None:
    for name, value in values.items():
        setattr(endpoint, name, value)
    errors: dict[str, list[Any]] = {}
    if not endpoint.name.strip():
        errors["name"] = [_("Give it a name.")]
    if not endpoint.events or not set(endpoint.events) <= set(patterns()):
        errors["events"] = [_("Choose from the events that there are.")]
    if "acts_as" in values and (values["acts_as"] is None or not may_lend(by, values["acts_as"])):
        errors["acts_as"] = [NotLent.message]
    if errors:
        raise InvalidInput(fields=errors)
    endpoint.events = sorted(set(endpoint.events))


def checked_url(url: str) -> str:
    """The address is checked here to tell the manager, and again at each attempt: names change their addresses."""
    url = url.strip()
    if problem := _problem_of(url):
        raise InvalidInput(fields={"url": [problem]})
    return url


def _problem_of(url: str) -> Any:
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return _("This is no address.")
    is_plain = parts.scheme == "http" and bool(settings.HTTP_ALLOW_PRIVATE)
    if not host or (parts.scheme != "https" and not is_plain):
        return _("Enter an address that begins with https:// and names a host.")
    if parts.username is not None or parts.fragment or len(url) > MAX_URL or not url.isascii() or not url.isprintable():
        return _("The address must be plain: no user name, no #, only ASCII, at most 1000 characters.")
    try:
        checked_addresses(host, port or (443 if parts.scheme == "https" else 80))
    except NameNotFound:
        return _("The name in the address was not found.")
    except AddressRefused as refusal:
        return refusal.detail()
    return None


def _told(endpoint: WebhookEndpoint) -> dict[str, Any]:
    """For the audit trail. Of the address only the host: the rest may be a key."""
    return {
        "name": endpoint.name,
        "description": endpoint.description,
        "host": endpoint.host,
        "events": list(endpoint.events),
        "acts_as": endpoint.acts_as_id,
    }

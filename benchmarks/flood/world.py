"""Run inside the installation: makes the channels that the flood comes in by."""

import django

django.setup()

from apps.accounts.models import Brand  # noqa: E402 (needs Django set up)
from apps.automation.models import WebhookEndpoint  # noqa: E402 (needs Django set up)
from apps.channels.connectors.webhook.forms import default_settings  # noqa: E402 (needs Django set up)
from apps.channels.models import Channel  # noqa: E402 (needs Django set up)
from apps.tickets.models import IntakeRule, Queue  # noqa: E402 (needs Django set up)
from benchmarks.flood.signers import PLATFORMS  # noqa: E402 (needs Django set up)

for platform in PLATFORMS:
    base = default_settings() if platform.kind == "webhook" else {}
    channel = Channel.objects.create(
        key=platform.key,
        kind=platform.kind,
        name={"en": platform.kind},
        brand=Brand.objects.get(is_default=True),
        settings={**base, **platform.settings},
        secrets=dict(platform.secrets),
    )
    IntakeRule.objects.create(channel=channel, queue=Queue.objects.order_by("pk")[0], acknowledge=False)

# The demo tells a system of its own of every event, which costs as much as taking a message in.
WebhookEndpoint.objects.update(is_enabled=False)

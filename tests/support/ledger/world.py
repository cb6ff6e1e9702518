"""Run inside the installation: takes away what would slow a driver down, and nothing that the test is about."""

import django

django.setup()

from apps.channels.models import Channel  # noqa: E402
from apps.tickets.models import IntakeRule  # noqa: E402

form = Channel.objects.get(key="contact-form")
form.settings = {**form.settings, "min_seconds": 0, "hourly_per_sender": 100_000, "hourly_per_network": 100_000}
form.save(update_fields=["settings"])
IntakeRule.objects.update(acknowledge=True)

from django.db import models
from django.utils.translation import gettext_lazy as _


class Measure(models.TextChoices):
    """What is watched. The figures are those of `apps.metrics`, so that an alert and the wallboard never disagree."""

    WAITING = "waiting", _("Tickets that wait")
    OLDEST_WAIT = "oldest_wait", _("Longest wait (seconds)")
    SERVICE_LEVEL = "service_level", _("Service level now (percent)")
    FREE_AGENTS = "free_agents", _("Free agents")
    BREACHES = "breaches", _("Promises about to break")
    CHANNEL = "channel", _("A channel is stuck")
    TERM_AT_RISK = "term_at_risk", _("Vendors: a term of a contract is at risk")
    TERM_MISSED = "term_missed", _("Vendors: a term of a contract is out of reach")
    QUALITY = "quality", _("Vendors: ratings below what a contract asks for")
    CERTIFICATE = "certificate", _("Vendors: a certificate runs out soon")
    CONTRACT_ENDS = "contract_ends", _("Vendors: a contract ends soon (days)")
    REVEALS = "reveals", _("Unusually many masked values shown to somebody")


OF_VENDORS = (
    Measure.TERM_AT_RISK,
    Measure.TERM_MISSED,
    Measure.QUALITY,
    Measure.CERTIFICATE,
    Measure.CONTRACT_ENDS,
)
MATTERS = (*OF_VENDORS, Measure.REVEALS)
"""Of no queue and no channel, but of a contract or a person."""
STATES = tuple(measure for measure in (Measure.CHANNEL, *MATTERS) if measure != Measure.CONTRACT_ENDS)
"""They are so or not: what is too much is decided elsewhere, and a rule has no limit of its own."""


class Comparison(models.TextChoices):
    ABOVE = "above", _("more than")
    BELOW = "below", _("less than")


class Way(models.TextChoices):
    SCREEN = "screen", _("Screens of supervisors")
    MAIL = "mail", _("Mail to the people below")
    WEBHOOK = "webhook", _("Outgoing webhooks and the stream of events")


class AlertState(models.TextChoices):
    RISING = "rising", _("Not for long enough yet")
    OPEN = "open", _("Not over yet")
    CLEARED = "cleared", _("Over")


class Step(models.TextChoices):
    FIRED = "fired", _("Fired")
    ACKNOWLEDGED = "acknowledged", _("Acknowledged")
    CLEARED = "cleared", _("Over")


class Cause(models.TextChoices):
    """Why an alert is over."""

    BACK = "back", _("back within its limit")
    CLOSED = "closed", _("outside of its hours")
    UNWATCHED = "unwatched", _("not watched any more")

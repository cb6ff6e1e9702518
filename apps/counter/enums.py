from django.db import models
from django.utils.translation import gettext_lazy as _


class VisitState(models.TextChoices):
    WAITING = "waiting", _("waiting")
    CALLED = "called", _("called")
    SERVING = "serving", _("being served")
    DONE = "done", _("served")
    SKIPPED = "skipped", _("set aside")
    NO_SHOW = "no_show", _("did not come")
    TRANSFERRED = "transferred", _("waiting again after a transfer")
    LEFT = "left", _("left the queue")


WAITING = (VisitState.WAITING, VisitState.TRANSFERRED)
"""In line: the next of these is called."""
CALLABLE = (*WAITING, VisitState.SKIPPED)
"""May be called by hand."""
AT_WINDOW = (VisitState.CALLED, VisitState.SERVING)
OVER = (VisitState.DONE, VisitState.NO_SHOW, VisitState.LEFT)


class Reason(models.TextChoices):
    """Why somebody goes before those who came earlier. Empty: in turn."""

    ELDERLY = "elderly", _("Elderly")
    DISABLED = "disabled", _("With a disability")
    PREGNANT = "pregnant", _("Pregnant or with an infant")
    OTHER = "other", _("Other reason")


class Proof(models.TextChoices):
    """How far somebody is who they say they are."""

    CLAIMED = "claimed", _("As claimed")
    DOCUMENT = "document", _("Document seen")
    CODE = "code", _("One-time code confirmed")


class Document(models.TextChoices):
    ID_CARD = "id_card", _("Identity card")
    PASSPORT = "passport", _("Passport")
    RESIDENCE = "residence", _("Residence permit")
    DRIVING = "driving", _("Driving licence")
    OTHER = "other", _("Another document")


MAX_CALLS = 3
"""Who does not come after so many calls is a no-show."""

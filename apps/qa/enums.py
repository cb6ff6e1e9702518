"""Words of surveys."""

from typing import Final

from django.db import models
from django.utils.translation import gettext_lazy as _

LOWEST: Final = 1
HIGHEST: Final = 5
SATISFIED_FROM: Final = 4
"""CSAT is the share of the answers from here up."""

LOW_UNTIL: Final = 2
"""Up to here somebody may ask to be called back."""


class Scale(models.TextChoices):
    """How a score is asked for. Both give scores from 1 to 5, so that one figure holds for all surveys."""

    FACES = "faces", _("Five faces")
    THUMBS = "thumbs", _("Thumb up or down")

    @property
    def scores(self) -> tuple[int, ...]:
        return (LOWEST, HIGHEST) if self is Scale.THUMBS else tuple(range(LOWEST, HIGHEST + 1))


class ShownWith(models.TextChoices):
    """After which scores a reason is offered."""

    ANY = "any", _("Any score")
    LOW = "low", _("Scores of 1 to 3")
    HIGH = "high", _("Scores of 4 and 5")

    def fits(self, score: int) -> bool:
        return self is ShownWith.ANY or (self is ShownWith.HIGH) == (score >= SATISFIED_FROM)

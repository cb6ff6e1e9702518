"""Which survey a channel's customers are asked."""

from __future__ import annotations

from apps.channels.models import Channel
from apps.qa.models import Survey


def survey_of(channel: Channel) -> Survey | None:
    """The one that names the channel, else the brand's, else the one for everybody."""
    found = Survey.objects.active().prefetch_related("channels").order_by("key")
    ranked = [(rank, survey) for survey in found if (rank := _rank(survey, channel)) is not None]
    return min(ranked, key=lambda pair: pair[0])[1] if ranked else None


def _rank(survey: Survey, channel: Channel) -> int | None:
    """How closely it fits, the closest first; None where it is not meant for the channel."""
    named = {row.pk for row in survey.channels.all()}
    if named:
        return 0 if channel.pk in named else None
    if survey.brand_id is None:
        return 2
    return 1 if survey.brand_id == channel.brand_id else None

"""What a person may take off the screen."""

from __future__ import annotations

from dataclasses import dataclass

from apps.core.actor import Actor
from apps.privacy.lens import lens_for
from apps.privacy.models import ScreenPolicy


@dataclass(frozen=True)
class Screen:
    has_watermark: bool
    may_copy: bool
    most_copied: int
    may_print: bool


OPEN = Screen(has_watermark=False, may_copy=True, most_copied=0, may_print=True)


def screen_of(actor: Actor) -> Screen:
    """As the role's policy says. Without one, who sees anything masked has a watermark and copies and prints little."""
    role_id = actor.user.role_id if actor.user else None
    policy = ScreenPolicy.objects.filter(role=role_id).first()
    if policy is None:
        if lens_for(actor).is_raw:
            return OPEN
        policy = ScreenPolicy()
    return Screen(policy.has_watermark, policy.may_copy, policy.most_copied, policy.may_print)

"""Hints to open desks that something about reveals changed; each page then asks for what it may see."""

from __future__ import annotations

from typing import Final

from apps.accounts.models import User
from apps.core.live import group, hint
from apps.privacy.models import Reveal
from apps.privacy.permits import APPROVE

HINT: Final = "reveal"
MOST: Final = 500


def tell_approvers(reveal: Reveal) -> None:
    people = User.objects.filter(
        is_active=True, vendor__isnull=True, role__is_outsourced=False, role__permissions__contains=[APPROVE]
    )
    ids = people.exclude(pk=reveal.user_id).values_list("pk", flat=True)[:MOST]
    if groups := [group("user", pk) for pk in ids]:
        hint(HINT, reveal.pk, 0, groups=groups)


def tell_viewer(reveal: Reveal) -> None:
    hint(HINT, reveal.pk, 0, groups=[group("user", reveal.user_id)])

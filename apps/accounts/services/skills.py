"""Who is how good at what. Levels are set by person; the day until which one is certified stays with its row."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import AgentSkill, Skill, User
from apps.accounts.models.skill import LEVELS
from apps.core import audit
from apps.core.actor import Actor
from apps.core.errors import InvalidInput, NotVisible
from apps.core.permissions import require


@transaction.atomic
def set_skills(*, user: User, levels: Mapping[Skill, int], by: Actor) -> None:
    """Sets the levels of the given skills and leaves the others; 0 takes a skill away. One audit entry a person."""
    require(by, "accounts.manage")
    if not User.objects.select_for_update(of=("self",), no_key=True).filter(pk=user.pk).exists():
        raise NotVisible
    if any(level and level not in LEVELS for level in levels.values()):
        raise InvalidInput(fields={"level": [_("A level is between 1 and 5.")]})
    current = dict(AgentSkill.objects.filter(user=user, skill__in=levels).values_list("skill_id", "level"))
    changed = {skill: level for skill, level in levels.items() if current.get(skill.pk, 0) != level}
    for skill, level in changed.items():
        _set_level(user, skill, level)
    if changed:
        details = {skill.key: [current.get(skill.pk, 0), level] for skill, level in changed.items()}
        audit.record("user.skills_changed", by=by, subject=user, details=details)


@transaction.atomic
def certify(
    *, user: User, skill: Skill, level: int, until: date, by: Actor, code: str = "accounts.manage"
) -> AgentSkill:
    """The level, and the day until which it is certified. Of vendors' people a higher app says who may, in `code`."""
    require(by, code)
    if not User.objects.select_for_update(of=("self",), no_key=True).filter(pk=user.pk).exists():
        raise NotVisible
    if level not in LEVELS:
        raise InvalidInput(fields={"level": [_("A level is between 1 and 5.")]})
    row, _is_new = AgentSkill.objects.update_or_create(
        user=user, skill=skill, defaults={"level": level, "certified_until": until}
    )
    details = {"skill": skill.key, "level": level, "until": until.isoformat()}
    audit.record("user.certified", by=by, subject=user, details=details)
    return row


def _set_level(user: User, skill: Skill, level: int) -> None:
    if level:
        AgentSkill.objects.update_or_create(user=user, skill=skill, defaults={"level": level})
    else:
        AgentSkill.objects.filter(user=user, skill=skill).delete()

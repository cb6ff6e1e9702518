from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.accounts.querysets import AgentSkillQuerySet, SkillQuerySet
from apps.core.fields import TranslatedTextField

LEVELS = range(1, 6)


class Skill(models.Model):
    """Something that work may ask of whoever takes it: a product, a procedure, a certificate."""

    key = models.SlugField(_("key"), unique=True)
    name = TranslatedTextField(_("name"))
    is_active = models.BooleanField(_("active"), default=True)

    objects = SkillQuerySet.as_manager()

    class Meta:
        verbose_name = _("skill")
        verbose_name_plural = _("skills")
        ordering = ["key"]

    def __str__(self) -> str:
        return str(self.name)


class AgentSkill(models.Model):
    """How well somebody has a skill, from 1 (learning) to 5 (teaches others), and until when that is certified."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="agent_skills", verbose_name=_("agent")
    )
    skill = models.ForeignKey(Skill, models.CASCADE, related_name="agents", verbose_name=_("skill"))
    level = models.PositiveSmallIntegerField(
        _("level"), validators=[MinValueValidator(LEVELS[0]), MaxValueValidator(LEVELS[-1])]
    )
    certified_until = models.DateField(
        _("certified until"),
        null=True,
        blank=True,
        help_text=_("After this day the skill does not count any more. Empty: without end."),
    )

    objects = AgentSkillQuerySet.as_manager()

    class Meta:
        verbose_name = _("skill of an agent")
        verbose_name_plural = _("skills of agents")
        ordering = ["user__username", "skill__key"]
        constraints = [
            models.UniqueConstraint(fields=["user", "skill"], name="one_level_per_skill"),
            models.CheckConstraint(
                condition=models.Q(level__gte=LEVELS[0], level__lte=LEVELS[-1]), name="skill_level_in_range"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.skill} {self.level}"

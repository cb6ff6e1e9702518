"""What a person of a vendor must have before work is offered."""

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Skill
from apps.accounts.models.skill import LEVELS
from apps.core.fields import TranslatedTextField
from apps.outsourcing.models.contract import Contract
from apps.outsourcing.querysets import OfContractQuerySet, OnboardingTickQuerySet


class ContractSkill(models.Model):
    """A skill that everybody of the vendor needs who is given work under the contract."""

    contract = models.ForeignKey(Contract, models.CASCADE, related_name="skills", verbose_name=_("contract"))
    skill = models.ForeignKey(Skill, models.PROTECT, related_name="+", verbose_name=_("skill"))
    least_level = models.PositiveSmallIntegerField(
        _("level at least"),
        default=LEVELS[0],
        validators=[MinValueValidator(LEVELS[0]), MaxValueValidator(LEVELS[-1])],
    )
    needs_certificate = models.BooleanField(
        _("certificate"),
        default=True,
        help_text=_("With a day until which it holds. After that day no work is given until it is renewed."),
    )

    objects = OfContractQuerySet.as_manager()

    class Meta:
        verbose_name = _("required skill")
        verbose_name_plural = _("required skills")
        ordering = ["skill__key"]
        constraints = [models.UniqueConstraint(fields=["contract", "skill"], name="skill_once_a_contract")]

    def __str__(self) -> str:
        return f"{self.skill} {self.least_level}"


class OnboardingStep(models.Model):
    """Something that has to be done with each new person: a training, a signature."""

    contract = models.ForeignKey(Contract, models.CASCADE, related_name="steps", verbose_name=_("contract"))
    name = TranslatedTextField(_("name"))
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    is_for_house = models.BooleanField(
        _("ticked in-house"), default=False, help_text=_("Otherwise the vendor's managers tick it as well.")
    )

    objects = OfContractQuerySet.as_manager()

    class Meta:
        verbose_name = _("step of on-boarding")
        verbose_name_plural = _("steps of on-boarding")
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return str(self.name)


class OnboardingTick(models.Model):
    """A step is done with somebody."""

    step = models.ForeignKey(OnboardingStep, models.CASCADE, related_name="ticks", verbose_name=_("step"))
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", verbose_name=_("person"))
    ticked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("ticked by")
    )
    created = models.DateTimeField(_("when"), auto_now_add=True)

    objects = OnboardingTickQuerySet.as_manager()

    class Meta:
        verbose_name = _("finished step")
        verbose_name_plural = _("finished steps")
        constraints = [models.UniqueConstraint(fields=["step", "user"], name="step_once_a_person")]

    def __str__(self) -> str:
        return f"{self.user} · {self.step}"


class CertificateReminder(models.Model):
    """It was told that somebody's certificate runs out on that day: once for each."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", verbose_name=_("person"))
    skill = models.ForeignKey(Skill, models.CASCADE, related_name="+", verbose_name=_("skill"))
    certified_until = models.DateField(_("certified until"))
    created = models.DateTimeField(_("when"), auto_now_add=True)

    class Meta:
        verbose_name = _("reminder of a certificate")
        verbose_name_plural = _("reminders of certificates")
        constraints = [
            models.UniqueConstraint(fields=["user", "skill", "certified_until"], name="one_reminder_a_certificate")
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.skill}"

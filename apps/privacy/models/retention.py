from __future__ import annotations

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class RetentionRule(models.Model):
    """One class of data is kept so many days after something. A narrower rule goes before a wider one.

    `data_class` and `clock` name what an app registered (`privacy.retention`). Channel, brand and category belong to
    higher apps, so they stand here by their ids.
    """

    data_class = models.CharField(_("data"), max_length=60)
    clock = models.CharField(_("counted from"), max_length=30)
    days = models.PositiveIntegerField(_("days"), validators=[MinValueValidator(1)])
    channel_id = models.BigIntegerField(_("channel"), null=True, blank=True)
    brand_id = models.BigIntegerField(_("brand"), null=True, blank=True)
    category_id = models.BigIntegerField(_("category"), null=True, blank=True)
    is_active = models.BooleanField(
        _("active"), default=False, help_text=_("Look first at what it would dispose of. Nothing brings it back.")
    )
    created = models.DateTimeField(_("created"), db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("retention rule")
        verbose_name_plural = _("retention rules")
        ordering = ["data_class", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["data_class", "clock", "channel_id", "brand_id", "category_id"],
                nulls_distinct=False,
                name="one_retention_rule_for_each",
                violation_error_message=_("There is a rule for this already."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.data_class}: {self.days}"

    @property
    def scope(self) -> dict[str, int]:
        ids = {"channel": self.channel_id, "brand": self.brand_id, "category": self.category_id}
        return {name: pk for name, pk in ids.items() if pk is not None}


class RetentionRun(models.Model):
    """One rule carried out once: how much it disposed of, what a hold kept, what failed.

    `after` is the last row that was looked at; a worker that is killed leaves the rest to the next.
    """

    rule = models.ForeignKey(RetentionRule, models.SET_NULL, null=True, related_name="runs", verbose_name=_("rule"))
    data_class = models.CharField(_("data"), max_length=60)
    days = models.PositiveIntegerField(_("days"))
    started = models.DateTimeField(_("started"))
    before = models.DateTimeField(_("older than"))
    finished = models.DateTimeField(_("finished"), null=True)
    disposed = models.PositiveBigIntegerField(_("disposed of"), default=0)
    held = models.PositiveBigIntegerField(_("kept by a hold"), default=0)
    failed = models.PositiveBigIntegerField(_("failed"), default=0)
    last_error = models.CharField(_("last error"), max_length=200, blank=True, default="")
    after = models.BigIntegerField(default=0)

    class Meta:
        verbose_name = _("retention run")
        verbose_name_plural = _("retention runs")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["rule"], condition=models.Q(finished=None), name="one_open_retention_run_per_rule"
            )
        ]

    def __str__(self) -> str:
        return f"{self.data_class} {self.started:%Y-%m-%d}"

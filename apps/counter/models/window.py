from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.core.models import TimestampedModel
from apps.counter.models.branch import Branch, ServiceType
from apps.counter.querysets import WindowQuerySet


class Window(TimestampedModel):
    """A desk of a branch. `agent` is who sits there now; nobody sits at two."""

    branch = models.ForeignKey(Branch, models.CASCADE, related_name="windows", verbose_name=_("branch"))
    label = models.CharField(
        _("number"), max_length=8, help_text=_("What stands above it, as on the display: 1, 2, A.")
    )
    services = models.ManyToManyField(
        ServiceType,
        blank=True,
        related_name="+",
        verbose_name=_("services"),
        help_text=_("Empty: all that the branch offers."),
    )
    is_active = models.BooleanField(_("active"), default=True)
    agent = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, editable=False, related_name="+", verbose_name=_("agent")
    )
    seated_at = models.DateTimeField(_("since"), null=True, editable=False)

    objects = WindowQuerySet.as_manager()

    class Meta:
        verbose_name = _("window")
        verbose_name_plural = _("windows")
        ordering = ["branch", "label"]
        constraints = [
            models.UniqueConstraint(fields=["branch", "label"], name="one_window_per_label"),
            models.UniqueConstraint(
                fields=["agent"], condition=models.Q(agent__isnull=False), name="one_window_per_agent"
            ),
        ]

    def __str__(self) -> str:
        return self.label

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Team
from apps.core.fields import TranslatedTextField
from apps.core.models import TimestampedModel
from apps.knowledge.enums import SnippetScope
from apps.knowledge.querysets import SnippetQuerySet


class Snippet(TimestampedModel):
    """A ready piece of text (话术). `body` is rich text by language with variables such as {{customer.name}}."""

    scope = models.CharField(_("for"), max_length=10, choices=SnippetScope, default=SnippetScope.PRIVATE)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="snippets", verbose_name=_("owner")
    )
    team = models.ForeignKey(
        Team, models.CASCADE, null=True, blank=True, related_name="snippets", verbose_name=_("team")
    )
    shortcut = models.CharField(_("shortcut"), max_length=40, help_text=_("Type / and this word in the composer."))
    title = TranslatedTextField(_("title"))
    body = TranslatedTextField(_("text"))
    uses = models.PositiveIntegerField(_("uses"), default=0, editable=False)
    is_active = models.BooleanField(_("active"), default=True)

    objects = SnippetQuerySet.as_manager()

    class Meta:
        verbose_name = _("snippet")
        verbose_name_plural = _("snippets")
        ordering = ["shortcut"]
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(scope="team") | models.Q(team__isnull=False), name="team_snippet_has_team"
            )
        ]

    def __str__(self) -> str:
        return self.shortcut

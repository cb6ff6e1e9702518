from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.core.fields import TranslatedTextField
from apps.customers.enums import TagTarget
from apps.customers.querysets import TagQuerySet


class Tag(models.Model):
    """One vocabulary of tags for customers and tickets, so that both sides mean the same by a word."""

    key = models.SlugField(_("key"), unique=True, allow_unicode=True)
    name = TranslatedTextField(_("name"))
    target = models.CharField(_("used on"), max_length=10, choices=TagTarget, default=TagTarget.BOTH)
    is_active = models.BooleanField(_("active"), default=True)

    objects = TagQuerySet.as_manager()

    class Meta:
        verbose_name = _("tag")
        verbose_name_plural = _("tags")
        ordering = ["key"]

    def __str__(self) -> str:
        return str(self.name)

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _
from guardian.models import GroupObjectPermissionBase

from apps.core.fields import TranslatedTextField
from apps.tickets.querysets import CategoryQuerySet


class Category(models.Model):
    """What a ticket is about: a tree. `path` holds the ids from the root down to this row."""

    key = models.SlugField(_("key"), unique=True)
    name = TranslatedTextField(_("name"))
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name=_("parent")
    )
    path = ArrayField(models.BigIntegerField(), default=list, editable=False)
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    is_active = models.BooleanField(_("active"), default=True)
    required_on_resolve = ArrayField(
        models.CharField(max_length=20),
        verbose_name=_("required on resolving"),
        default=list,
        blank=True,
        help_text=_("Any of: category, tags, summary, outcome."),
    )

    objects = CategoryQuerySet.as_manager()

    class Meta:
        verbose_name = _("category")
        verbose_name_plural = _("categories")
        ordering = ["position", "key"]
        permissions = [("serve_category", "Can serve tickets of this category")]

    def __str__(self) -> str:
        return str(self.name)

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Keeps `path` of the row and of everything below it true, whoever moves it."""
        super().save(*args, **kwargs)
        path = [*(self.parent.path if self.parent else ()), self.pk]
        if self.path != path:
            self.path = path
            type(self)._base_manager.filter(pk=self.pk).update(path=path)
            for child in type(self)._base_manager.filter(parent=self):
                child.save()

    def clean(self) -> None:
        if self.parent is not None and self.pk in self.parent.path:
            raise ValidationError({"parent": _("A category cannot lie below itself.")})


class CategoryGroupObjectPermission(GroupObjectPermissionBase):
    """Grants of a category to a group, with a direct foreign key (django-guardian)."""

    content_object = models.ForeignKey(Category, on_delete=models.CASCADE)

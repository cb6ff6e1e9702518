from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Role
from apps.privacy.enums import FieldClass, Mode


class LensPolicy(models.Model):
    """How people of a role see one class of personal data; without a row the safe default of the role applies."""

    role = models.ForeignKey(Role, models.CASCADE, related_name="lens_policies", verbose_name=_("role"))
    field_class = models.CharField(_("field class"), max_length=20, choices=FieldClass)
    mode = models.CharField(_("mode"), max_length=10, choices=Mode)

    class Meta:
        verbose_name = _("lens policy")
        verbose_name_plural = _("lens policies")
        constraints = [models.UniqueConstraint(fields=["role", "field_class"], name="one_policy_per_class")]

    def __str__(self) -> str:
        return f"{self.role.key}: {self.field_class} {self.mode}"

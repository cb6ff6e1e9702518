from django.db import models
from django.utils.translation import gettext_lazy as _


class SnippetScope(models.TextChoices):
    PRIVATE = "private", _("Only me")
    TEAM = "team", _("My team")
    ALL = "all", _("Everybody")

from django.db import models
from django.utils.translation import gettext_lazy as _


class FieldClass(models.TextChoices):
    """The kinds of personal data that a lens decides upon."""

    NAME = "name", _("name")
    PHONE = "phone", _("phone number")
    EMAIL = "email", _("e-mail address")
    HANDLE = "handle", _("platform id")
    ID_NUMBER = "id_number", _("identity document")
    BANK_CARD = "bank_card", _("bank card")
    ADDRESS = "address", _("postal address")
    FREE_TEXT = "free_text", _("free text")
    FILE = "file", _("file")


class Mode(models.TextChoices):
    RAW = "raw", _("as it is")
    MASKED = "masked", _("masked")
    HIDDEN = "hidden", _("hidden")

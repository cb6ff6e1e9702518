from typing import Final

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


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
    TOKENIZED = "tokenized", _("pseudonym")


class TargetKind(models.TextChoices):
    """What a legal hold can name."""

    CUSTOMER = "customer", _("customer")
    TICKET = "ticket", _("ticket")
    BRAND = "brand", _("brand")


class RequestKind(models.TextChoices):
    """What a person may ask for about their data (PIPL 44–47; GDPR 15–21)."""

    ACCESS = "access", _("access and copy")
    CORRECTION = "correction", _("correction")
    ERASURE = "erasure", _("erasure")
    RESTRICTION = "restriction", _("restriction")
    OBJECTION = "objection", _("objection or withdrawal")
    AUTOMATED = "automated", _("objection to an automatic decision")


class Law(models.TextChoices):
    """By which a request is answered; it sets the clock."""

    PIPL = "pipl", _("PIPL (China)")
    GDPR = "gdpr", _("GDPR (European Union)")


class CameBy(models.TextChoices):
    TICKET = "ticket", _("ticket")
    FORM = "form", _("form")
    CHAT = "chat", _("chat")
    APP = "app", _("our app")
    PAGE = "page", _("secure page")
    COUNTER = "counter", _("counter")
    MAIL = "mail", _("letter or mail")
    PHONE = "phone", _("phone")


class CheckedBy(models.TextChoices):
    """How it was made sure that it is they who ask."""

    CODE = "code", _("code or link to a handle they had proved")
    KNOWN = "known", _("wrote from a handle they had proved")
    DOCUMENT = "document", _("document seen, no copy kept")
    AUTHORITY = "authority", _("power of attorney or guardianship seen")


SEEN_BY_HAND: Final = (CheckedBy.KNOWN, CheckedBy.DOCUMENT, CheckedBy.AUTHORITY)
"""What somebody may note that they saw. That a code or link came back is known by its coming back alone."""


class RequestState(models.TextChoices):
    RECEIVED = "received", pgettext_lazy("request about personal data", "received")
    CHECKED = "checked", _("identity checked")
    WORKING = "working", _("in work")
    ANSWERED = "answered", pgettext_lazy("request about personal data", "answered")
    REFUSED = "refused", _("refused")
    CLOSED = "closed", _("closed")


class CopyKind(models.TextChoices):
    """What may still have a value that was corrected."""

    PACKAGE = "package", _("copy for the person")
    EXPORT = "export", _("export that somebody fetched")
    WEBHOOK = "webhook", _("connected system, told by webhook")


class ErasureState(models.TextChoices):
    WAITING = "waiting", _("waits for the second person")
    APPROVED = "approved", _("running")
    DONE = "done", _("done")
    REFUSED = "refused", _("refused")


class PackageState(models.TextChoices):
    BUILDING = "building", _("being built")
    READY = "ready", _("ready")
    FAILED = "failed", _("failed")
    GONE = "gone", _("taken away")


class RetentionAction(models.TextChoices):
    """What becomes of data that was kept long enough."""

    DELETE = "delete", _("delete")
    ANONYMIZE = "anonymize", _("make anonymous")


class RevealReason(models.TextChoices):
    """Why somebody needs to see a value as it is."""

    IDENTIFY = "identify", _("To make sure who the customer is")
    REACH = "reach", _("To reach the customer outside of this system")
    DELIVER = "deliver", _("To send or deliver something")
    CORRECT = "correct", _("To correct what is recorded")
    OBLIGATION = "obligation", _("A legal obligation or an authority")
    OTHER = "other", _("Another reason")


class RevealState(models.TextChoices):
    WAITING = "waiting", _("waits for approval")
    APPROVED = "approved", _("approved, not shown yet")
    DECLINED = "declined", _("declined")
    SHOWN = "shown", _("shown")


class Purpose(models.TextChoices):
    """What somebody's data are used for, each to be allowed by itself (PIPL 14, 23, 29, 39; GDPR 7)."""

    SERVICE = "service", pgettext_lazy("use of data", "being served")
    SURVEYS = "surveys", _("being asked for ratings")
    RECORDING = "recording", _("recording of calls")
    SENSITIVE = "sensitive", _("sensitive data")
    THIRD_PARTY = "third_party", _("giving data to a partner or vendor")
    CROSS_BORDER = "cross_border", _("sending data abroad")


class Basis(models.TextChoices):
    """Why it is lawful (PIPL 13; GDPR 6)."""

    CONSENT = "consent", _("consent")
    CONTRACT = "contract", _("contract")
    LEGAL_DUTY = "legal_duty", _("legal duty")
    VITAL = "vital", _("protection of life")
    PUBLIC = "public", _("public interest")
    LEGITIMATE = "legitimate", _("legitimate interest")


class Shown(models.TextChoices):
    """Where somebody said so."""

    CHAT = "chat", _("box in the chat")
    FORM = "form", _("box in the web form")
    APP = "app", _("in our app")
    PAGE = "page", _("secure page")
    AGENT = "agent", _("told to an agent")
    API = "api", _("told by another system")

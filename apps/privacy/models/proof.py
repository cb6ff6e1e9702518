from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.core.models import SequencedModel
from apps.privacy.models.request import DataSubjectRequest


class IdentityProof(SequencedModel):
    """A code and a link sent to a handle that the person had proved, so that who asked shows that it was they.

    Both are kept as keyed hashes only, count once, and end at `expires_at`; after some wrong codes no code counts.
    """

    request = models.ForeignKey(DataSubjectRequest, models.CASCADE, related_name="proofs")
    handle_kind = models.CharField(_("sent to"), max_length=40)
    code_hash = models.BinaryField(max_length=32, editable=False)
    link_hash = models.BinaryField(max_length=32, unique=True, editable=False)
    wrong_codes = models.PositiveSmallIntegerField(default=0)
    sent_at = models.DateTimeField(_("sent"))
    sent_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    expires_at = models.DateTimeField(_("valid until"))
    used_at = models.DateTimeField(_("used"), null=True)

    class Meta:
        verbose_name = _("proof of identity")
        verbose_name_plural = _("proofs of identity")
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"Proof {self.public_id}"

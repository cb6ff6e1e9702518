from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.core.actor import ActorKind, Face
from apps.core.fields import EncryptedJSONField, EncryptedTextField, SequencedAutoField
from apps.core.models.base import AppendOnlyModel, SequencedModel, SequencedQuerySet


class AuditEntry(AppendOnlyModel, SequencedModel):
    """Who read, revealed, exported or changed what. Inserted unchained; a sealer chains entries afterwards.
    Partitioned by month.

    Persons stand as ids only, and what was typed is encrypted, so that erasing a person leaves the chain whole.
    """

    id = SequencedAutoField(primary_key=True, block=16)
    created = models.DateTimeField()
    actor_kind = models.CharField(max_length=10, choices=ActorKind)
    actor_user_id = models.BigIntegerField(null=True)
    token_id = models.BigIntegerField(null=True)
    face = models.CharField(max_length=10, choices=Face)
    ip = models.GenericIPAddressField(null=True)
    action = models.CharField(max_length=80)
    subject_type = models.CharField(max_length=80, blank=True)
    subject_id = models.BigIntegerField(null=True)
    result = models.CharField(max_length=20, default="ok")
    reason = EncryptedTextField(blank=True, default="")
    details = EncryptedJSONField(default=dict)

    objects = SequencedQuerySet.as_manager()

    class Meta:
        verbose_name = _("audit entry")
        verbose_name_plural = _("audit entries")
        indexes = [
            models.Index(fields=["created"], name="core_audit_created"),
            models.Index(fields=["subject_type", "subject_id", "created"], name="core_audit_subject"),
            models.Index(fields=["actor_user_id", "created"], name="core_audit_actor"),
            models.Index(fields=["action", "created"], name="core_audit_action"),
        ]

    def __str__(self) -> str:
        return f"{self.action} #{self.pk}"


class AuditSeal(AppendOnlyModel):
    """One link of the chain: the entries it covers, each with its keyed hash, and the digest over them and the
    previous seal.

    It stays when the partition of its entries is dropped, so the chain can be checked for ever.
    """

    number = models.BigIntegerField(primary_key=True)
    created = models.DateTimeField()
    entry_ids = ArrayField(models.BigIntegerField())
    entry_hashes = models.BinaryField()
    first_entry = models.DateTimeField()
    last_entry = models.DateTimeField()
    digest = models.BinaryField(max_length=32)

    class Meta:
        indexes = [models.Index(fields=["last_entry"], name="core_auditseal_last_entry")]

    def __str__(self) -> str:
        return f"seal {self.number}"


class AuditAnchor(AppendOnlyModel):
    """The day's last seal under an Ed25519 signature, to be compared with a copy kept elsewhere."""

    day = models.DateField(primary_key=True)
    created = models.DateTimeField()
    seal_number = models.BigIntegerField()
    digest = models.BinaryField(max_length=32)
    signature = models.BinaryField(max_length=64)

    def __str__(self) -> str:
        return f"anchor {self.day}"

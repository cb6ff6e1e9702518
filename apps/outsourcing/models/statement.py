from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.core.fields import EncryptedTextField
from apps.core.models import SequencedModel, TimestampedModel
from apps.outsourcing.enums import PricedBy, StatementState
from apps.outsourcing.models.contract import Contract, SlaTerm
from apps.outsourcing.querysets import DeductionStepQuerySet, StatementCommentQuerySet, StatementQuerySet


class DeductionStep(models.Model):
    """What is taken off a month's amount when a term's figure is worse than `limit`: a share of it, or a fixed sum. Of a
    term's steps that were crossed the dearest one holds.
    """

    contract = models.ForeignKey(Contract, models.CASCADE, related_name="deductions")
    term = models.ForeignKey(SlaTerm, models.CASCADE, related_name="deductions", verbose_name=_("term"))
    limit = models.FloatField(
        _("when worse than"),
        validators=[MinValueValidator(0)],
        help_text=_("In the figure's own unit: below it where the term says at least, above it where it says at most."),
    )
    percent = models.DecimalField(
        _("percent of the amount"),
        max_digits=5,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(0), MaxValueValidator(100)],
    )
    fixed = models.DecimalField(
        _("fixed sum"), max_digits=12, decimal_places=2, null=True, blank=True, validators=[MinValueValidator(0)]
    )

    objects = DeductionStepQuerySet.as_manager()

    class Meta:
        verbose_name = _("deduction")
        verbose_name_plural = _("deductions")
        ordering = ["term", "limit", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(percent__isnull=True) ^ Q(fixed__isnull=True), name="deduction_by_percent_or_sum"
            ),
            models.UniqueConstraint(fields=["term", "limit"], name="one_deduction_per_limit"),
        ]

    def __str__(self) -> str:
        return f"{self.limit:g}"

    def clean(self) -> None:
        if (self.percent is None) == (self.fixed is None):
            raise ValidationError(_("Give a percentage or a fixed sum, one of them."))
        term = getattr(self, "term", None)
        if term is not None and term.contract_id != self.contract_id:
            raise ValidationError({"term": _("This term belongs to another contract.")})


class Statement(SequencedModel, TimestampedModel):
    """What is owed for one month of a contract. Its figures, with their definitions of that day, are frozen: what is
    computed anew is another version, with the reason for it.
    """

    contract = models.ForeignKey(Contract, models.PROTECT, related_name="statements", verbose_name=_("contract"))
    month = models.DateField(_("month"), help_text=_("Its first day."))
    version = models.PositiveSmallIntegerField(_("version"), default=1)
    state = models.CharField(_("state"), max_length=10, choices=StatementState, default=StatementState.DRAFT)
    is_sent = models.BooleanField(default=False, editable=False)
    """The vendor has been shown it, and sees it from then on."""
    reason = EncryptedTextField(_("reason"), blank=True, default="")
    since = models.DateTimeField(_("from"))
    until = models.DateTimeField(_("until"))
    priced_by = models.CharField(_("for each"), max_length=10, choices=PricedBy)
    price = models.DecimalField(_("price"), max_digits=12, decimal_places=4)
    currency = models.CharField(_("currency"), max_length=3)
    quantity = models.DecimalField(_("quantity"), max_digits=14, decimal_places=4)
    amount = models.DecimalField(_("amount"), max_digits=14, decimal_places=2)
    deducted = models.DecimalField(_("deducted"), max_digits=14, decimal_places=2)
    is_capped = models.BooleanField(_("capped"), default=False)
    total = models.DecimalField(_("total"), max_digits=14, decimal_places=2)
    terms = models.JSONField(_("terms"), default=list)
    """Each term with its figure, its definition in all languages, and what was taken off for it."""
    volumes = models.JSONField(_("volumes"), default=list)
    """By channel, for information: what was counted besides the quantity that is paid."""
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    objects = StatementQuerySet.as_manager()

    class Meta:
        verbose_name = _("statement")
        verbose_name_plural = _("statements")
        ordering = ["-month", "contract__number", "-version"]
        constraints = [
            models.UniqueConstraint(fields=["contract", "month", "version"], name="one_statement_per_version"),
            models.CheckConstraint(condition=Q(month__day=1), name="statement_of_a_month"),
            models.CheckConstraint(
                condition=Q(total=models.F("amount") - models.F("deducted")), name="statement_adds_up"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.contract.number} {self.month:%Y-%m} v{self.version}"


class StatementComment(SequencedModel):
    """What either side says of a statement."""

    statement = models.ForeignKey(Statement, models.CASCADE, related_name="comments")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    text = EncryptedTextField(_("comment"))
    state = models.CharField(max_length=10, choices=StatementState)
    """What the statement became with it."""
    created = models.DateTimeField(auto_now_add=True)

    objects = StatementCommentQuerySet.as_manager()

    class Meta:
        verbose_name = _("comment on a statement")
        verbose_name_plural = _("comments on statements")
        ordering = ["created", "pk"]

    def __str__(self) -> str:
        return f"{self.statement_id}: {self.author_id}"

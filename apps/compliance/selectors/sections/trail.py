"""What the audit trail says of a period, sorted as auditors ask: sign-ins, reveals, exports, reads, and all changes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from typing import Final

from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import Count, Q, QuerySet
from django.db.models.functions import TruncDate
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.core.evidence import Exact, Period, Section, register_section
from apps.core.models import AuditEntry

Row = tuple[object, ...]
CHUNK: Final = 2000
SIGN_INS: Final = (
    Q(action__startswith="sign_") | Q(action__startswith="second_factor.") | Q(action__startswith="session.")
)
REVEALS: Final = Q(action__contains="reveal")
EXPORTS: Final = Q(action__contains="export")
READS: Final = (
    Q(action__endswith=".view") | Q(action__endswith=".viewed") | Q(action__endswith=".open") | Q(action__endswith=".opened")
    | Q(action__endswith=".watch") | Q(action__endswith="_read") | Q(action__endswith=".listed") | Q(action="identity.looked_up")
)  # fmt: skip
HEAD: Final = (
    _("number"), _("when"), _("action"), _("result"), _("who"), _("through"), _("network address"), _("what"), _("number"),
    _("reason"), _("details"),
)  # fmt: skip


def _of(period: Period) -> QuerySet[AuditEntry]:
    return AuditEntry.objects.filter(created__gte=period.since, created__lt=period.until)


def _rows(entries: QuerySet[AuditEntry]) -> Iterator[Row]:
    names = dict(User.objects.values_list("pk", "username"))
    for entry in entries.order_by("created", "id").iterator(chunk_size=CHUNK):
        who = names.get(entry.actor_user_id or 0, "") or entry.actor_kind
        details = json.dumps(entry.details, cls=DjangoJSONEncoder, ensure_ascii=False) if entry.details else ""
        yield (
            entry.pk, entry.created, Exact(entry.action), Exact(entry.result), Exact(who), Exact(entry.face), Exact(entry.ip or ""),
            Exact(entry.subject_type), entry.subject_id, entry.reason, details,
        )  # fmt: skip


def sign_ins(period: Period) -> Iterator[Row]:
    return _rows(_of(period).filter(SIGN_INS))


def reveals(period: Period) -> Iterator[Row]:
    return _rows(_of(period).filter(REVEALS))


def exports(period: Period) -> Iterator[Row]:
    return _rows(_of(period).filter(EXPORTS))


def changes(period: Period) -> Iterator[Row]:
    """Whatever is none of the others: of people, permissions, configuration, customers."""
    return _rows(_of(period).exclude(SIGN_INS | REVEALS | EXPORTS | READS))


def refusals(period: Period) -> Iterator[Row]:
    return _rows(_of(period).exclude(result="ok"))


def reads(period: Period) -> Iterator[Row]:
    """By day and account, for single reads are too many to be read."""
    names = dict(User.objects.values_list("pk", "username"))
    sums = _of(period).filter(READS).annotate(day=TruncDate("created")).order_by()
    counted = (
        sums.values_list("day", "actor_user_id", "action").annotate(times=Count("id")).order_by("day", "actor_user_id")
    )
    for day, user_id, action, times in counted:
        yield day, Exact(names.get(user_id, "")), Exact(action), times


@cache
def _register() -> None:
    for key, title, rows in (
        ("sign_ins", _("Sign-ins and sessions"), sign_ins),
        ("reveals", _("Reveals"), reveals),
        ("exports", _("Exports"), exports),
        ("changes", _("Changes"), changes),
        ("refusals", _("Failed and refused"), refusals),
    ):
        register_section(Section(key, title, HEAD, rows))
    head = (_("day"), _("who"), _("action"), _("Times"))
    register_section(Section("reads", _("Reads of personal data"), head, reads))


_register()

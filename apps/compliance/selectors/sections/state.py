"""How things stand: sessions that are open, keys, incidents, exports, the audit trail's own soundness."""

from __future__ import annotations

from collections.abc import Iterator

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Look, StaffSession
from apps.compliance.models import Export, Incident
from apps.core import audit
from apps.core.evidence import Exact, Period, Section, register_section
from apps.core.models import AuditAnchor, DataKey
from apps.outsourcing.models import SupportAccess

Row = tuple[object, ...]


def sessions(period: Period) -> Iterator[Row]:
    for row in StaffSession.objects.live().filter(user__isnull=False).select_related("user").order_by("began"):
        yield (
            Exact(row.user.username if row.user else ""),
            row.began,
            row.last_active,
            Exact(row.ip or ""),
            row.expire_date,
        )


def looks(period: Period) -> Iterator[Row]:
    """Who saw the desk as somebody else."""
    rows = Look.objects.filter(began__gte=period.since, began__lt=period.until).order_by("began")
    for row in rows.select_related("user", "seen_as"):
        yield Exact(row.user.username), Exact(row.seen_as.username), row.began, row.over_at, row.reason


def helpers(period: Period) -> Iterator[Row]:
    """Who was let in to help."""
    rows = SupportAccess.objects.filter(starts_at__gte=period.since, starts_at__lt=period.until).order_by("starts_at")
    for row in rows.select_related("vendor", "given_by"):
        by = Exact(row.given_by.username)
        yield Exact(row.vendor.key), row.starts_at, row.over_at, row.may_write, by, row.reason


def keys(period: Period) -> Iterator[Row]:
    """Which there are, and what is left under each: never the keys."""
    for row in DataKey.objects.order_by("pk"):
        yield row.pk, row.created, Exact(row.master_key), row.retired, row.destroyed, row.values_left, row.counted_at


def incidents(period: Period) -> Iterator[Row]:
    rows = Incident.objects.filter(detected_at__gte=period.since, detected_at__lt=period.until)
    for row in rows.order_by("detected_at"):
        yield (
            row.pk, row.detected_at, row.title, row.what_happened, row.measures, row.persons_counted, row.authority_told_at,
            row.persons_told_at, row.get_state_display(),
        )  # fmt: skip


def files(period: Period) -> Iterator[Row]:
    rows = Export.objects.filter(asked_at__gte=period.since, asked_at__lt=period.until).order_by("asked_at")
    for row in rows.select_related("asked_by", "decided_by"):
        decided = row.decided_by.username if row.decided_by else ""
        yield (
            row.pk, Exact(row.kind), Exact(row.asked_by.username), row.asked_at, row.rows, row.get_state_display(), Exact(decided),
            row.decided_at, row.fetched,
        )  # fmt: skip


def verification(period: Period) -> Iterator[Row]:
    """The whole chain, walked now, against the anchors that are kept elsewhere."""
    place = settings.AUDIT_ANCHOR_DIR
    result = audit.verify_trail(audit.kept_anchors(place) if place else ())
    sums = (
        ("entries", result.entries),
        ("seals", result.seals),
        ("retired", result.retired),
        ("waiting", result.waiting),
    )
    yield Exact("intact" if result.is_intact else "not intact"), len(result.findings)
    yield from ((Exact(name), count) for name, count in sums)
    yield from ((Exact(finding.kind), Exact(finding.text)) for finding in result.findings)


def anchors(period: Period) -> Iterator[Row]:
    rows = AuditAnchor.objects.filter(day__gte=period.since.date(), day__lte=period.until.date()).order_by("day")
    for anchor in map(audit.anchor_of, rows):
        yield anchor.day, anchor.seal, Exact(anchor.digest.hex()), Exact(anchor.signature.hex()), anchor.is_signed


register_section(
    Section(
        "sessions",
        _("Open sessions"),
        (_("user"), _("began"), _("last active"), _("from address"), _("ends")),
        sessions,
    )
)
register_section(
    Section(
        "looks",
        _("Looks as somebody else"),
        (_("who"), _("as"), _("began"), _("ended"), _("reason")),
        looks,
    )
)
register_section(
    Section(
        "helpers",
        _("Support accesses"),
        (_("who helps"), _("from"), _("until"), _("may write"), _("given by"), _("reason")),
        helpers,
    )
)
register_section(
    Section(
        "keys",
        _("Keys"),
        (_("number"), _("created"), _("master key"), _("retired"), _("destroyed"), _("values under it"), _("counted")),
        keys,
    )
)
register_section(
    Section(
        "incidents",
        _("Incidents"),
        (
            _("number"), _("detected"), _("title"), _("what happened"), _("measures taken"), _("persons"), _("authority told"),
            _("persons told"), _("state"),
        ),
        incidents,
    )
)  # fmt: skip
register_section(
    Section(
        "files",
        _("Files that were handed out"),
        (
            _("number"), _("kind"), _("asked for by"), _("asked for"), _("rows"), _("state"), _("decided by"), _("decided"),
            _("fetched"),
        ),
        files,
    )
)  # fmt: skip
register_section(Section("verification", _("Verification of the audit trail"), (_("what"), _("result")), verification))
register_section(
    Section(
        "anchors",
        _("Anchors of the audit trail"),
        (_("day"), _("seal"), _("digest"), _("signature"), _("valid")),
        anchors,
    )
)

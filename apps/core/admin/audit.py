import ipaddress
import json
from collections.abc import Callable, Collection, Iterator
from typing import Any, ClassVar

from django.apps import apps
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.auth import get_user_model
from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection
from django.db.models import Model, OuterRef, Q, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import RangeDateTimeFilter

from apps.core import audit, clock
from apps.core.admin.base import ReadOnlyAdmin, actor_of, column
from apps.core.models import AuditEntry
from apps.core.sheets import csv_file

EXPORT_LIMIT = 50_000
LargeExport = Callable[[HttpRequest, list[int], str], HttpResponse]
_large_exports: list[LargeExport] = []


def _who(row: Any) -> str:
    """The trail itself knows persons by number only."""
    if row.actor_user_id is None:
        return str(row.get_actor_kind_display())
    name = row.username or f"#{row.actor_user_id}"
    return format_html("{} {}", row.get_actor_kind_display(), _linked(get_user_model(), row.actor_user_id, name))


def _what(row: Any) -> str:
    """What kind of record, in words, with the way to it; what its page shows to whom is that page's business."""
    try:
        model = apps.get_model(row.subject_type)
    except (LookupError, ValueError):
        return f"{row.subject_type} {row.subject_id or ''}".strip()
    return _linked(model, row.subject_id, f"{capfirst(model._meta.verbose_name)} {row.subject_id or ''}".strip())


def _linked(model: type[Model], pk: int | None, words: str) -> str:
    if pk is None or model not in admin.site._registry:
        return words
    address = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_change", args=[pk])
    return format_html('<a class="underline" href="{}">{}</a>', address, words)


WHEN = column("when", _("when"), lambda row: row.created, order="created")
ACTION = column("what_was_done", _("action"), lambda row: row.action, order="action")
WHO = column("who", _("who"), _who, order="actor_user_id")
FACE = column("through", _("through"), lambda row: row.get_face_display(), order="face")
SUBJECT = column("subject", _("what"), _what, order="subject_type")
RESULT = column("outcome", _("result"), lambda row: row.result, order="result")
TOKEN = column("token", _("API token"), lambda row: row.token_id or "—")
ADDRESS = column("address", _("network address"), lambda row: row.ip or "—")
REASON = column("given_reason", _("reason"), lambda row: row.reason or "—")
DETAILS = column("told_details", _("details"), lambda row: row.details or "—")


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnlyAdmin[AuditEntry]):
    """Who read, revealed, exported or changed what. An entry's page shows its reason and details; so does an export."""

    view_code = "audit.view"
    list_display = (WHEN, ACTION, WHO, FACE, SUBJECT, RESULT)
    list_filter = ("face", "actor_kind", "result", ("created", RangeDateTimeFilter))
    list_disable_select_all = False
    filtered_fields = frozenset({"subject_type", "subject_id", "action", "actor_user_id"})
    ordering = ("-created", "-id")
    search_fields = ("=action",)
    search_help_text = _(
        "An action such as accounts.user.changed or a part of one such as reveal, a kind of record such as"
        " tickets.ticket or one record such as tickets.ticket 1017, a user name, or a network address."
    )
    fields: ClassVar[Any] = (WHEN, ACTION, RESULT, SUBJECT, WHO, TOKEN, FACE, ADDRESS, REASON, DETAILS)
    readonly_fields: ClassVar[Any] = fields
    actions = ("export_csv", "export_json")

    def get_queryset(self, request: HttpRequest) -> QuerySet[AuditEntry]:
        # Partitioned by month: the newest first comes from the index on `created`.
        users = get_user_model()._default_manager.filter(pk=OuterRef("actor_user_id"))
        rows = super().get_queryset(request).annotate(username=Subquery(users.values("username")[:1]))
        return rows.defer("reason", "details")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[AuditEntry], search_term: str
    ) -> tuple[QuerySet[AuditEntry], bool]:
        term = search_term.strip()
        return (queryset.filter(_matching(term)) if term else queryset), False

    @admin.action(description=_("Export as CSV"))
    def export_csv(self, request: HttpRequest, queryset: QuerySet[AuditEntry]) -> HttpResponse | None:
        return self._export(request, queryset, "csv")

    @admin.action(description=_("Export as lines of JSON"))
    def export_json(self, request: HttpRequest, queryset: QuerySet[AuditEntry]) -> HttpResponse | None:
        return self._export(request, queryset, "jsonl")

    def _export(self, request: HttpRequest, chosen: QuerySet[AuditEntry], kind: str) -> HttpResponse | None:
        rows = list(chosen.defer(None)[: EXPORT_LIMIT + 1])
        if len(rows) > EXPORT_LIMIT:
            words = gettext("More than %(count)d entries were found. Choose a shorter time.") % {"count": EXPORT_LIMIT}
            self.message_user(request, words, messages.ERROR)
            return None
        if len(rows) > settings.EXPORT_ROWS_ALONE and _large_exports:
            return _large_exports[0](request, [row.pk for row in rows], kind)
        details = {"entries": len(rows), "as": kind, "asked": request.META.get("QUERY_STRING", "")}
        audit.record("audit.exported", by=actor_of(request), subject_type=self.opts.label_lower, details=details)
        content_type = "text/csv; charset=utf-8" if kind == "csv" else "application/jsonl"
        response = HttpResponse(file_of(rows, kind), content_type=content_type)
        response["Content-Disposition"] = f'attachment; filename="audit-{clock.now():%Y%m%d-%H%M%S}.{kind}"'
        return response


def _matching(term: str) -> Q:
    kind, _space, number = term.partition(" ")
    if number.isdecimal() and len(number) < 19:
        return Q(subject_type=kind, subject_id=int(number))
    try:
        return Q(ip=str(ipaddress.ip_address(term)))
    except ValueError:
        people = list(get_user_model()._default_manager.filter(username=term).values_list("pk", flat=True))
        actions = [term] if people else [term, *(name for name in _actions() if term.lower() in name)]
        return Q(action__in=actions) | Q(subject_type=term) | Q(actor_user_id__in=people)


_ACTIONS = """
    WITH RECURSIVE found AS (
        (SELECT action FROM core_auditentry ORDER BY action LIMIT 1)
        UNION ALL
        SELECT (SELECT action FROM core_auditentry WHERE action > found.action ORDER BY action LIMIT 1)
        FROM found WHERE found.action IS NOT NULL
    )
    SELECT action FROM found WHERE action IS NOT NULL
"""


def _actions() -> list[str]:
    """Each that the trail knows, by one step through its index for each: the ORM's DISTINCT would read all entries."""
    with connection.cursor() as cursor:
        cursor.execute(_ACTIONS)
        return [name for (name,) in cursor.fetchall()]


# --- Export -------------------------------------------------------------------------------------------------------


def take_large_exports(take: LargeExport) -> None:
    """Who makes the file where one person may not take so many entries along alone. Called from `ready()`."""
    _large_exports[:] = [take]


def entries_with_names(ids: Collection[int]) -> list[AuditEntry]:
    users = get_user_model()._default_manager.filter(pk=OuterRef("actor_user_id"))
    rows = AuditEntry.objects.filter(pk__in=ids).annotate(username=Subquery(users.values("username")[:1]))
    return list(rows.order_by("created", "id"))


def file_of(rows: list[AuditEntry], kind: str) -> bytes:
    """`csv`, or `jsonl`."""
    return _csv(rows) if kind == "csv" else _json(rows)


def _csv(rows: list[AuditEntry]) -> bytes:
    lines = [{**line, "details": json.dumps(line["details"], ensure_ascii=False)} for line in _plain(rows)]
    return csv_file(list(lines[0]) if lines else [], (list(line.values()) for line in lines))


def _json(rows: list[AuditEntry]) -> bytes:
    lines = (json.dumps(line, ensure_ascii=False) + "\n" for line in _plain(rows))
    return "".join(lines).encode()


def _plain(rows: list[AuditEntry]) -> Iterator[dict[str, Any]]:
    """Times in UTC."""
    for row in rows:
        yield {
            "id": row.pk,
            "created": row.created.isoformat(),
            "action": row.action,
            "result": row.result,
            "actor_kind": row.actor_kind,
            "user": row.actor_user_id,
            "username": row.username,  # type: ignore[attr-defined]  # annotated by `get_queryset`
            "token": row.token_id,
            "face": row.face,
            "ip": row.ip,
            "subject_type": row.subject_type,
            "subject": row.subject_id,
            "reason": row.reason,
            "details": json.loads(json.dumps(row.details, cls=DjangoJSONEncoder)),
        }

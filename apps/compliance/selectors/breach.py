"""What is handed out about an incident: the persons with what was met of them, and letters that are filled in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Any, Final

from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from apps.accounts.models import Brand, User
from apps.compliance.models import Incident
from apps.compliance.selectors.exposure import LIST, SENT, Affected, Exposure, Question, exposure_of
from apps.core.models import AuditEntry
from apps.customers.models import Identity
from apps.privacy.enums import FieldClass
from apps.privacy.lens import Lens
from apps.tickets.models import Ticket

LETTERS: Final = ("authority", "persons")
LANGUAGES: Final = {"zh": "zh-hans", "en": "en"}
SESSION_AT_MOST: Final = timedelta(hours=24)


# --- The question ----------------------------------------------------------------------------------------------------


def question_of(incident: Incident) -> Question:
    """What the incident's fields ask of the trail. A sign-in narrows to its person and address, and to its session."""
    user_ids = set(incident.people.values_list("pk", flat=True))
    since, until, ip = incident.since, incident.until, incident.ip or ""
    entry = AuditEntry.objects.filter(pk=incident.sign_in, action="sign_in").first() if incident.sign_in else None
    if entry is not None and entry.actor_user_id is not None:
        user_ids, ip = {entry.actor_user_id}, entry.ip or ip
        since, until = max(since, entry.created), min(until, _end_of_session(entry))
    return Question(
        since=since,
        until=max(since, until),
        user_ids=frozenset(user_ids),
        ip=ip,
        ticket_ids=frozenset(Ticket.objects.filter(number__in=incident.tickets).values_list("pk", flat=True)),
        counts_lists=incident.counts_lists,
    )


def _end_of_session(entry: AuditEntry) -> Any:
    """When that person signed out from there; at the latest when no session lives any longer."""
    latest = entry.created + SESSION_AT_MOST
    out = AuditEntry.objects.filter(
        action="sign_out", actor_user_id=entry.actor_user_id, ip=entry.ip, created__gt=entry.created, created__lt=latest
    )
    return out.order_by("created").values_list("created", flat=True).first() or latest


def look_into(incident: Incident) -> Exposure | None:
    """None where nothing narrows the question: that would be everything that everybody did."""
    question = question_of(incident)
    return exposure_of(question) if question.is_narrow else None


# --- Rows ------------------------------------------------------------------------------------------------------------


def head() -> tuple[str, ...]:
    return (
        _("Person"), _("Name"), _("Reached by"), _("Met as it is"), _("Met masked"), _("Times"), _("First"), _("Last"),
        _("By"), _("How"),
    )  # fmt: skip


def rows_of(persons: Iterable[Affected], lens: Lens) -> Iterator[tuple[object, ...]]:
    """In the reader's own lens, as on the screen."""
    persons = list(persons)
    handles = _handles({row.customer.pk for row in persons}, lens)
    names = dict(
        User.objects.filter(pk__in={pk for row in persons for pk in row.user_ids}).values_list("pk", "username")
    )
    for row in persons:
        yield (
            row.customer.public_id,
            lens.of(row.customer.is_minor).name(row.customer.name),
            ", ".join(handles.get(row.customer.pk, ())),
            words_of(row.clear),
            words_of(row.masked - row.clear),
            row.times,
            _told(row.first),
            _told(row.last),
            ", ".join(sorted(names.get(pk, f"#{pk}") for pk in row.user_ids)),
            ", ".join(sorted(way_words(way) for way in row.ways)),
        )


def _handles(ids: Iterable[int], lens: Lens) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    for identity in Identity.objects.filter(customer__in=list(ids)).select_related("customer").order_by("pk"):
        own = lens.of(identity.customer.is_minor)
        found.setdefault(identity.customer_id, []).append(own.value(identity.kind, identity.value))
    return found


def words_of(classes: Iterable[FieldClass]) -> str:
    chosen = set(classes)
    return ", ".join(str(each.label) for each in FieldClass if each in chosen)


def way_words(way: str) -> str:
    return {LIST: _("in lists"), SENT: _("wrote to them")}.get(way, way)


def _told(moment: Any) -> str:
    return "" if moment is None else timezone.localtime(moment).isoformat(timespec="seconds")


# --- Letters ---------------------------------------------------------------------------------------------------------


def letters(incident: Incident, exposure: Exposure | None) -> dict[str, str]:
    """By name of the file. They are drafts: who sends them reads them first."""
    found: dict[str, str] = {}
    for short, language in LANGUAGES.items():
        with translation.override(language):
            context = _letter_context(incident, exposure)
            for letter in LETTERS:
                text = render_to_string(f"compliance/letters/{letter}.{short}.txt", context)
                # Templates call what they made safe; these are text, which a page has to escape.
                found[f"{letter}.{short}.txt"] = "".join(text)
    return found


def _letter_context(incident: Incident, exposure: Exposure | None) -> dict[str, Any]:
    persons = [] if exposure is None else exposure.persons
    clear = set().union(*(row.clear for row in persons))
    masked = set().union(*(row.masked for row in persons)) - clear
    return {
        "incident": incident,
        "companies": ", ".join(str(brand.name) for brand in Brand.objects.order_by("pk")),
        "count": len(persons),
        "named": sum(1 for row in persons if row.times),
        "records": 0 if exposure is None else exposure.entries,
        "clear": words_of(clear),
        "masked": words_of(masked),
    }

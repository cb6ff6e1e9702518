"""How what became of promises reads: in a ticket's history, and in its timeline where colleagues were called."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils import formats, timezone
from django.utils.translation import gettext as _

from apps.sla import events
from apps.sla.enums import Target
from apps.tickets.selectors.history import Names, register_line
from apps.tickets.selectors.timeline import register_notice


def register() -> None:
    register_line(events.SlaWarning.kind, _warning)
    register_line(events.SlaBreached.kind, _breached)
    register_line(events.SlaMet.kind, _met)
    register_notice("sla_warning", lambda envelope: _called(envelope, _passed(envelope)))
    register_notice("sla_breached", lambda envelope: _called(envelope, _late(envelope)))


def target_label(target: str) -> str:
    return str(Target(target).label) if target in Target.values else target


def _warning(event: events.SlaWarning, names: Names) -> tuple[str, str, str, str, str]:
    words = {"target": event.target, "share": event.share, "due_at": event.due_at}
    return target_label(event.target), "", f"{event.share} %", _passed(words), "alarm-clock"


def _breached(event: events.SlaBreached, names: Names) -> tuple[str, str, str, str, str]:
    words = {"target": event.target, "due_at": event.due_at}
    return target_label(event.target), "", _("breached"), _late(words), "alarm-clock-off"


def _met(event: events.SlaMet, names: Names) -> tuple[str, str, str, str, str]:
    sentence = _("%(target)s: in time") % {"target": target_label(event.target)}
    return target_label(event.target), "", _("met"), sentence, "alarm-clock-check"


def _passed(words: Mapping[str, Any]) -> str:
    return _("%(target)s: %(share)s %% of the time has passed, due %(time)s") % {
        "target": target_label(str(words.get("target"))),
        "share": words.get("share"),
        "time": _when(str(words.get("due_at") or "")),
    }


def _late(words: Mapping[str, Any]) -> str:
    return _("%(target)s: was due %(time)s") % {
        "target": target_label(str(words.get("target"))),
        "time": _when(str(words.get("due_at") or "")),
    }


def _called(envelope: Mapping[str, Any], sentence: str) -> str:
    names = ", ".join(map(str, envelope.get("called") or ()))
    return _("%(sentence)s. Called: %(names)s") % {"sentence": sentence, "names": names}


def _when(text: str) -> str:
    """In the reader's time zone."""
    if not text:
        return "–"
    # Translators: a date and an hour, in Django's date format characters.
    return formats.date_format(timezone.localtime(datetime.fromisoformat(text)), _("M j H:i"))

"""What the mapping makes of a sample or of a stored call, field by field, for people to look at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from apps.channels.connectors.webhook.expressions import Budget
from apps.channels.connectors.webhook.forms import LABELS
from apps.channels.connectors.webhook.mapping import FIELDS, find, is_wanted, read_body, split
from apps.channels.connectors.webhook.suggestions import suggest
from apps.channels.errors import ChannelError

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


@dataclass(frozen=True, slots=True)
class Row:
    name: str
    label: StrOrPromise
    value: str = ""
    error: str = ""


@dataclass(frozen=True, slots=True)
class Preview:
    """`problem` says why there is nothing to show. `rows` are of the first message of the call."""

    rows: tuple[Row, ...] = ()
    count: int = 0
    problem: StrOrPromise = ""
    is_unwanted: bool = False

    @property
    def values(self) -> dict[str, str]:
        return {row.name: row.value for row in self.rows}

    @property
    def missing(self) -> StrOrPromise:
        """What the message cannot do without."""
        values = self.values
        if self.problem or any(row.error for row in self.rows):
            return ""
        if not values.get("text") and not values.get("attachments"):
            return _("No text was found: such a call is parked.")
        if not any(values.get(name) for name in ("sender_id", "phone", "email")):
            return _("No sender was found: nobody can be answered.")
        return ""

    @property
    def is_good(self) -> bool:
        return bool(self.rows) and not self.missing and not any(row.error for row in self.rows)


def preview_of(settings: Mapping[str, Any], body: bytes, content_type: str = "") -> Preview:
    try:
        return preview_of_document(settings, read_body(body, content_type), Budget())
    except ChannelError as error:
        return Preview(problem=error.detail())


def preview_of_document(settings: Mapping[str, Any], document: object, budget: Budget) -> Preview:
    """Raises what splitting the call raises; what goes wrong with one field stands in its row."""
    items = split(document, settings, budget)
    if not items:
        return Preview(problem=_("The call holds no message by this mapping."))
    rows = tuple(_row(name, items[0], settings, budget) for name in FIELDS)
    return Preview(rows, len(items), is_unwanted=not is_wanted(items[0], settings, budget))


def suggested(settings: Mapping[str, Any], sample: str) -> dict[str, str]:
    """The settings with a suggestion in the place of each expression that finds nothing in the sample."""
    try:
        document = read_body(sample.encode(), sample_type(sample))
    except ChannelError:
        return {}
    fresh = suggest(document)
    kept = {name: value for name, value in settings.items() if name.startswith(("map_", "items")) and value}
    if not _fits(kept, document):
        return {name: fresh.get(name, "") for name in ("items", *(f"map_{field}" for field in FIELDS))}
    found = preview_of(kept, sample.encode(), sample_type(sample)).values
    empty = [f"map_{name}" for name, value in found.items() if not value and f"map_{name}" in fresh]
    return {name: fresh[name] for name in empty}


def sample_type(sample: str) -> str:
    is_form = "=" in sample and sample.lstrip()[:1] not in {"{", "["}
    return "application/x-www-form-urlencoded" if is_form else "application/json"


def _fits(settings: Mapping[str, Any], document: object) -> bool:
    """Whether the mapping so far finds a text; one for other samples is given up as a whole."""
    try:
        return bool(preview_of_document(settings, document, Budget()).values.get("text"))
    except ChannelError:
        return False


def _row(name: str, item: object, settings: Mapping[str, Any], budget: Budget) -> Row:
    try:
        return Row(name, LABELS[name], _shown(find(name, item, settings, budget)))
    except ChannelError as error:
        return Row(name, LABELS[name], error=error.detail())


def _shown(value: object) -> str:
    if isinstance(value, datetime):
        return date_format(timezone.localtime(value), "DATETIME_FORMAT")
    if isinstance(value, bool):
        return str(_("yes")) if value else ""
    if isinstance(value, tuple):
        return "\n".join(value)
    return "" if value is None else str(value)

"""The pack for auditors: every section as lines of JSON and together as a workbook, with a signed manifest.

All texts are masked, whoever asks: what is found to be personal data in them, whatever it is called. Only what is
marked `Exact` stays as it is.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import Any, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_lazy as _

from apps.compliance.kinds import Kind, Made, register_kind
from apps.compliance.querysets import READ
from apps.core import audit, clock
from apps.core.actor import Actor
from apps.core.crypto import derived_key
from apps.core.errors import InvalidInput
from apps.core.evidence import Exact, Period, Section, all_sections
from apps.core.sheets import Sheet, xlsx_file
from apps.privacy.enums import Mode
from apps.privacy.lens import Lens

KIND: Final = "audit_pack"
MANIFEST, SIGNATURE = "manifest.json", "manifest.sig"
ON_A_PAGE: Final = 100_000
"""Rows of a section in the workbook; the lines of JSON hold all."""
_LENS: Final = Lens.uniform(Mode.MASKED)


def made_of(period: Period, by: Actor) -> Made:
    sections = {key: _rows_of(section, period) for key, section in all_sections().items()}
    files = {f"data/{key}.jsonl": _lines(all_sections()[key], rows) for key, rows in sections.items()}
    files["audit-pack.xlsx"] = xlsx_file(_pages(sections))
    files[MANIFEST] = _manifest(period, by, sections, files)
    files[SIGNATURE] = _key().sign(files[MANIFEST]).hex().encode() + b"\n"
    count = sum(len(rows) for rows in sections.values())
    audit.record("audit_pack.made", by=by, details={**_said(period), "rows": count})
    return Made(count, files)


# --- Rows ------------------------------------------------------------------------------------------------------------


def _rows_of(section: Section, period: Period) -> list[list[Any]]:
    return [[_cell(value) for value in row] for row in section.rows(period)]


def _cell(value: object) -> Any:
    if value is None or isinstance(value, (bool, int, float)):
        return value
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    if isinstance(value, (date, Exact)):
        return str(value)
    return _masked(str(value))


@lru_cache(maxsize=20_000)
def _masked(text: str) -> str:
    return _LENS.text(text)


def _lines(section: Section, rows: Iterable[Sequence[Any]]) -> bytes:
    """Each line a list in the order of the first one, for two columns may be called alike."""
    head = [str(label) for label in section.head]
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in [head, *rows]).encode()


def _pages(sections: Mapping[str, list[list[Any]]]) -> Iterable[Sheet]:
    for key, rows in sections.items():
        section = all_sections()[key]
        yield str(section.title), section.head, rows[:ON_A_PAGE]


# --- The manifest ----------------------------------------------------------------------------------------------------


def _manifest(period: Period, by: Actor, sections: Mapping[str, list[Any]], files: Mapping[str, bytes]) -> bytes:
    said = {
        "made": clock.now().isoformat(timespec="seconds"),
        "by": by.key,
        **_said(period),
        "sections": {
            key: {"title": str(all_sections()[key].title), "rows": len(rows)} for key, rows in sections.items()
        },
        "sha256": {name: hashlib.sha256(content).hexdigest() for name, content in sorted(files.items())},
        "public_key": _key().public_key().public_bytes(Encoding.Raw, PublicFormat.Raw).hex(),
    }
    return json.dumps(said, ensure_ascii=False, indent=1, sort_keys=True).encode()


def _said(period: Period) -> dict[str, str]:
    return {"since": period.since.isoformat(), "until": period.until.isoformat()}


def findings_in(files: Mapping[str, bytes]) -> list[str]:
    """What of a pack is not as this installation signed it; nothing when it is whole."""
    try:
        manifest = files[MANIFEST]
        _key().public_key().verify(bytes.fromhex(files[SIGNATURE].decode().strip()), manifest)
    except (KeyError, ValueError, InvalidSignature):
        return [f"{MANIFEST} was not signed by this installation"]
    told = json.loads(manifest)["sha256"]
    wrong = [name for name in told if hashlib.sha256(files.get(name, b"")).hexdigest() != told[name]]
    added = sorted(set(files) - set(told) - {MANIFEST, SIGNATURE})
    return [f"{name} is not what was signed" for name in wrong] + [f"{name} was added" for name in added]


def _key() -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(derived_key("audit-pack"))


# --- As an export ----------------------------------------------------------------------------------------------------


def _make(question: Mapping[str, Any], by: Actor) -> Made:
    since, until = (parse_datetime(str(question[name])) for name in ("since", "until"))
    if since is None or until is None or until <= since:
        raise InvalidInput
    return made_of(Period(since, until), by)


register_kind(Kind(KIND, _("Audit pack"), (READ,), _make))

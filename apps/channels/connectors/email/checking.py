"""The connection test: it says which side fails and tells nothing about the network behind it, in text or time."""

from __future__ import annotations

import time
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from apps.channels.connectors.email import accounts
from apps.channels.connectors.email.errors import REASONS
from apps.channels.connectors.email.imap import Mailbox, MailboxError
from apps.channels.connectors.email.smtp import SendError, check_sign_in
from apps.channels.contract import CheckResult

UNIFORM_SECONDS: Final = 3.0
"""Every failure takes at least this long: a closed port must not be told from a silent one by the clock."""

_SAID: Final = frozenset({"imap_sign_in", "imap_folder", "imap_port", "smtp_sign_in", "smtp_port"})
"""Reasons that only a real mail server, or we ourselves, give. All others read alike."""


def check(values: dict[str, Any]) -> CheckResult:
    started = time.monotonic()
    failures = [reason for reason in (_imap_failure(values), _smtp_failure(values)) if reason is not None]
    if not failures:
        return CheckResult(is_ok=True, message=_("Both servers accept the settings."))
    time.sleep(max(0.0, UNIFORM_SECONDS - (time.monotonic() - started)))
    return CheckResult(
        is_ok=False, message=_("The settings do not work yet."), details=tuple(str(item) for item in failures)
    )


def _imap_failure(values: dict[str, Any]) -> str | Promise | None:
    try:
        with Mailbox.open(accounts.imap_account(values)) as mailbox:
            for folder in values["folders"]:
                mailbox.open_folder(str(folder))
    except MailboxError as error:
        return REASONS[error.code] if error.code in _SAID else REASONS["imap_unreachable"]
    return None


def _smtp_failure(values: dict[str, Any]) -> str | Promise | None:
    try:
        check_sign_in(accounts.smtp_account(values))
    except SendError as error:
        return REASONS[error.code] if error.code in _SAID else REASONS["smtp_unreachable"]
    return None

"""The sentence an agent reads for each notice of the reader."""

from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

_LABELS: Final[dict[str, str | Promise]] = {
    "attachments_cut": _("Not all attachments could be taken in; the original mail is kept."),
    "bare_carriage_returns": _("The mail's line ends were repaired."),
    "boundary_missing": _("The mail's parts could not be told apart; it is shown as text."),
    "boundary_recovered": _("The mail's parts were marked wrongly and have been told apart as well as possible."),
    "charset_repaired": _("The mail names the wrong character set; the text was repaired."),
    "content_type_broken": _("The mail states its format wrongly."),
    "depth_cut": _("The mail is nested too deeply; inner parts are left out. The original mail is kept."),
    "empty": _("The mail is empty."),
    "encoded_words_cut": _("A header was too long and was shortened."),
    "encrypted": _("The mail is encrypted and can only be opened outside."),
    "from_several": _("The mail names several senders; only the first is shown."),
    "header_8bit": _("The mail's headers are not encoded as they should be."),
    "header_broken": _("The mail's headers are damaged."),
    "header_cut": _("A header was too long and was shortened."),
    "headers_cut": _("The mail has too many headers; the rest was left out."),
    "html_cut": _("The formatted text is too long and is shown as plain text."),
    "html_too_complex": _("The formatted text is too complex and is shown as plain text."),
    "limit_depth": _("The mail is nested unusually deeply."),
    "limit_header_bytes": _("The mail's headers are unusually long."),
    "limit_headers": _("The mail has unusually many headers."),
    "limit_longest_header": _("A header is unusually long."),
    "limit_parts": _("The mail has unusually many parts."),
    "limit_recipients": _("The mail has unusually many recipients."),
    "limit_size": _("The mail is too large; only its beginning was fetched. The whole mail is still in the mailbox."),
    "links_cut": _("The mail has too many links and is shown as plain text."),
    "no_text": _("The mail has no text."),
    "parameters_cut": _("The mail states its format at unusual length."),
    "parser_busy": _("The mail is shown as it came, because the machine was too busy to read it in time."),
    "parser_crashed": _("The mail could not be read and is shown as it came."),
    "parser_memory": _("The mail would take too much memory to read and is shown as it came."),
    "parser_timeout": _("The mail would take too long to read and is shown as it came."),
    "parser_unavailable": _("The mail is shown as it came, because the reader could not be started."),
    "parts_cut": _("The mail has too many parts; the rest was left out. The original mail is kept."),
    "recipients_cut": _("The mail has too many recipients; the rest was left out."),
    "sender_flagged": _("The sender's address is ambiguous; do not rely on it."),
    "sender_unverified": _("The sender's mail server could not confirm that the mail comes from this address."),
    "text_cut": _("The text is too long and was shortened. The original mail is kept."),
    "winmail": _("The attachments are in Outlook's own format (winmail.dat)."),
}

_QUIET: Final = frozenset({"header_8bit", "charset_repaired", "no_text", "bare_carriage_returns"})
"""Notices that change nothing for the agent: kept with the mail, not shown in the timeline."""


def label(code: str) -> str | Promise:
    """The sentence for a notice's code, or the code itself for one this version does not know."""
    return _LABELS.get(code, code)


def most_important(codes: list[str]) -> str:
    """The one notice to show beside the message, the reader's own failures first."""
    shown = [code for code in codes if code not in _QUIET]
    ranked = sorted(shown, key=lambda code: (not code.startswith("parser_"), code != "limit_size", shown.index(code)))
    return ranked[0] if ranked else ""

"""What a card may be: a message with a title, a link and things to press. Whoever writes one, a person or a program."""

from __future__ import annotations

import re
from html import escape
from typing import Final

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.utils.translation import gettext as _

from apps.channels.contract import Button, Card
from apps.core.errors import InvalidInput

MAX_TITLE: Final = 100
MAX_LABEL: Final = 40
MAX_BUTTONS: Final = 5
MAX_URL: Final = 2000
_is_page: Final = URLValidator(schemes=["http", "https"])
_UNSEEN: Final = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]"
)
"""What nobody sees, or what turns the direction of a line, so that it reads other than it is. The joiners of emoji and of
scripts that are written together stay."""


def require_card(card: Card) -> None:
    """Raises InvalidInput with every field that is wrong."""
    wrong = {
        "title": _wrong_with_title(card.title),
        "url": [] if not card.url or is_page(card.url) else [_page_wanted()],
        "buttons": [] if len(card.buttons) <= MAX_BUTTONS else [_("A card has at most five buttons.")],
    }
    for button in card.buttons:
        wrong["buttons"] += _wrong_with(button)
    if any(wrong.values()):
        raise InvalidInput(fields={name: told for name, told in wrong.items() if told})


def _wrong_with_title(title: str) -> list[str]:
    if not 0 < len(title) <= MAX_TITLE:
        return [_("A card needs a title of at most 100 characters.")]
    return [_nothing_unseen()] if _UNSEEN.search(title) else []


def _wrong_with(button: Button) -> list[str]:
    if not 0 < len(button.label) <= MAX_LABEL:
        return [_("A button needs a label of at most 40 characters.")]
    if _UNSEEN.search(button.label):
        return [_nothing_unseen()]
    return [] if not button.url or is_page(button.url) else [_page_wanted()]


def _nothing_unseen() -> str:
    return _("Leave out line breaks and characters that cannot be seen or that turn the direction of the text.")


def _page_wanted() -> str:
    return _("Enter the address of a page, beginning with http:// or https://.")


def is_page(url: str) -> bool:
    """An address that is safe to open, and shows where it leads: nothing before an "@" that looks like a host."""
    try:
        _is_page(url)
    except ValidationError:
        return False
    return len(url) <= MAX_URL and "@" not in url.split("/")[2] and not _UNSEEN.search(url)


def in_words(card: Card) -> str:
    """The card as the text of a message, where it is read as one: on the desk, in mails, by clients that know no cards."""
    buttons = "".join(f"<li>{_linked(button.url, button.label)}</li>" for button in card.buttons)
    return "".join(
        (
            f"<p><strong>{escape(card.title)}</strong></p>",
            card.html,
            f"<p>{_linked(card.url, card.url)}</p>" if card.url else "",
            f"<ul>{buttons}</ul>" if buttons else "",
        )
    )


def _linked(url: str, text: str) -> str:
    return f'<a href="{escape(url)}">{escape(text)}</a>' if url else escape(text)

"""What a card may be: a message with a title, a link and things to press. Whoever writes one, a person or a program."""

from __future__ import annotations

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


def require_card(card: Card) -> None:
    """Raises InvalidInput with every field that is wrong."""
    wrong = {
        "title": [] if 0 < len(card.title) <= MAX_TITLE else [_("A card needs a title of at most 100 characters.")],
        "url": [] if not card.url or is_page(card.url) else [_page_wanted()],
        "buttons": [] if len(card.buttons) <= MAX_BUTTONS else [_("A card has at most five buttons.")],
    }
    for button in card.buttons:
        wrong["buttons"] += _wrong_with(button)
    if any(wrong.values()):
        raise InvalidInput(fields={name: told for name, told in wrong.items() if told})


def _wrong_with(button: Button) -> list[str]:
    if not 0 < len(button.label) <= MAX_LABEL:
        return [_("A button needs a label of at most 40 characters.")]
    return [] if not button.url or is_page(button.url) else [_page_wanted()]


def _page_wanted() -> str:
    return _("Enter the address of a page, beginning with http:// or https://.")


def is_page(url: str) -> bool:
    """An address that is safe to open, and shows where it leads: nothing before an "@" that looks like a host."""
    try:
        _is_page(url)
    except ValidationError:
        return False
    return len(url) <= MAX_URL and "@" not in url.split("/")[2]


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

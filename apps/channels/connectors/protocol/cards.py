"""Cards in a client's conversation: how they are told, and what pressing one of their buttons says.

A button that answers is pressed once: from then on the card names it, for every device of the user.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from django.utils.translation import gettext as _

from apps.channels.connectors.protocol.errors import ButtonUsed
from apps.channels.contract import Card
from apps.channels.models import ClientConversation
from apps.core.errors import InvalidInput
from apps.core.richtext import html_to_text


@dataclass(frozen=True, slots=True)
class Pressed:
    label: str
    title: str
    """Of its card."""


def as_kept(card: Card) -> dict[str, Any]:
    buttons = [{"id": place, **asdict(button)} for place, button in enumerate(card.buttons, start=1)]
    return {"title": card.title, "text": html_to_text(card.html), "url": card.url, "buttons": buttons}


def as_told(content: Mapping[str, Any], files: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """With the file that is its picture, and the button that was pressed."""
    pictures = (file["id"] for file in files if file["content_type"].startswith("image/"))
    return {**content["card"], "picture": next(pictures, None), "pressed": content.get("pressed")}


def press(conversation: ClientConversation, named: Mapping[str, int]) -> Pressed:
    """Under the conversation's lock. Raises ButtonUsed, and InvalidInput for one that does not answer anything."""
    line = conversation.messages.filter(is_own=False, sequence=named["sequence"]).first()
    card = line.content.get("card") if line is not None else None
    chosen = [button for button in (card["buttons"] if card else ()) if button["id"] == named["id"]]
    if line is None or card is None or not chosen or chosen[0]["url"]:
        raise InvalidInput(fields={"button": [_("There is no such button.")]})
    if line.content.get("pressed"):
        raise ButtonUsed
    line.content = {**line.content, "pressed": named["id"]}
    line.save(update_fields=["content"])
    return Pressed(label=chosen[0]["label"], title=card["title"])

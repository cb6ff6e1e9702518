"""What the widget is told before anybody has spoken: nothing of it is about a person."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from django.urls import reverse
from django.utils import formats
from django.utils.timezone import localtime
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from apps.channels import registry
from apps.core.clock import now
from apps.livechat.answers import FIELDS, asks, categories
from apps.livechat.enums import Asked
from apps.livechat.models import Invitation
from apps.livechat.selectors.line import is_full
from apps.livechat.selectors.mail import sends_transcripts
from apps.privacy.models import PrivacyNotice
from apps.sla.selectors import standard_of

if TYPE_CHECKING:
    from apps.channels.models import Channel

_COLOR: Final = re.compile(r"#[0-9a-fA-F]{6}")
CONTACT: Final = ("name", "email", "phone")
"""What a signed token stands for."""


def widget_config(channel: Channel) -> dict[str, Any]:
    language = get_language() or channel.default_language
    connector = registry.get(channel.kind)
    away_text = _away_text(channel)
    return {
        "channel": channel.key,
        "protocol": f"/app/v1/{channel.key}/",
        "chat": reverse("livechat:typing", args=[channel.key]).removesuffix("typing/"),
        "language": language,
        "title": _translated(channel, "title") or str(channel.brand.name),
        "greeting": _translated(channel, "greeting") or _("Hello, how can we help?"),
        "accent": _color(str(connector.setting(channel, "accent") or "")),
        "isAway": bool(away_text),
        "awayText": away_text,
        "takesGuests": bool(connector.setting(channel, "takes_guests")),
        "fields": _fields(channel, is_away=bool(away_text)),
        "consent": _consent(channel),
        "notice": notice_of(channel),
        "invitations": _invitations(channel),
        "sendsTranscripts": sends_transcripts(channel),
        "fileBytes": int(connector.setting(channel, "max_attachment_mb")) * 1024 * 1024,
        "textLength": connector.capabilities.max_length,
        "words": words(),
    }


def _consent(channel: Channel) -> str:
    """Beside the box: the channel's own words, else those of a notice that asks for consent."""
    notice = PrivacyNotice.objects.in_force(channel.brand_id)
    asks = notice is not None and notice.needs_consent
    return _translated(channel, "consent") or (_("I have read the privacy notice and agree.") if asks else "")


def notice_of(channel: Channel) -> dict[str, Any] | None:
    """Which version is shown, and where it can be read."""
    notice = PrivacyNotice.objects.in_force(channel.brand_id)
    if notice is None:
        return None
    address = reverse("privacy:notice-version", args=[channel.brand.key, notice.version])
    return {"version": notice.version, "address": address}


def _translated(channel: Channel, key: str) -> str:
    return registry.get(channel.kind).translated_setting(channel, key, get_language() or "").strip()


def _color(text: str) -> str:
    return text if _COLOR.fullmatch(text) else ""


def _away_text(channel: Channel) -> str:
    """Why one can only leave a message; "" where somebody is there."""
    standard = standard_of(channel, now())
    if standard is not None and not standard.is_open:
        return _closed_text(channel, standard.opens_at)
    if is_full(channel):
        return _("Everybody is busy, and many are waiting. Leave a message, and we will answer.")
    return ""


def _closed_text(channel: Channel, opens_at: Any) -> str:
    when = formats.date_format(localtime(opens_at, opens_at.tzinfo), "SHORT_DATETIME_FORMAT")
    own = _translated(channel, "away_text")
    back = _("Nobody is here right now. We are back on %(when)s.") % {"when": when}
    return own or f"{back} {_('Leave a message, and we will answer.')}"


def _fields(channel: Channel, *, is_away: bool) -> list[dict[str, Any]]:
    """Those that are asked. There is always one to be reached by: a spare one shows when somebody can only leave a message."""
    labels = {
        "name": (_("Your name"), "text", "name"),
        "email": (_("E-mail"), "email", "email"),
        "phone": (_("Phone"), "tel", "tel"),
        "category": (_("What is it about?"), "choice", "off"),
    }
    asked = {name: asks(channel, name) for name in FIELDS}
    has_none = Asked.NO == asked["email"] == asked["phone"]
    if has_none:
        asked["email"] = Asked.OPTIONAL
    return [
        {
            "name": name,
            "label": labels[name][0],
            "type": labels[name][1],
            "autocomplete": labels[name][2],
            "required": asked[name] == Asked.REQUIRED,
            "isContact": name in CONTACT,
            "isSpare": name == "email" and has_none and not is_away,
            "choices": categories(channel) if name == "category" else [],
        }
        for name in FIELDS
        if asked[name] != Asked.NO
    ]


def _invitations(channel: Channel) -> list[dict[str, Any]]:
    rows = Invitation.objects.active().filter(channel=channel).order_by("position", "pk")
    return [
        {"id": row.pk, "pages": row.pages, "seconds": row.seconds, "visitors": row.visitors, "text": str(row.text)}
        for row in rows
    ]


def words() -> dict[str, Any]:
    """The texts of the widget, in the visitor's language."""
    return {
        "open": _("Open the chat"),
        "close": _("Close the chat"),
        "reconnecting": _("No connection; trying again. What you write is kept."),
        "sending": _("Sending"),
        "sent": _("Delivered"),
        "read": _("Read"),
        "failed": _("Not sent"),
        "retry": _("Send again"),
        "discard": _("Remove"),
        "events": event_words(),
        "looking": _("We are looking for somebody for you."),
        "isNext": _("You are next."),
        "place": _("You are number %(place)s in the line."),
        "soon": _("It takes less than a minute."),
        "minute": _("It takes about one minute."),
        "minutes": _("It takes about %(minutes)s minutes."),
        "long": _("It takes more than an hour."),
        "leave": _("Leave a message"),
        "leaveLine": _("I do not want to wait. Please answer me later."),
        "agentTypes": _("The other side is typing …"),
        "automatic": _("Automatic"),
        "you": _("You"),
        "unread": _("%(count)s new"),
        "fileTooLarge": _("This file is too large. At most %(size)s MB can be sent."),
        "uploading": _("Uploading"),
        "required": _("Please fill this in."),
        "contactNeeded": _("Leave an e-mail address or a phone number, so that we can answer."),
        "consentNeeded": _("Please agree first."),
        "start": _("Start the chat"),
        "choose": _("Please choose"),
        "optional": _("optional"),
        "signIn": _("Please sign in on this site to chat with us."),
        "trouble": _("That did not work. Please try again in a moment."),
        "newMessage": _("New message"),
        "soundOn": _("Sound is on"),
        "soundOff": _("Sound is off"),
        "picture": _("Picture: %(name)s"),
        "reasons": _("What was it about?"),
        "comment": _("What else would you like to say?"),
        "callback": _("Please call me back."),
        "callbackPhone": _("Phone number"),
        "rate": _("Send rating"),
        "skip": _("Skip"),
        "rated": _("Thank you for your rating."),
        "change": _("Change"),
        "transcriptSent": _("Sent to %(email)s."),
        "privacyNobody": _("Once you have written to us, you decide here what we may do."),
    }


def event_words() -> dict[str, str]:
    """Of lines that nobody wrote: by event, with its reason, or for somebody who is not named."""
    return {
        "chat.ended": _("The chat has ended. Write again at any time."),
        "chat.ended.left": _("Thank you for your message. We will answer as soon as we can."),
        "chat.ended.gone": _("You were away, so the chat has ended. We will still answer your question."),
        "chat.here": _("%(name)s is here for you."),
        "chat.here.somebody": _("Somebody is here for you."),
        "chat.sought": _("The connection to your agent was lost. We are looking for a colleague for you."),
        "chat.transferred": _("You are being connected to %(name)s."),
        "chat.transferred.somebody": _("You are being connected to a colleague."),
        "chat.joined": _("%(name)s has joined the chat."),
        "chat.joined.somebody": _("A colleague has joined the chat."),
        "chat.left": _("%(name)s has left the chat."),
        "chat.left.somebody": _("A colleague has left the chat."),
    }

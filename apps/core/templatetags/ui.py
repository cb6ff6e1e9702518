"""Tags every page may use: icons, short times, initials, form controls. None knows a word of the domain."""

import functools
import zlib
from datetime import datetime

from django import forms, template
from django.forms.boundfield import BoundField
from django.utils import formats, timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext
from lucide import IconDoesNotExist
from lucide.templatetags.lucide import lucide

from apps.core.words import initials

register = template.Library()

HUES = 7


@register.simple_tag
@functools.lru_cache(maxsize=512)
def icon(name: str, size: int = 16) -> SafeString:
    """A Lucide icon, hidden from screen readers: what it stands for is always also said in words.

    Connectors name their own icons, so one that does not exist must not break a page.
    """
    try:
        return SafeString(lucide(name + "", size=size, aria_hidden="true"))
    except IconDoesNotExist:
        return SafeString(lucide("circle", size=size, aria_hidden="true"))


@register.filter
def hue(key: object) -> int:
    """The same colour for the same person or tag everywhere, without storing one."""
    return zlib.crc32(str(key).encode()) % HUES + 1


register.filter("initials", initials)


def full_time(moment: datetime) -> str:
    """What hovering a short time shows. In digits: the same in every language, and cheap enough for long lists."""
    return f"{timezone.localtime(moment):%Y-%m-%d %H:%M}"


def short_time(moment: datetime, now: datetime) -> str:
    """How lists say when: minutes while they matter, then the clock, then the day."""
    local, today = timezone.localtime(moment), timezone.localtime(now)
    minutes = int((now - moment).total_seconds() // 60)
    if 0 <= minutes < 1:
        return gettext("now")
    if 0 < minutes < 60:
        return ngettext("%(count)d min ago", "%(count)d min ago", minutes) % {"count": minutes}
    days = (today.date() - local.date()).days
    if days == 0:
        return f"{local:%H:%M}"
    if days == 1:
        return gettext("Yesterday")
    if local.year == today.year:
        # Translators: a day of this year in a list, in Django's date format characters.
        return formats.date_format(local, gettext("M j"))
    return f"{local:%Y-%m-%d}"


@register.simple_tag
def ago(moment: datetime | None, css: str = "") -> str:
    """A short time that the browser keeps current; the full one is shown on hover."""
    if moment is None:
        return ""
    return format_html(
        '<time class="{}" datetime="{}" title="{}" data-time>{}</time>',
        css,
        moment.isoformat(timespec="seconds"),
        full_time(moment),
        short_time(moment, timezone.now()),
    )


@register.simple_tag
def clock(moment: datetime, css: str = "") -> str:
    """The time of day, where the day stands above already."""
    local = timezone.localtime(moment)
    return format_html(
        '<time class="{}" datetime="{}" title="{}">{}</time>',
        css,
        moment.isoformat(timespec="seconds"),
        full_time(moment),
        f"{local:%H:%M}",
    )


CONTROL_CLASSES: tuple[tuple[type[forms.Widget], str], ...] = (
    (forms.Textarea, "textarea"),
    (forms.CheckboxInput, "checkbox"),
    (forms.RadioSelect, ""),
    (forms.CheckboxSelectMultiple, ""),
    (forms.Select, "select"),
)


@register.simple_tag
def control(field: BoundField, **attrs: object) -> SafeString:
    """The form control itself, dressed; labels, hints and errors are in `components/field.html`."""
    css = next((name for kind, name in CONTROL_CLASSES if isinstance(field.field.widget, kind)), "input")
    size = attrs.pop("size", None)
    named: dict[str, str | bool] = {key.replace("_", "-"): str(value) for key, value in attrs.items()}
    if size:
        named["data-size"] = str(size)
    return field.as_widget(attrs={"class": css, **named})


@register.filter
def is_checkbox(field: BoundField) -> bool:
    return isinstance(field.field.widget, forms.CheckboxInput)


@register.filter
def words(text: str) -> list[str]:
    return text.split()

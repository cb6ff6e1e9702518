"""Variables in snippets, without a template engine: a declared name is replaced, anything else stays text."""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import escape
from types import MappingProxyType
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

_VARIABLE = re.compile(r"\{\{[ \u00a0]{0,4}([a-z_]{1,30}(?:\.[a-z_]{1,30}){0,3})[ \u00a0]{0,4}\}\}")

_declared: dict[str, StrOrPromise] = {
    "customer.name": _("Customer's name"),
    "customer.organization": _("Customer's organization"),
    "ticket.number": _("Ticket number"),
    "ticket.subject": _("Ticket subject"),
    "agent.name": _("My name"),
    "brand.name": _("Brand"),
}


def declare_variable(key: str, label: StrOrPromise) -> None:
    """Called by the app that can give the value."""
    _declared[key] = label


def all_variables() -> Mapping[str, StrOrPromise]:
    return MappingProxyType(_declared)


def variables_in(text: str) -> tuple[str, ...]:
    """The declared variables that a text uses, each once, in order."""
    return tuple(dict.fromkeys(key for key in _VARIABLE.findall(text) if key in _declared))


def render_html(html: str, values: Mapping[str, str]) -> str:
    """Rich text with values in place of the variables, escaped. A variable without a value stays, to be filled later.

    Values are not looked at again, so what a customer calls themselves is never a variable.
    """
    return _replace(html, {key: escape(value) for key, value in values.items()})


def render_text(text: str, values: Mapping[str, str]) -> str:
    return _replace(text, values)


def _replace(text: str, values: Mapping[str, str]) -> str:
    def value_of(match: re.Match[str]) -> str:
        key = match[1]
        return values[key] if key in _declared and key in values else match[0]

    return _VARIABLE.sub(value_of, text)

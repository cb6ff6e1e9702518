"""The places of the staff side, each shown to those who may go there. Higher apps add theirs in `ready()`."""

from dataclasses import dataclass

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

from apps.core.actor import Actor


@dataclass(frozen=True)
class Place:
    key: str
    label: StrOrPromise
    icon: str
    url_name: str
    permission: str
    position: int


@dataclass(frozen=True)
class RailItem:
    label: str
    icon: str
    url: str
    is_current: bool


_places: dict[str, Place] = {}


def register_place(place: Place) -> None:
    _places[place.key] = place


def rail_items(actor: Actor, current: str) -> list[RailItem]:
    items = []
    for place in sorted(_places.values(), key=lambda place: place.position):
        if place.permission not in actor.permissions:
            continue
        try:
            url = reverse(place.url_name)
        except NoReverseMatch:  # the app that answers there is not installed
            continue
        items.append(RailItem(str(place.label), place.icon, url, place.key == current))
    return items


for _place in (
    Place("desk", _("Desk"), "inbox", "workbench:home", "tickets.view", 10),
    Place("customers", _("Customers"), "contact-round", "workbench:customers", "customers.view", 20),
    Place("snippets", _("Snippets"), "text-quote", "workbench:snippets", "tickets.reply", 30),
    Place("counter", _("Counter"), "store", "counter:window", "counter.serve", 40),
    Place("chats", _("Live chats"), "messages-square", "workbench:chats", "routing.supervise", 45),
    Place("floor", _("Floor"), "users", "workbench:floor", "routing.supervise", 50),
    Place("wallboard", _("Wallboard"), "monitor", "workbench:wallboard", "routing.supervise", 55),
    Place("our-agents", _("Our agents"), "id-card", "outsourcing:people", "outsourcing.manage_own_agents", 58),
    Place("scorecards", _("Scorecards"), "clipboard-list", "workbench:scorecards", "routing.supervise", 57),
    Place("my-figures", _("My figures"), "gauge", "workbench:my-figures", "routing.serve", 59),
    Place("reveals", _("Reveals"), "eye", "workbench:reveals", "privacy.approve_reveals", 57),
    Place("reviews", _("Reviews"), "scale", "workbench:reviews", "tickets.review_decisions", 58),
    Place("channels", _("Channels"), "activity", "channels:health", "channels.view_health", 60),
    Place("settings", _("Settings"), "settings", "admin:index", "accounts.manage", 90),
):
    register_place(_place)

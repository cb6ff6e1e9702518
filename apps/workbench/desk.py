"""What every page of the desk shows around its subject: views with counts, where the socket is, how far we are."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.decorators import user_passes_test
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from apps.accounts.middleware import actor_of
from apps.core.actor import Actor
from apps.core.events import last_position
from apps.tickets.enums import Priority, Status
from apps.tickets.rules import may_change_view
from apps.tickets.selectors import choices
from apps.tickets.selectors.lists import (
    DEFAULT_VIEW,
    DUE_LABELS,
    SAVED,
    SORT_LABELS,
    VIEWS,
    ListFilters,
    ViewCount,
    saved_view,
    shown,
    view_counts,
)
from apps.tickets.selectors.vocabulary import vocabulary

SOCKET_PATH = "ws/desk/"

# Anonymous people are sent to sign in; who is signed in without any permission finds nothing behind this door.
staff_only = user_passes_test(lambda user: user.is_authenticated)


@dataclass(frozen=True)
class FilterChip:
    label: str
    url: str


def filters_of(request: HttpRequest, view_key: str) -> ListFilters:
    return replace(ListFilters.from_query(request.GET), view=view_key)


def list_path(filters: ListFilters) -> str:
    """The list's address with its filters; the view stands in the path and not in the query."""
    query = filters.to_query(view=DEFAULT_VIEW)
    path = reverse("workbench:list", args=[filters.view])
    return f"{path}?{query}" if query else path


def view_title(actor: Actor, view_key: str, counted: list[ViewCount] | None = None) -> str:
    for view in counted or ():
        if view.key == view_key:
            return view.label
    if view_key in VIEWS:
        return str(VIEWS[view_key].label)
    if (saved := saved_view(actor, view_key)) is not None:
        return str(saved.name)
    kind, _sep, key = view_key.partition(":")
    if kind == "queue":
        return next((str(queue.name) for queue in vocabulary().queues.values() if queue.key == key), _("Tickets"))
    return _("Tickets")


def desk_context(request: HttpRequest, filters: ListFilters) -> dict[str, Any]:
    actor = actor_of(request)
    views = view_counts(actor)
    return {
        **_around(actor, filters),
        "views": views,
        "title": view_title(actor, filters.view, views),
        "position": last_position(),
    }


def ticket_context(request: HttpRequest, filters: ListFilters) -> dict[str, Any]:
    """For a ticket's own page, which waits for nothing else: views, list and position are asked for afterwards."""
    actor = actor_of(request)
    return {**_around(actor, filters), "views": [], "title": view_title(actor, filters.view), "position": ""}


def _around(actor: Actor, filters: ListFilters) -> dict[str, Any]:
    return {
        "section": "desk",
        "view_key": filters.view,
        "filters": filters,
        "list_url": list_path(filters),
        "list_path": reverse("workbench:list", args=[filters.view]),
        "rows_url": rows_path(filters),
        "can_create": "tickets.create" in actor.permissions,
        "can_pull": {"routing.serve", "tickets.assign"} <= actor.permissions,
        "socket_path": f"/{SOCKET_PATH}",
    }


def list_context(request: HttpRequest, filters: ListFilters) -> dict[str, Any]:
    actor = actor_of(request)
    channels = choices.channels(actor)
    saved, asked = saved_view(actor, filters.view), filters
    filters = shown(actor, asked)
    return {
        "filters": filters,
        "view_key": filters.view,
        "title": view_title(actor, filters.view),
        "list_url": list_path(asked),
        "list_path": reverse("workbench:list", args=[filters.view]),
        "rows_url": rows_path(asked),
        "sorts": SORT_LABELS.items(),
        "dues": DUE_LABELS.items(),
        "statuses": Status.choices,
        "priorities": Priority.choices,
        "channels": channels,
        "saved_view": saved,
        "may_change_view": saved is not None and may_change_view(actor, saved),
        "save_query": filters.to_query(),
        "filter_chips": _chips(filters, {channel.key: channel.label for channel in channels}),
    }


def rows_path(filters: ListFilters) -> str:
    path = reverse("workbench:list-rows", args=[filters.view])
    query = filters.to_query(view=DEFAULT_VIEW)
    return f"{path}?{query}" if query else path


def _chips(filters: ListFilters, channel_labels: dict[str, str]) -> list[FilterChip]:
    """One chip for each filter that narrows the list, with the address of the list without it."""
    filters = replace(filters, own=filters.view.startswith(SAVED))
    found = [FilterChip(str(Status(value).label), list_path(replace(filters, status=()))) for value in filters.status]
    found += [
        FilterChip(str(Priority(value).label), list_path(replace(filters, priority=()))) for value in filters.priority
    ]
    found += [
        FilterChip(channel_labels.get(key, key), list_path(replace(filters, channel=()))) for key in filters.channel
    ]
    if filters.assignee:
        words = {"me": _("Assigned to me"), "none": _("Assigned to nobody")}
        found.append(FilterChip(words.get(filters.assignee, _("Assignee")), list_path(replace(filters, assignee=""))))
    if filters.due:
        found.append(FilterChip(str(DUE_LABELS[filters.due]), list_path(replace(filters, due=""))))
    if filters.unread:
        found.append(FilterChip(_("Unread only"), list_path(replace(filters, unread=False))))
    words_of = vocabulary()
    for key in filters.tag:
        label = next((words_of.tag_label(row.pk) for row in words_of.tags.values() if row.key == key), key)
        found.append(
            FilterChip(label, list_path(replace(filters, tag=tuple(each for each in filters.tag if each != key))))
        )
    return found


def with_query(path: str, **values: str) -> str:
    return f"{path}?{urlencode(values)}" if values else path

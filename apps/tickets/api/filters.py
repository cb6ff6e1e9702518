from collections.abc import Callable
from typing import Any

from django.db.models import QuerySet
from django_filters import rest_framework as filters

from apps.accounts.models import Team, User
from apps.channels.models import Channel
from apps.core.actor import Actor
from apps.core.api.errors import InvalidParameter
from apps.core.api.fields import auth_of
from apps.core.api.filters import ApiFilterSet, FlagFilter, PublicIdFilter, WordsFilter
from apps.core.ids import read_public_id
from apps.customers.models import Customer, Tag
from apps.tickets.enums import InteractionState, MessageKind, SlaState, Status, TicketType
from apps.tickets.models import Category, Queue
from apps.tickets.selectors.resources import PRIORITIES, priority_value
from apps.tickets.selectors.vocabulary import vocabulary

Rows = Callable[[Actor], QuerySet[Any]]


def _ids(filterset: Any, name: str, value: str, rows: Rows, column: str = "key") -> list[int]:
    """Row ids of the named keys. A key that is not there, or not for these eyes, is a mistake in the address."""
    actor = auth_of(filterset.request)
    words = {word for word in value.split(",")[:50] if word}
    found = dict(rows(actor).filter(**{f"{column}__in": words}).values_list(column, "pk"))
    if set(found) != words:
        raise InvalidParameter(name=name)
    return list(found.values())


def tagged_rows(rows: QuerySet[Any], tag_ids: list[int]) -> QuerySet[Any]:
    links: QuerySet[Any] = rows.model.tags.through.objects.all()  # one door: only ids, of rows that are scoped already
    return links.filter(tag_id__in=tag_ids).values("ticket_id")


class PersonFilter(PublicIdFilter):
    """Of a customer and of the records that were merged into theirs."""

    def __init__(self) -> None:
        super().__init__(field_name="customer", model=Customer)

    def filter(self, qs: QuerySet[Any], value: str) -> QuerySet[Any]:
        pk = read_public_id(Customer, value) if value else None
        if pk is None:
            return super().filter(qs, value)
        merged = Customer.objects.filter(merged_into=pk)  # one door: only ids, for rows that are scoped already
        return qs.filter(customer_id__in=[pk, *merged.values_list("pk", flat=True)])


class TicketFilter(ApiFilterSet):
    status = WordsFilter(field_name="status", choices=Status.choices)
    priority = WordsFilter(method="with_priority")
    type = WordsFilter(field_name="type", choices=TicketType.choices)
    queue = filters.CharFilter(method="in_queue")
    category = filters.CharFilter(method="in_category")
    channel = filters.CharFilter(method="on_channel")
    team = filters.CharFilter(method="of_team")
    assignee = filters.CharFilter(method="held_by")
    tag = filters.CharFilter(method="with_tag")
    customer = PersonFilter()
    is_spam = FlagFilter()
    is_merged = FlagFilter(field_name="merged_into", lookup_expr="isnull", exclude=True)
    sla_state = WordsFilter(field_name="sla_state", choices=SlaState.choices)
    due_before = filters.IsoDateTimeFilter(field_name="next_due_at", lookup_expr="lt")
    opened_after = filters.IsoDateTimeFilter(field_name="opened_at", lookup_expr="gte")
    opened_before = filters.IsoDateTimeFilter(field_name="opened_at", lookup_expr="lt")
    active_after = filters.IsoDateTimeFilter(field_name="last_message_at", lookup_expr="gte")
    active_before = filters.IsoDateTimeFilter(field_name="last_message_at", lookup_expr="lt")

    def with_priority(self, rows: Any, name: str, value: str) -> Any:
        words = [word for word in value.split(",") if word]
        if not set(words) <= {key for key, _label in PRIORITIES}:
            raise InvalidParameter(name=name)
        return rows.filter(priority__in=[priority_value(word) for word in words])

    def in_queue(self, rows: Any, name: str, value: str) -> Any:
        return rows.filter(queue_id__in=_ids(self, name, value, Queue.objects.visible_to))

    def in_category(self, rows: Any, name: str, value: str) -> Any:
        """With everything below the category."""
        ids = _ids(self, name, value, Category.objects.visible_to)
        words = vocabulary()
        return rows.filter(category_id__in=[below for pk in ids for below in (pk, *words.descendants(pk))])

    def on_channel(self, rows: Any, name: str, value: str) -> Any:
        return rows.filter(channel_id__in=_ids(self, name, value, Channel.objects.visible_to))

    def of_team(self, rows: Any, name: str, value: str) -> Any:
        return rows.filter(team_id__in=_ids(self, name, value, Team.objects.visible_to))

    def held_by(self, rows: Any, name: str, value: str) -> Any:
        """`me`, `none`, or user names."""
        if value == "me":
            return rows.filter(assignee_id=auth_of(self.request).user_id)
        if value == "none":
            return rows.filter(assignee__isnull=True)
        return rows.filter(assignee_id__in=_ids(self, name, value, User.objects.visible_to, "username"))

    def with_tag(self, rows: Any, name: str, value: str) -> Any:
        tagged = _ids(self, name, value, Tag.objects.visible_to)
        return rows.filter(pk__in=tagged_rows(rows, tagged))


class MessageFilter(ApiFilterSet):
    kind = WordsFilter(field_name="kind", choices=MessageKind.choices)
    after_sequence = filters.NumberFilter(field_name="sequence", lookup_expr="gt", min_value=0, max_value=10**9)


class InteractionFilter(ApiFilterSet):
    state = WordsFilter(field_name="state", choices=InteractionState.choices)
    channel = filters.CharFilter(method="on_channel")
    customer = PersonFilter()
    started_after = filters.IsoDateTimeFilter(field_name="started_at", lookup_expr="gte")
    started_before = filters.IsoDateTimeFilter(field_name="started_at", lookup_expr="lt")

    def on_channel(self, rows: Any, name: str, value: str) -> Any:
        return rows.filter(channel_id__in=_ids(self, name, value, Channel.objects.visible_to))

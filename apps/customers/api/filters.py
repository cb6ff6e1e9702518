from typing import Any

from django_filters import rest_framework as filters

from apps.core.api.filters import ApiFilterSet, PublicIdFilter, WordsFilter
from apps.customers.enums import CustomerLevel, TagTarget
from apps.customers.models import Organization


class CustomerFilter(ApiFilterSet):
    level = WordsFilter(field_name="level", choices=CustomerLevel.choices)
    language = WordsFilter(field_name="language")
    organization = PublicIdFilter(field_name="organization", model=Organization)
    tag = WordsFilter(method="with_tag")
    created_after = filters.IsoDateTimeFilter(field_name="created", lookup_expr="gte")
    created_before = filters.IsoDateTimeFilter(field_name="created", lookup_expr="lt")

    def with_tag(self, rows: Any, name: str, value: str) -> Any:
        links = rows.model.tags.through.objects  # one door: only ids, of rows that are scoped already
        tagged = links.filter(tag__key__in=value.split(",")[:50])
        return rows.filter(pk__in=tagged.values("customer_id"))


class OrganizationFilter(ApiFilterSet):
    level = WordsFilter(field_name="level", choices=CustomerLevel.choices)


class TagFilter(ApiFilterSet):
    target = WordsFilter(field_name="target", choices=TagTarget.choices)

from django_filters import rest_framework as filters

from apps.core.api.filters import ApiFilterSet, WordsFilter
from apps.knowledge.enums import SnippetScope


class SnippetFilter(ApiFilterSet):
    scope = WordsFilter(field_name="scope", choices=SnippetScope.choices)
    shortcut = filters.CharFilter(field_name="shortcut", lookup_expr="iexact", max_length=40)

from django_filters import rest_framework as filters

from apps.core.api.filters import ApiFilterSet, WordsFilter
from apps.outsourcing.enums import ContractState


class ContractFilter(ApiFilterSet):
    state = WordsFilter(field_name="state", choices=ContractState.choices)
    vendor = filters.CharFilter(field_name="vendor__key", max_length=50)

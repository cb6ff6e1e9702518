from django_filters import rest_framework as filters

from apps.core.api.filters import ApiFilterSet, FlagFilter, WordsFilter
from apps.outsourcing.enums import ContractState, StatementState


class ContractFilter(ApiFilterSet):
    state = WordsFilter(field_name="state", choices=ContractState.choices)
    vendor = filters.CharFilter(field_name="vendor__key", max_length=50)


class VendorPersonFilter(ApiFilterSet):
    vendor = filters.CharFilter(field_name="vendor__key", max_length=50)
    is_active = FlagFilter(field_name="is_active")


class StatementFilter(ApiFilterSet):
    state = WordsFilter(field_name="state", choices=StatementState.choices)
    contract = filters.CharFilter(field_name="contract__number", max_length=40)

from django_filters import rest_framework as filters

from apps.core.api.filters import ApiFilterSet, WordsFilter


class UserFilter(ApiFilterSet):
    is_active = filters.BooleanFilter()
    role = WordsFilter(field_name="role__key")
    team = WordsFilter(field_name="groups__team__key")

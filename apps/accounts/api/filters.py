from apps.core.api.filters import ApiFilterSet, FlagFilter, WordsFilter


class UserFilter(ApiFilterSet):
    is_active = FlagFilter()
    role = WordsFilter(field_name="role__key")
    team = WordsFilter(field_name="groups__team__key")

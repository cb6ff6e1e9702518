from django_filters import rest_framework as filters

from apps.core.api.filters import ApiFilterSet, FlagFilter, WordsFilter
from apps.qa.enums import HIGHEST, LOWEST

SCORES = [(str(score), score) for score in range(LOWEST, HIGHEST + 1)]


class SurveyResponseFilter(ApiFilterSet):
    survey = WordsFilter(field_name="survey__key")
    channel = WordsFilter(field_name="channel__key")
    agent = WordsFilter(field_name="agent__username")
    team = WordsFilter(field_name="team__key")
    vendor = WordsFilter(field_name="vendor__key")
    ticket = filters.NumberFilter(field_name="ticket__number", min_value=1, max_value=10**15)
    score = WordsFilter(field_name="score", choices=SCORES)
    wants_callback = FlagFilter()
    answered_after = filters.IsoDateTimeFilter(field_name="answered_at", lookup_expr="gte")
    answered_before = filters.IsoDateTimeFilter(field_name="answered_at", lookup_expr="lt")

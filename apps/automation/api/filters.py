from apps.automation.enums import DeliveryState
from apps.core.api.filters import ApiFilterSet, WordsFilter


class DeliveryFilter(ApiFilterSet):
    state = WordsFilter(field_name="state", choices=DeliveryState.choices)
    type = WordsFilter(field_name="kind")

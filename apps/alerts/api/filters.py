from apps.alerts.enums import AlertState
from apps.core.api.filters import ApiFilterSet, WordsFilter


class AlertFilter(ApiFilterSet):
    state = WordsFilter(
        field_name="state", choices=[(state, state.label) for state in (AlertState.OPEN, AlertState.CLEARED)]
    )
    rule = WordsFilter(field_name="rule__key")
    queue = WordsFilter(field_name="queue__key")

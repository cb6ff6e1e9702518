from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CounterConfig(AppConfig):
    name = "apps.counter"
    verbose_name = _("Counter")

    def ready(self) -> None:
        from apps.channels.selectors.notices import register_notices
        from apps.counter import events, rules, sweeps  # noqa: F401 (register themselves)
        from apps.counter.selectors.unstaffed import notices
        from apps.counter.selectors.waiting import estimate
        from apps.counter.services import erasing, retention
        from apps.sla.selectors.contact_options import register_estimator
        from apps.tickets.selectors.feed import register_house_events

        register_house_events("counter.", "counter.serve")
        register_estimator("counter", estimate)
        register_notices(notices)
        erasing.register()
        retention.register()

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AlertsConfig(AppConfig):
    name = "apps.alerts"
    verbose_name = _("Alerts")

    def ready(self) -> None:
        from apps.alerts import events, sweeps  # noqa: F401 (they register themselves)
        from apps.tickets.selectors.feed import register_house_events

        register_house_events("alert.", "routing.supervise")

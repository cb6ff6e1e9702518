from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class RoutingConfig(AppConfig):
    name = "apps.routing"
    verbose_name = _("Routing")

    def ready(self) -> None:
        from apps.routing import events, rules, subscribers, sweeps  # noqa: F401 (register themselves)
        from apps.routing.selectors import lines
        from apps.tickets.selectors.feed import register_house_events

        lines.register()
        register_house_events("agent.", "routing.supervise")
        register_house_events("user.", "accounts.manage")

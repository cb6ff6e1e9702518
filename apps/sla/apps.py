from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SlaConfig(AppConfig):
    name = "apps.sla"
    verbose_name = _("Service levels")

    def ready(self) -> None:
        from apps.sla import selectors, subscribers, sweeps  # noqa: F401 (they register themselves)
        from apps.sla.selectors import lines
        from apps.tickets import standards

        standards.register_source(selectors.standard_of)
        lines.register()

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MetricsConfig(AppConfig):
    name = "apps.metrics"
    verbose_name = _("Measures")

    def ready(self) -> None:
        from apps.metrics import subscribers, sweeps  # noqa: F401 (register themselves)

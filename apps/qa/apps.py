from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class QaConfig(AppConfig):
    name = "apps.qa"
    verbose_name = _("Quality")

    def ready(self) -> None:
        from apps.qa import erasing, subscribers  # noqa: F401 (registers itself)
        from apps.qa.selectors import lines

        lines.register()
        erasing.register()

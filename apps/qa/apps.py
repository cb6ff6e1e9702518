from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class QaConfig(AppConfig):
    name = "apps.qa"
    verbose_name = _("Quality")

    def ready(self) -> None:
        from apps.qa import erasing, retention, subscribers  # noqa: F401 (subscribers register themselves)
        from apps.qa.selectors import lines

        lines.register()
        erasing.register()
        retention.register()

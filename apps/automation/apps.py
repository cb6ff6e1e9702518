from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AutomationConfig(AppConfig):
    name = "apps.automation"
    verbose_name = _("Automation")

    def ready(self) -> None:
        from apps.automation import permissions, sweeps  # noqa: F401 (register themselves)
        from apps.automation.copies import told_of_corrections
        from apps.automation.selectors import notices
        from apps.automation.services import erasing, retention
        from apps.channels.selectors.notices import register_notices
        from apps.privacy.people import register_copies

        register_notices(notices)
        register_copies(told_of_corrections)
        erasing.register()
        retention.register()

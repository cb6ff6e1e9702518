from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PrivacyConfig(AppConfig):
    name = "apps.privacy"
    verbose_name = _("Privacy")

    def ready(self) -> None:
        from apps.privacy import events, permits, rules  # noqa: F401 (register themselves)
        from apps.privacy.services import (  # noqa: F401 (they register their sweeps and sections)
            erasing,
            own_places,
            packing,
            retention,
            retention_report,
            reveal_places,
        )

        own_places.register()
        reveal_places.register()

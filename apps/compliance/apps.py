from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ComplianceConfig(AppConfig):
    name = "apps.compliance"
    verbose_name = _("Proof")

    def ready(self) -> None:
        from apps.compliance.copies import fetched_exports
        from apps.privacy.people import register_copies

        register_copies(fetched_exports)
        from apps.compliance import sweeps  # noqa: F401 (they register themselves)
        from apps.compliance.selectors import sections  # noqa: F401 (as above)
        from apps.compliance.services import breach, entries, packs  # noqa: F401 (they register their kinds of export)

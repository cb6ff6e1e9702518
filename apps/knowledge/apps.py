from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class KnowledgeConfig(AppConfig):
    name = "apps.knowledge"
    verbose_name = _("Knowledge")

    def ready(self) -> None:
        import apps.knowledge.rules  # noqa: F401 (declares the permissions)

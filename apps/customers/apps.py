from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CustomersConfig(AppConfig):
    name = "apps.customers"
    verbose_name = _("Customers")

    def ready(self) -> None:
        import apps.customers.events
        import apps.customers.rules  # noqa: F401 (declares the permissions, as events declares the events)
        from apps.customers import reveals
        from apps.customers.identities import register_own_kinds
        from apps.customers.services import erasing
        from apps.privacy.people import set_directory

        register_own_kinds()
        set_directory(erasing)
        erasing.register()
        reveals.register()

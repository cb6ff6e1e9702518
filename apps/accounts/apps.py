from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    name = "apps.accounts"
    verbose_name = _("Accounts")

    def ready(self) -> None:
        from apps.accounts import checks, sweeps  # noqa: F401 (register themselves)
        from apps.accounts.roles import ensure_roles
        from apps.accounts.rules import permissions_of
        from apps.core.permissions import set_source

        set_source(permissions_of)
        post_migrate.connect(ensure_roles, sender=self, dispatch_uid="accounts.ensure_roles")

from __future__ import annotations

from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class CoreConfig(AppConfig):
    name = "apps.core"
    label = "core"
    verbose_name = _("Core")

    def ready(self) -> None:
        from apps.core import checks, idempotency, subsystem_sweeps  # noqa: F401 (they register themselves)

        post_migrate.connect(prepare_database, sender=self, dispatch_uid="core.prepare_database")


def prepare_database(using: str, **kwargs: Any) -> None:
    """After every migrate and flush: grants, this month's partitions, a data key."""
    from django.db import connections

    from apps.core import crypto, partitions, roles

    if using != "default" or "core_auditanchor" not in connections[using].introspection.table_names():
        return
    roles.grant_application_role(using)
    partitions.ensure_partitions(using=using)
    crypto.forget_keys()
    crypto.create_data_key()

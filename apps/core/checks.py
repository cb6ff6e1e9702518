"""System checks: mistakes that would leak or lose data are refused at start."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.apps import AppConfig, apps
from django.conf import settings
from django.contrib.admin import ModelAdmin, site
from django.core import checks
from django.core.exceptions import FieldDoesNotExist, ImproperlyConfigured
from django.db import connections, models
from django.db.models.expressions import OrderBy

from apps.core import crypto, virus_scanner
from apps.core.fields import EncryptedField
from apps.core.roles import append_only_tables

HINT = "Sorting, filtering and searching are offered on clear columns only; see docs/development/core.md."


@checks.register(checks.Tags.models)
def check_orderings(*, app_configs: Sequence[AppConfig] | None = None, **kwargs: Any) -> list[checks.CheckMessage]:
    """No model is ordered by ciphertext."""
    return [
        checks.Error(f"Meta.ordering names the encrypted field {path!r}.", hint=HINT, obj=model, id="core.E010")
        for model in _models(app_configs)
        for path in _encrypted(model, model._meta.ordering or ())
    ]


@checks.register(checks.Tags.admin)
def check_admin(*, app_configs: Sequence[AppConfig] | None = None, **kwargs: Any) -> list[checks.CheckMessage]:
    """No admin searches, filters or sorts by ciphertext."""
    found: list[checks.CheckMessage] = []
    for model, model_admin in site._registry.items():
        for option, paths in _admin_paths(model_admin):
            found.extend(
                checks.Error(
                    f"{option} names the encrypted field {path!r}.", hint=HINT, obj=type(model_admin), id="core.E011"
                )
                for path in _encrypted(model, paths)
            )
    return found


@checks.register(checks.Tags.security)
def check_keys(**kwargs: Any) -> list[checks.CheckMessage]:
    """Master keys and the index key are there and of the right size."""
    try:
        crypto.master_keys()
        crypto.derived_key("check")
    except (ImproperlyConfigured, TypeError, ValueError) as error:
        return [checks.Error(str(error), hint="See docs/development/core.md, Encryption.", id="core.E012")]
    return []


@checks.register(checks.Tags.security)
def check_virus_scanner(**kwargs: Any) -> list[checks.CheckMessage]:
    """A scanner that is named can be asked."""
    try:
        virus_scanner.address()
    except ValueError as error:
        if virus_scanner.is_on():
            return [checks.Error(str(error), hint="See docs/admin/files.md.", id="core.E014")]
    return []


@checks.register(checks.Tags.database, deploy=True)
def check_roles(*, databases: Sequence[str] | None = None, **kwargs: Any) -> list[checks.CheckMessage]:
    """The application's database role cannot rewrite the audit trail."""
    if "default" not in (databases or ()) or settings.DATABASE_ROLE == "owner":
        return []
    with connections["default"].cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relname = ANY(%s) AND relkind IN ('r', 'p')"
            " AND (has_table_privilege(oid, 'UPDATE') OR has_table_privilege(oid, 'DELETE'))",
            [sorted(append_only_tables())],
        )
        writable = [row[0] for row in cursor.fetchall()]
    if not writable:
        return []
    return [
        checks.Warning(
            f"The application's database role may change append-only tables: {', '.join(writable)}.",
            hint="Give DATABASE_URL and DATABASE_OWNER_URL different roles and run migrate.",
            id="core.W013",
        )
    ]


def encrypted_in(model: type[models.Model], paths: Iterable[str]) -> list[str]:
    """Those of the lookup paths (``customer__name__icontains``) that come to an encrypted field by anything but its
    index.
    """
    return list(_encrypted(model, paths))


def _models(app_configs: Sequence[AppConfig] | None) -> list[type[models.Model]]:
    return [model for config in app_configs or apps.get_app_configs() for model in config.get_models()]


def _admin_paths(model_admin: ModelAdmin[Any]) -> Iterator[tuple[str, list[str]]]:
    yield "search_fields", [str(path).lstrip("^=@") for path in model_admin.search_fields or ()]
    yield "ordering", [path for path in model_admin.ordering or () if isinstance(path, str)]
    yield "list_filter", [path for entry in model_admin.list_filter or () if isinstance(path := _first(entry), str)]
    sortable = getattr(model_admin, "sortable_by", None)
    yield "sortable_by", [path for path in sortable or () if isinstance(path, str)]


def _first(entry: Any) -> Any:
    return entry[0] if isinstance(entry, (tuple, list)) else entry


def _encrypted(model: type[models.Model], paths: Iterable[Any]) -> Iterator[str]:
    for entry in paths:
        path = _name(entry)
        if isinstance(path, str) and _leads_to_ciphertext(model, path.lstrip("-+").split("__")):
            yield path


def _name(entry: Any) -> Any:
    """The column of ``F("x")`` and ``F("x").desc()``, or the path as it is."""
    if isinstance(entry, OrderBy):
        entry = entry.expression
    return getattr(entry, "name", None) if isinstance(entry, models.F) else entry


def _leads_to_ciphertext(model: type[models.Model], names: list[str]) -> bool:
    current: type[models.Model] | None = model
    for place, name in enumerate(names):
        if current is None:
            return False
        try:
            field = current._meta.get_field("id" if name == "pk" else name)
        except FieldDoesNotExist:
            return False
        if isinstance(field, EncryptedField):
            return not (
                (field.blind_index and names[place + 1 :] in (["exact"], ["in"])) or names[place + 1 :] == ["isnull"]
            )
        related = getattr(field, "related_model", None)
        current = related if isinstance(related, type) else None
    return False

"""Who may what, and to what: roles, people, grants of teams, contracts of vendors, and masking."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db.models import Exists, OuterRef
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import ApiToken, Role, Team, TotpFactor, User
from apps.accounts.rules import HOUSE_ONLY
from apps.core.evidence import Exact, Period, Section, register_section
from apps.core.permissions import all_permissions
from apps.outsourcing.models import Contract
from apps.outsourcing.selectors.contracts import KINDS
from apps.privacy.enums import FieldClass, Mode
from apps.privacy.models import LensPolicy

Row = tuple[object, ...]


def roles(period: Period) -> Iterator[Row]:
    """What each role gives; of what is the house's alone, nothing to people of vendors."""
    for role in Role.objects.order_by("key"):
        for code in sorted(set(role.permissions) & set(all_permissions())):
            given = not (role.is_outsourced and code in HOUSE_ONLY)
            yield Exact(role.key), role.is_outsourced, Exact(code), str(all_permissions()[code]), given


def people(period: Period) -> Iterator[Row]:
    rows = User.objects.select_related("role", "vendor").prefetch_related("groups").order_by("username")
    for user in rows.annotate(has_second=Exists(TotpFactor.objects.filter(user=OuterRef("pk")))):
        yield (
            user.pk,
            Exact(user.username),
            Exact(user.role.key if user.role else ""),
            Exact(user.vendor.key if user.vendor else ""),
            user.is_active,
            user.has_second,
            user.last_login,
            ", ".join(sorted(group.name for group in user.groups.all())),
        )


def grants(period: Period) -> Iterator[Row]:
    """Which queues, channels and categories each team works."""
    teams = {team.group_id: team for team in Team.objects.select_related("vendor").order_by("key")}
    for kind in KINDS:
        manager: Any = kind.grants._default_manager
        granted = manager.filter(permission__codename=kind.codename, group__in=teams).select_related("content_object")
        for row in granted.order_by("group_id", "content_object_id"):
            team = teams[row.group_id]
            yield (
                Exact(team.key),
                Exact(team.vendor.key if team.vendor else ""),
                str(kind.label),
                Exact(row.content_object.key),
            )


def contracts(period: Period) -> Iterator[Row]:
    for row in Contract.objects.whole().order_by("number"):
        yield (
            Exact(row.number),
            Exact(row.vendor.key),
            row.get_state_display(),
            row.starts_on,
            row.ends_on,
            ", ".join(queue.key for queue in row.queues.all()),
            ", ".join(channel.key for channel in row.channels.all()),
            "*" if row.covers_all_categories else ", ".join(category.key for category in row.categories.all()),
            row.purpose,
            ", ".join(str(FieldClass(kind).label) for kind in row.data_categories),
            row.get_afterwards_display(),
        )


def masking(period: Period) -> Iterator[Row]:
    """Each role and class, also where the safe default holds."""
    chosen = {(row.role_id, row.field_class): row.get_mode_display() for row in LensPolicy.objects.all()}
    for role in Role.objects.order_by("key"):
        default = Mode.MASKED.label if role.is_outsourced else Mode.RAW.label
        for field_class in FieldClass:
            mode = chosen.get((role.pk, field_class.value))
            yield Exact(role.key), str(field_class.label), str(mode or default), mode is not None


def tokens(period: Period) -> Iterator[Row]:
    for row in ApiToken.objects.select_related("user").order_by("pk"):
        scopes = Exact(", ".join(row.scopes))
        yield row.pk, Exact(row.user.username), scopes, row.created, row.expires, row.revoked, row.last_used


register_section(
    Section(
        "roles", _("Roles and permissions"), (_("role"), _("outsourced"), _("code"), _("permission"), _("given")), roles
    )
)
register_section(
    Section(
        "people",
        _("People"),
        (
            _("number"),
            _("user"),
            _("role"),
            _("vendor"),
            _("active"),
            _("second factor"),
            _("last sign-in"),
            _("groups"),
        ),
        people,
    )
)
register_section(Section("grants", _("Grants of teams"), (_("team"), _("vendor"), _("kind"), _("key")), grants))
register_section(
    Section(
        "contracts",
        _("Vendors and contracts"),
        (
            _("number"), _("vendor"), _("state"), _("first day"), _("last day"), _("queues"), _("channels"), _("categories"),
            _("purpose of the processing"), _("kinds of personal data"), _("data at the end"),
        ),
        contracts,
    )
)  # fmt: skip
register_section(Section("masking", _("Masking"), (_("role"), _("class"), _("shown"), _("chosen")), masking))
register_section(
    Section(
        "tokens",
        _("API tokens"),
        (_("number"), _("user"), _("scopes"), _("created"), _("expires"), _("revoked"), _("last used")),
        tokens,
    )
)

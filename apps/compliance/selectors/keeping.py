"""How long rows of a model are kept: classes of retention and the rules in force."""

from __future__ import annotations

from collections import defaultdict

from django.utils.translation import gettext as _

from apps.compliance.declared import DISPOSED_WITH, ENDS_BY_ITSELF
from apps.privacy.models import RetentionRule
from apps.privacy.retention import DataClass, all_classes, class_of


class Keeping:
    """Reads the rules once."""

    def __init__(self) -> None:
        self._rules = defaultdict[str, list[RetentionRule]](list)
        for rule in RetentionRule.objects.filter(is_active=True).order_by("data_class", "id"):
            self._rules[rule.data_class].append(rule)
        self._classes = defaultdict[str, list[DataClass]](list)
        for found in all_classes():
            self._classes[found.rows().model._meta.label].append(found)

    def of(self, label: str) -> str:
        found = self._classes.get(label, [])
        other = class_of(DISPOSED_WITH.get(label, ""))
        told = [self._said(each) for each in ([*found, other] if other else found)]
        if label in ENDS_BY_ITSELF:
            told.append(str(ENDS_BY_ITSELF[label]))
        return "; ".join(told) or _("with its record")

    def _said(self, found: DataClass) -> str:
        """The days of each rule, or that there is none."""
        rules = self._rules.get(found.key, [])
        if not rules:
            return _("%(data)s: no rule, kept") % {"data": found.label}
        days = ", ".join(
            _("%(days)d days after %(clock)s") % {"days": rule.days, "clock": found.clock(rule.clock).label}
            for rule in rules
        )
        return f"{found.label}: {days}"

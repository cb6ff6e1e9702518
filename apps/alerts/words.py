"""Alerts as sentences, in the reader's language."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.alerts.enums import MATTERS, STATES, Comparison, Measure, Step
from apps.alerts.models import Alert, AlertRule
from apps.core.words import clock_words
from apps.outsourcing.selectors.outlooks import term_name


def place_of(alert: Alert) -> str:
    """Of a vendor's floor with its name, for those of the house who see several."""
    if alert.rule.measure in MATTERS:
        return " · ".join(_matter(alert))
    place, vendor = alert.queue or alert.channel, alert.rule.vendor
    name = "" if place is None else str(place.name)
    return name if vendor is None else _("%(queue)s (%(vendor)s)") % {"queue": name, "vendor": vendor.name}


def _matter(alert: Alert) -> list[str]:
    """Company and contract first, then what of it."""
    parts = [alert.contract.vendor.name, alert.contract.number] if alert.contract else []
    if alert.term:
        parts.append(term_name(alert.term))
    return [*(str(part) for part in (*parts, alert.person, alert.skill and alert.skill.name) if part)]


def sentence(alert: Alert, figure: int | None) -> str:
    """What is the matter, with the figure and its limit: "Care: 12 tickets wait (more than 10)"."""
    rule = alert.rule
    if rule.measure == Measure.CHANNEL:
        return _("%(where)s is stuck") % {"where": place_of(alert)}
    if rule.measure in MATTERS:
        return _("%(where)s: %(said)s") % {"where": place_of(alert), "said": _of_matter(rule, figure or 0)}
    if figure is None:
        return _("%(where)s: nothing to measure any more") % {"where": place_of(alert)}
    said = _said(rule, figure)
    return _("%(where)s: %(said)s (%(limit)s)") % {"where": place_of(alert), "said": said, "limit": limit_words(rule)}


def _said(rule: AlertRule, figure: int) -> str:
    match rule.measure:
        case Measure.WAITING:
            return ngettext("%(count)d ticket waits", "%(count)d tickets wait", figure) % {"count": figure}
        case Measure.OLDEST_WAIT:
            return _("the longest wait is %(time)s") % {"time": clock_words(figure)}
        case Measure.SERVICE_LEVEL:
            return _("service level at %(percent)d %%") % {"percent": figure}
        case Measure.FREE_AGENTS:
            return ngettext("%(count)d free agent", "%(count)d free agents", figure) % {"count": figure}
        case _:
            return ngettext("%(count)d promise about to break", "%(count)d promises about to break", figure) % {
                "count": figure
            }


def _of_matter(rule: AlertRule, figure: int) -> str:
    match rule.measure:
        case Measure.TERM_AT_RISK:
            return _("at risk this month")
        case Measure.TERM_MISSED:
            return _("out of reach this month")
        case Measure.QUALITY:
            return _("fewer satisfied customers than agreed")
        case Measure.CERTIFICATE:
            return _("the certificate runs out soon")
        case Measure.CONTRACT_ENDS:
            return ngettext("%(count)d day until the end", "%(count)d days until the end", figure) % {"count": figure}
        case _:
            words = ngettext("%(count)d masked value shown in a day", "%(count)d masked values shown in a day", figure)
            return words % {"count": figure}


def limit_words(rule: AlertRule) -> str:
    if rule.measure in STATES:
        return "–"
    value = clock_words(rule.limit) if rule.measure == Measure.OLDEST_WAIT else f"{rule.limit}"
    value = f"{value} %" if rule.measure == Measure.SERVICE_LEVEL else value
    text = _("more than %(value)s") if rule.comparison == Comparison.ABOVE else _("less than %(value)s")
    return text % {"value": value}


def news_line(alert: Alert, step: str, figure: int | None) -> str:
    """One change, for a toast, a subject or a line of a mail."""
    if step == Step.CLEARED:
        return _("Over: %(name)s, %(where)s") % {"name": alert.rule, "where": place_of(alert)}
    return _("Alert: %(words)s") % {"words": sentence(alert, figure)}

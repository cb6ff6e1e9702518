"""Hours as text fields, and what an import asks for."""

from __future__ import annotations

from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.dates import WEEKDAYS
from django.utils.text import capfirst
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminFileFieldWidget,
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from apps.core.admin.base import ModelForm
from apps.core.fields.translated import TranslatedTextWidget
from apps.sla.models import Calendar, CalendarDay, ChannelPolicy
from apps.sla.selectors import YEARS
from apps.sla.services.calendars import HOW_TO_WRITE_HOURS, tidy_hours
from apps.sla.services.policies import CHANGEABLE, missing_for_offer
from apps.sla.sources import icalendar_file, mainland, regions
from apps.sla.timetable import UnreadableHours
from apps.tickets.errors import ContentRefused
from apps.tickets.services.content import require_texts_allowed

WEEK_FIELDS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


class HoursField(forms.CharField):
    widget = UnfoldAdminTextInputWidget

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"required": False, "max_length": 200, **kwargs})

    def clean(self, value: Any) -> str:
        try:
            return tidy_hours(super().clean(value))
        except UnreadableHours:
            raise forms.ValidationError(HOW_TO_WRITE_HOURS) from None


def time_zone_choices() -> list[tuple[str, str]]:
    return [(zone, zone) for zone in sorted(available_timezones())]


class CalendarForm(ModelForm[Calendar]):
    time_zone = forms.ChoiceField(
        label=capfirst(_("time zone")), choices=time_zone_choices, widget=UnfoldAdminSelectWidget
    )
    monday = HoursField(label=WEEKDAYS[0], help_text=HOW_TO_WRITE_HOURS)
    tuesday = HoursField(label=WEEKDAYS[1])
    wednesday = HoursField(label=WEEKDAYS[2])
    thursday = HoursField(label=WEEKDAYS[3])
    friday = HoursField(label=WEEKDAYS[4])
    saturday = HoursField(label=WEEKDAYS[5])
    sunday = HoursField(label=WEEKDAYS[6], help_text=_("An empty day is closed."))

    class Meta:
        model = Calendar
        fields = ("key", "name", "time_zone", "is_active")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.initial.update(zip(WEEK_FIELDS, self.instance.week, strict=True))

    def clean_is_active(self) -> bool:
        is_active: bool = self.cleaned_data["is_active"]
        if self.instance.is_default and not is_active:
            raise forms.ValidationError(_("The default calendar cannot be switched off."))
        return is_active


class CalendarDayForm(ModelForm[CalendarDay]):
    hours = HoursField(label=capfirst(_("hours")), help_text=HOW_TO_WRITE_HOURS)

    class Meta:
        model = CalendarDay
        fields = ("calendar", "date", "kind", "name", "hours")

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        kind, hours = values.get("kind"), values.get("hours", "")
        if kind == "holiday" and hours:
            self.add_error("hours", _("A closed day has no hours. For a shorter day choose other hours."))
        if kind == "hours" and not hours and "hours" not in self.errors:
            self.add_error("hours", _("Write the hours of this day."))
        return values


def source_choices() -> list[tuple[str, Any]]:
    return [
        (mainland.SOURCE, _("Mainland China, with make-up working days")),
        (icalendar_file.SOURCE, _("An iCalendar file")),
        *regions.regions(get_language() or "en"),
    ]


class ImportForm(forms.Form):
    year = forms.IntegerField(
        label=_("Year"), min_value=YEARS.start, max_value=YEARS.stop - 1, widget=UnfoldAdminIntegerFieldWidget
    )
    source = forms.ChoiceField(label=_("Holidays of"), choices=source_choices, widget=UnfoldAdminSelectWidget)
    file = forms.FileField(
        label=_("iCalendar file (.ics)"), required=False, allow_empty_file=True, widget=UnfoldAdminFileFieldWidget
    )

    def clean_file(self) -> UploadedFile[Any] | None:
        file: UploadedFile[Any] | None = self.cleaned_data["file"]
        if file is not None and (file.size or 0) > icalendar_file.MAX_BYTES:
            raise forms.ValidationError(_("The file is too large."))
        return file

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        if values.get("source") == icalendar_file.SOURCE and not values.get("file") and "file" not in self.errors:
            self.add_error("file", _("Choose a file."))
        return values


class ChannelPolicyForm(ModelForm[ChannelPolicy]):
    class Meta:
        model = ChannelPolicy
        fields = ("channel", *CHANGEABLE)
        widgets = {
            "out_of_hours_text": TranslatedTextWidget(base=UnfoldAdminTextareaWidget),
            "contact_how": TranslatedTextWidget(base=UnfoldAdminTextareaWidget),
        }

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        if values.get("is_offered"):
            given = (values.get("contact_label"), values.get("contact_how"), values.get("contact_link", ""))
            for name, messages in missing_for_offer(*given).items():
                self.add_error(name, messages)
        channel = values.get("channel") or (self.instance.channel if self.instance.pk else None)
        text = values.get("out_of_hours_text")
        if channel is not None and text:
            try:
                require_texts_allowed(channel, dict(text))
            except ContentRefused as error:
                self.add_error("out_of_hours_text", error.told())
        return values

"""What managers type about rules, and about trying them out."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.forms.models import BaseInlineFormSet
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from apps.channels.models import Channel
from apps.core.actor import Actor
from apps.core.admin.base import ModelForm
from apps.customers.enums import CustomerLevel
from apps.routing.enums import NARROW, Destination, Overflow, Sentiment, Strategy, Weekday
from apps.routing.models import OverflowRow, RoutingQueue, RoutingRule
from apps.tickets.enums import Priority, WorkKind
from apps.tickets.models import Category, Queue, Ticket

MOST_WORDS: Final = 50
LONGEST_WORD: Final = 40
MOST_LATEST: Final = 200
LANGUAGE = RegexValidator(r"^[a-z]{2,3}(-[a-z]{2,4})?$", gettext_lazy("A language is written like zh-hans, en or ja."))


class WordsField(forms.Field):
    """Several words in one line, with commas of either writing between them."""

    widget = UnfoldAdminTextInputWidget

    def __init__(self, *args: Any, each: tuple[Any, ...] = (), **kwargs: Any) -> None:
        super().__init__(*args, required=False, **kwargs)
        self.each = each

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(value) if isinstance(value, (list, tuple)) else value

    def to_python(self, value: Any) -> list[str]:
        parts = re.split(r"[,，、;；\n]", str(self.prepare_value(value) or ""))
        return list(dict.fromkeys(word for part in parts if (word := part.strip())))

    def validate(self, value: list[str]) -> None:
        if len(value) > MOST_WORDS:
            raise ValidationError(_("At most %(limit_value)d words.") % {"limit_value": MOST_WORDS})
        for word in value:
            if len(word) > LONGEST_WORD or "\0" in word:
                raise ValidationError(
                    _("A word has at most %(limit_value)d characters.") % {"limit_value": LONGEST_WORD}
                )
            for validator in self.each:
                validator(word)

    def has_changed(self, initial: Any, data: Any) -> bool:
        return self.to_python(initial) != self.to_python(data)


class ChosenField(forms.TypedMultipleChoiceField):
    def __init__(self, label: Any, choices: Iterable[tuple[Any, Any]], **kwargs: Any) -> None:
        widget = UnfoldAdminCheckboxSelectMultipleWidget
        super().__init__(label=capfirst(label), choices=list(choices), required=False, widget=widget, **kwargs)


class RoutingQueueForm(ModelForm[RoutingQueue]):
    class Meta:
        model = RoutingQueue
        fields = "__all__"

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        if values.get("senior_from") is not None and not values.get("senior_team"):
            self.add_error("senior_team", _("Say which team the senior people are."))
        return values


class OverflowForm(ModelForm[OverflowRow]):
    """What a step does not speak of is left out, so that no sentence hides a queue or a team."""

    NEEDS: Final = {Overflow.ADD_QUEUE.value: "queue", Overflow.ADD_TEAM.value: "team"}

    class Meta:
        model = OverflowRow
        fields = ("after", "change", "skill", "queue", "team")

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        needed = self.NEEDS.get(values.get("change", ""))
        for name in self.NEEDS.values():
            if name != needed:
                values[name] = None
            elif not values.get(name) and name not in self.errors:
                self.add_error(name, _("Say which."))
        return values


class ShareFormSet(BaseInlineFormSet):  # type: ignore[type-arg]  # not generic when it runs
    def clean(self) -> None:
        super().clean()
        if any(self.errors):
            return
        kept = [form.cleaned_data for form in self.forms if form.cleaned_data and not form.cleaned_data.get("DELETE")]
        if self.instance.strategy == Strategy.PERCENTAGE_SPLIT and not kept:
            raise ValidationError(_("Say whose the shares are, or choose in another way."))
        parties = [(values.get("team"), values.get("vendor")) for values in kept]
        if len(set(parties)) < len(parties):
            raise ValidationError(_("Each party has one share."))


class RoutingRuleForm(ModelForm[RoutingRule]):
    kinds = ChosenField(gettext_lazy("kinds of work"), WorkKind.choices)
    priorities = ChosenField(gettext_lazy("priorities"), Priority.choices, coerce=int)
    sentiments = ChosenField(gettext_lazy("moods"), Sentiment.choices)
    weekdays = ChosenField(gettext_lazy("days of the week"), Weekday.choices, coerce=int)
    keywords = WordsField(
        label=gettext_lazy("Words"),
        help_text=gettext_lazy(
            "With commas. One of them in the subject or in what the customer wrote; never in personal data."
        ),
    )
    languages = WordsField(
        label=gettext_lazy("Languages"), help_text=gettext_lazy("With commas: zh-hans, en."), each=(LANGUAGE,)
    )
    intents = WordsField(label=gettext_lazy("Intents"), help_text=gettext_lazy("With commas."))

    class Meta:
        model = RoutingRule
        fields = (
            "routing", "name", "is_active",
            "channels", "kinds", "categories", "keywords", "languages", "priorities", "customer_level", "intents",
            "sentiments", "time_used_from", "weekdays", "from_time", "to_time",
            "goes_to", "team", "vendor", "widens_after", "add_priority", "skill", "level",
        )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        self._check_times(values)
        self._check_destination(values)
        if not (values.get("goes_to") or values.get("add_priority") or values.get("skill")) and not self.errors:
            self.add_error("goes_to", _("Say what the rule does: where it goes, how urgent it is, or what it needs."))
        return values

    def _check_times(self, values: dict[str, Any]) -> None:
        begins, ends = values.get("from_time"), values.get("to_time")
        if begins is not None and ends is None and "to_time" not in self.errors:
            self.add_error("to_time", _("Say until when."))
        elif ends is not None and begins is None and "from_time" not in self.errors:
            self.add_error("from_time", _("Say from when."))
        elif begins is not None and begins == ends:
            self.add_error("to_time", _("Nothing lies between these times."))

    def _check_destination(self, values: dict[str, Any]) -> None:
        goes_to, routing = values.get("goes_to", ""), values.get("routing")
        for name in (Destination.TEAM.value, Destination.VENDOR.value):
            if goes_to != name:
                values[name] = None
            elif not values.get(name) and name not in self.errors:
                self.add_error(name, _("Say which."))
        if goes_to == Destination.SENIORS and routing is not None and routing.senior_team_id is None:
            self.add_error("goes_to", _("Say in the routing of the queue first which team the senior people are."))
        if values.get("widens_after") is not None and goes_to not in NARROW:
            self.add_error("widens_after", _("Only for senior people, a team or one vendor: others are asked already."))


class TrialForm(forms.Form):
    """A ticket that there is, or an example; who is there; and how many of the latest tickets a draft is tried on."""

    PEOPLE: Final = (("free", gettext_lazy("as if all were there and free")), ("now", gettext_lazy("who is there now")))
    prefix = "trial"

    ticket = forms.IntegerField(
        label=gettext_lazy("Ticket (number)"),
        min_value=1,
        max_value=2**62,
        required=False,
        widget=UnfoldAdminIntegerFieldWidget,
    )
    queue = forms.ModelChoiceField(
        Queue.objects.none(), label=gettext_lazy("or an example: queue"), required=False, widget=UnfoldAdminSelectWidget
    )
    channel = forms.ModelChoiceField(
        Channel.objects.none(), label=gettext_lazy("channel"), required=False, widget=UnfoldAdminSelectWidget
    )
    category = forms.ModelChoiceField(
        Category.objects.none(), label=gettext_lazy("category"), required=False, widget=UnfoldAdminSelectWidget
    )
    priority = forms.TypedChoiceField(
        label=gettext_lazy("priority"),
        choices=Priority.choices,
        coerce=int,
        initial=Priority.NORMAL,
        empty_value=None,
        required=False,
        widget=UnfoldAdminSelectWidget,
    )
    level = forms.ChoiceField(
        label=gettext_lazy("level of the customer"),
        choices=CustomerLevel.choices,
        initial=CustomerLevel.STANDARD,
        required=False,
        widget=UnfoldAdminSelectWidget,
    )
    language = forms.CharField(
        label=gettext_lazy("language"),
        max_length=10,
        required=False,
        validators=[LANGUAGE],
        widget=UnfoldAdminTextInputWidget,
    )
    text = forms.CharField(
        label=gettext_lazy("what the customer wrote"),
        max_length=2000,
        required=False,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 2}),
    )
    time_used = forms.IntegerField(
        label=gettext_lazy("promised time used up (%)"),
        min_value=0,
        max_value=100,
        initial=0,
        required=False,
        widget=UnfoldAdminIntegerFieldWidget,
    )
    waited = forms.IntegerField(
        label=gettext_lazy("after waiting (seconds)"),
        min_value=0,
        max_value=7 * 24 * 60 * 60,
        initial=0,
        required=False,
        widget=UnfoldAdminIntegerFieldWidget,
    )
    people = forms.ChoiceField(
        label=gettext_lazy("people"), choices=PEOPLE, initial="free", required=False, widget=UnfoldAdminSelectWidget
    )
    latest = forms.IntegerField(
        label=gettext_lazy("latest tickets to compare"),
        min_value=0,
        max_value=MOST_LATEST,
        initial=50,
        required=False,
        widget=UnfoldAdminIntegerFieldWidget,
    )
    draft = forms.ModelMultipleChoiceField(
        RoutingRule.objects.none(),
        label=gettext_lazy("Draft: only these rules of their queue in force"),
        required=False,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
    )

    def __init__(self, *args: Any, actor: Actor, has_draft: bool = False, **kwargs: Any) -> None:
        """With `has_draft` the draft is what somebody types elsewhere."""
        super().__init__(*args, **kwargs)
        self.actor = actor
        self._offer("queue", Queue.objects.visible_to(actor).filter(is_active=True))
        self._offer("channel", Channel.objects.visible_to(actor))
        self._offer("category", Category.objects.visible_to(actor))
        self._offer("draft", RoutingRule.objects.visible_to(actor).select_related("routing__queue"))
        if has_draft:
            del self.fields["draft"]

    def _offer(self, name: str, rows: Any) -> None:
        self.fields[name].queryset = rows  # type: ignore[attr-defined]  # each is a choice of rows

    def clean_ticket(self) -> Ticket | None:
        number: int | None = self.cleaned_data["ticket"]
        if number is None:
            return None
        ticket = Ticket.objects.visible_to(self.actor).by_number(number).select_related("customer").first()
        if ticket is None:
            raise ValidationError(_("There is no such ticket."))
        return ticket

    def clean_latest(self) -> int:
        """Nothing said is what the field shows at first."""
        said: int | None = self.cleaned_data["latest"]
        return self.fields["latest"].initial if said is None else said

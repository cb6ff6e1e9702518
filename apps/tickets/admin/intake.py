from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextareaWidget

from apps.core.admin.base import ModelForm, StaffAdmin
from apps.core.fields.translated import TranslatedTextWidget
from apps.tickets.admin.vocabulary import RequiredOnResolve
from apps.tickets.errors import ContentRefused
from apps.tickets.models import ContentRule, IntakeRule
from apps.tickets.services.content import require_texts_allowed, words_of


class IntakeRuleForm(ModelForm[IntakeRule]):
    required_on_resolve = RequiredOnResolve()

    class Meta:
        model = IntakeRule
        fields = (
            "channel",
            "queue",
            "category",
            "team",
            "teams",
            "tags",
            "priority",
            "type",
            "reopen_days",
            "new_per_minute",
            "acknowledge",
            "acknowledgement",
            "required_on_resolve",
        )
        widgets = {"acknowledgement": TranslatedTextWidget(base=UnfoldAdminTextareaWidget)}

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        team, teams = values.get("team"), values.get("teams")
        if team is not None and teams and team not in teams:
            self.add_error("team", _("This team is not among the allowed ones."))
        channel = values.get("channel") or (self.instance.channel if self.instance.pk else None)
        if channel is not None and values.get("acknowledgement"):
            try:
                require_texts_allowed(channel, dict(values["acknowledgement"]))
            except ContentRefused as error:
                self.add_error("acknowledgement", error.told())
        return values


@admin.register(IntakeRule)
class IntakeRuleAdmin(StaffAdmin[IntakeRule]):
    """What a channel leads to. Without a rule its input waits in the inbox."""

    view_code = change_code = "channels.configure"
    form = IntakeRuleForm
    list_display = ("channel", "queue", "category", "team", "priority", "type", "acknowledge")
    list_filter = ("queue", "acknowledge")
    list_select_related = ("channel", "queue", "category", "team")
    autocomplete_fields = ("channel", "queue", "category", "team", "teams", "tags")
    ordering = ("channel__key",)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("channel",) if obj is not None else ()


class ContentRuleForm(ModelForm[ContentRule]):
    class Meta:
        model = ContentRule
        fields = (
            "channel",
            "forbidden_words",
            "words_breach",
            "link_policy",
            "link_domains",
            "links_breach",
            "personal_data",
        )

    def clean_forbidden_words(self) -> str:
        """A word whose advice is itself forbidden could never be put right."""
        lines: str = self.cleaned_data["forbidden_words"]
        words = dict(words_of(lines))
        for word, instead in words.items():
            if instead.casefold() in (other.casefold() for other in words):
                raise forms.ValidationError(
                    _("“%(word)s” is to be replaced by a word that is forbidden itself."), params={"word": word}
                )
        return lines

    def clean_link_domains(self) -> list[str]:
        domains = [domain.strip().casefold().removeprefix("*.") for domain in self.cleaned_data["link_domains"] or ()]
        for domain in domains:
            if "/" in domain or "." not in domain:
                raise forms.ValidationError(_("“%(domain)s” is not a domain."), params={"domain": domain})
        return domains


@admin.register(ContentRule)
class ContentRuleAdmin(StaffAdmin[ContentRule]):
    """What may be said on a channel. Asked before anything of ours is sent, and when automatic texts are saved."""

    view_code = change_code = "channels.configure"
    may_delete = True
    form = ContentRuleForm
    list_display = ("channel", "words_breach", "link_policy", "links_breach", "personal_data")
    list_filter = ("link_policy", "personal_data")
    list_select_related = ("channel",)
    autocomplete_fields = ("channel",)
    ordering = ("channel__key",)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("channel",) if obj is not None else ()

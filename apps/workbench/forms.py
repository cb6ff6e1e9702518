"""What the desk's dialogs ask for. Services check again; forms only shape."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from django import forms
from django.conf import settings
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Team
from apps.channels.models import Channel
from apps.core.actor import Actor
from apps.core.errors import InvalidInput
from apps.core.richtext import text_to_html
from apps.core.words import in_order
from apps.customers.enums import CustomerLevel, ProofMethod, TagTarget
from apps.customers.identities import all_kinds
from apps.customers.models import Tag
from apps.knowledge.enums import SnippetScope
from apps.livechat.enums import Afterwards
from apps.routing.selectors.floor import StateRow, state_choices
from apps.tickets.enums import ContactKind, DecisionKind, Priority, Relation, Status, ViewScope
from apps.tickets.models import SavedView
from apps.tickets.selectors import choices
from apps.tickets.selectors.detail import Recipient, TicketPage
from apps.tickets.selectors.proving import ProofChoices

MAX_NUMBER = 2**63 - 1
LOCAL_TIME = "%Y-%m-%dT%H:%M"
NOTHING = [("", _("None"))]


def set_choices(form: forms.Form, name: str, offered: list[Any]) -> None:
    field = form.fields[name]
    if not isinstance(field, forms.ChoiceField):
        raise TypeError(f"{name} offers no choices")
    field.choices = offered


class ResolutionForm(forms.Form):
    """The wrap-up. Which parts must be there is set for channel and category."""

    category = forms.ChoiceField(label=_("Category"), required=False)
    tags = forms.MultipleChoiceField(label=_("Tags"), required=False, widget=forms.CheckboxSelectMultiple)
    outcome = forms.ChoiceField(
        label=_("Outcome"),
        required=False,
        choices=[("yes", _("Solved")), ("no", _("Not solved"))],
        widget=forms.RadioSelect,
    )
    summary = forms.CharField(
        label=_("Summary"),
        required=False,
        max_length=10_000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("What it was and what was done. Only colleagues read it."),
    )

    def __init__(self, *args: Any, actor: Actor, page: TicketPage, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.order_fields(["outcome", "category", "summary", "tags"])
        set_choices(
            self, "category", [("", _("None")), *((row.id, row.path_label) for row in choices.categories(actor))]
        )
        set_choices(self, "tags", [(tag.id, tag.label) for tag in choices.tags(actor)])
        for name in page.required_on_resolve:
            if name in self.fields:
                self.fields[name].required = True
        missing = next(
            (name for name, field in self.fields.items() if field.required and not self.initial.get(name)), ""
        )
        if missing:  # else the button that resolves has the focus
            self.fields[missing].widget.attrs["autofocus"] = True

    @property
    def is_solved(self) -> bool | None:
        return {"yes": True, "no": False}.get(self.cleaned_data["outcome"])


class ChatEndForm(ResolutionForm):
    """The end of a chat: what becomes of its ticket, and the wrap-up. What must be there is asked only to resolve it."""

    then = forms.ChoiceField(
        label=_("What happens next"), choices=Afterwards.choices, required=False, widget=forms.RadioSelect
    )
    email = forms.EmailField(
        label=_("E-mail address"),
        required=False,
        help_text=_("Only to continue by mail. None is known yet; it is kept with the customer."),
    )

    def __init__(self, *args: Any, actor: Actor, page: TicketPage, **kwargs: Any) -> None:
        super().__init__(*args, actor=actor, page=page, **kwargs)
        self.order_fields(["then", "email", "outcome", "category", "summary", "tags"])
        for name in page.required_on_resolve:
            if name in self.fields:
                self.fields[name].required = False
                self.fields[name].label = _("%(field)s (needed to resolve)") % {"field": self.fields[name].label}
        set_choices(self, "then", [choice for choice in Afterwards.choices if self._may(choice[0], page)])
        if mail_recipients(page):
            del self.fields["email"]

    @staticmethod
    def _may(value: str, page: TicketPage) -> bool:
        return value != Afterwards.RESOLVE or page.may.resolve

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        cleaned["then"] = Afterwards(cleaned.get("then") or Afterwards.KEEP)
        if cleaned["then"] is Afterwards.MAIL and "email" in self.fields and not cleaned.get("email"):
            self.add_error("email", _("Enter where the mail shall go."))
        return cleaned


class TranscriptForm(forms.Form):
    """To somebody of the conversation, or to an address that is typed by who sees addresses as they are."""

    to = forms.ChoiceField(label=_("To"), required=False, widget=forms.RadioSelect)
    email = forms.EmailField(label=_("Another e-mail address"), required=False)

    def __init__(self, *args: Any, page: TicketPage, may_type: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = [(person.token, person.label) for person in mail_recipients(page)]
        set_choices(self, "to", known)
        if known:
            self.fields["to"].initial = known[0][0]
        else:
            del self.fields["to"]
        if not may_type:
            del self.fields["email"]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        cleaned["address"] = cleaned.get("email") or cleaned.get("to")
        if not cleaned["address"] and not self.errors:
            self.add_error(None, _("Enter where the mail shall go."))
        return cleaned


def mail_recipients(page: TicketPage) -> list[Recipient]:
    """Whom the ticket can be answered by mail, as the viewer may see them."""
    by_mail = [route for route in page.composer.routes if route.has_copies and not route.refusal]
    return list(dict.fromkeys(person for route in by_mail for person in (*route.to, *route.known)))


class MergeForm(forms.Form):
    into = forms.IntegerField(label=_("Ticket number"), required=False, min_value=1)
    pick = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        cleaned["number"] = cleaned.get("into") or cleaned.get("pick")
        if not cleaned["number"] and not self.errors:
            self.add_error("into", _("Enter a number or choose a ticket."))
        return cleaned


class LinkForm(forms.Form):
    """How the ticket stands to which other one: chosen among what was found, or named by its number."""

    RELATIONS = (Relation.RELATED, Relation.DUPLICATE, Relation.PARENT, Relation.CHILD)

    relation = forms.ChoiceField(
        label=_("This ticket"),
        choices=[(each.value, each.label) for each in RELATIONS],
        initial=Relation.RELATED.value,
    )
    q = forms.CharField(label=_("Number or words"), required=False, max_length=200)
    other = forms.IntegerField(required=False, min_value=1, max_value=MAX_NUMBER)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        typed = str(cleaned.get("q") or "").strip().removeprefix("#")
        is_number = typed.isascii() and typed.isdecimal() and len(typed) < len(str(MAX_NUMBER))
        cleaned["number"] = cleaned.get("other") or (int(typed) if is_number else None)
        if not cleaned["number"] and not self.errors:
            self.add_error("q", _("Enter a number or choose a ticket."))
        return cleaned


class ForwardForm(forms.Form):
    to = forms.EmailField(label=_("To"))
    cc = forms.EmailField(label=_("CC"), required=False)
    html = forms.CharField(
        label=_("Message"), required=False, max_length=50_000, widget=forms.Textarea(attrs={"rows": 4})
    )
    confirmed = forms.BooleanField(label=_("Send anyway"), required=False, widget=forms.HiddenInput)
    client_id = forms.CharField(widget=forms.HiddenInput, max_length=64)

    def ask_to_confirm(self, reasons: str) -> None:
        """Offers what the channel's rule leaves to the writer."""
        self.add_error(None, reasons)
        self.fields["confirmed"].widget = forms.CheckboxInput()


class ContactForm(forms.Form):
    """A call or a visit on a ticket that is there: what it was, when, with whom, and what was said."""

    kind = forms.ChoiceField(label=_("Kind of contact"), choices=ContactKind.choices)
    channel = forms.ChoiceField(label=_("Channel"))
    at = forms.DateTimeField(
        label=_("When"), widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format=LOCAL_TIME)
    )
    name = forms.CharField(label=_("Spoken with"), required=False, max_length=120)
    text = forms.CharField(label=_("Summary"), max_length=50_000, widget=forms.Textarea(attrs={"rows": 5}))
    client_id = forms.CharField(widget=forms.HiddenInput, max_length=64)

    def __init__(self, *args: Any, actor: Actor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        by_hand = choices.channels_by_hand(actor)
        self.channels = {str(row.id): row.id for row in by_hand}
        set_choices(self, "channel", [(str(row.id), row.label) for row in by_hand])
        self.fields["at"].initial = timezone.localtime().strftime(LOCAL_TIME)

    def as_values(self, masked_name: str) -> dict[str, Any]:
        data = self.cleaned_data
        return {
            "channel": Channel.objects.get(pk=self.channels[data["channel"]]),
            "kind": data["kind"],
            "at": data["at"],
            "sender_name": "" if data["name"] == masked_name else data["name"],
            "html": text_to_html(data["text"]),
            "client_id": data["client_id"],
        }


class WholeTextInput(forms.TextInput):
    """Takes what is pasted whole: a browser cuts at `maxlength` without a word, and the form says what is too long."""

    def build_attrs(self, base_attrs: dict[str, Any], extra_attrs: dict[str, Any] | None = None) -> dict[str, Any]:
        attrs = super().build_attrs(base_attrs, extra_attrs)
        attrs.pop("maxlength", None)
        return attrs


class NewTicketForm(forms.Form):
    """A ticket written by hand: a call or visit written down, or internal work."""

    KINDS = (("contact", _("Write down a call or a visit")), ("internal", _("Internal")))

    kind = forms.ChoiceField(choices=KINDS, widget=forms.HiddenInput)
    channel = forms.ChoiceField(label=_("Channel"), required=False)
    contact = forms.CharField(
        label=_("Customer"), required=False, max_length=250, help_text=_("E-mail address or phone number.")
    )
    name = forms.CharField(label=_("Customer's name"), required=False, max_length=120)
    customer = forms.CharField(required=False, max_length=40, widget=forms.HiddenInput)
    subject = forms.CharField(
        label=_("Subject"),
        max_length=300,
        widget=WholeTextInput,
        error_messages={"max_length": _("A subject has at most %(limit_value)d characters.")},
    )
    queue = forms.ChoiceField(label=_("Queue"), required=False)
    priority = forms.TypedChoiceField(
        label=_("Priority"), choices=Priority.choices, coerce=int, initial=Priority.NORMAL.value, required=False
    )
    text = forms.CharField(label=_("Text"), max_length=50_000, widget=forms.Textarea(attrs={"rows": 6}))
    client_id = forms.CharField(widget=forms.HiddenInput, max_length=64)

    def __init__(self, *args: Any, actor: Actor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.by_hand = choices.channels_by_hand(actor)
        set_choices(self, "channel", [("", _("Choose")), *((str(row.id), row.label) for row in self.by_hand)])
        set_choices(self, "queue", queue_choices(actor))

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if cleaned.get("kind") == "contact" and not cleaned.get("channel"):
            self.add_error("channel", _("Choose where the contact took place."))
        return cleaned


def queue_choices(actor: Actor) -> list[Any]:
    return [("", _("By the channel's rule")), *((str(row.id), row.label) for row in choices.queues(actor))]


class ConversationForm(forms.Form):
    """What the composer sends beside the text when we write first. Its mistakes are told in a toast: the text stays."""

    channel = forms.ChoiceField(error_messages={"invalid_choice": _("Choose a channel that can write first.")})
    to = forms.CharField(required=False, max_length=254)
    customer = forms.CharField(required=False, max_length=40)
    subject = forms.CharField(required=False, max_length=1000)
    queue = forms.ChoiceField(required=False)
    priority = forms.TypedChoiceField(choices=Priority.choices, coerce=int, empty_value=None, required=False)
    assignee = forms.ChoiceField(choices=[("me", _("Me")), ("nobody", _("Nobody yet"))], required=False)
    then = forms.ChoiceField(choices=Status.choices, required=False)
    client_id = forms.CharField(max_length=64)

    def __init__(self, *args: Any, actor: Actor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        set_choices(self, "channel", [(str(row.id), row.label) for row in choices.channels_to_start(actor)])
        set_choices(self, "queue", queue_choices(actor))

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if not cleaned.get("to") and not cleaned.get("customer"):
            self.add_error("to", _("Enter whom to write to."))
        return cleaned

    def checked(self) -> dict[str, Any]:
        if not self.is_valid():
            raise InvalidInput(
                fields={name: [str(message) for message in messages] for name, messages in self.errors.items()}
            )
        return self.cleaned_data


def show_errors(form: forms.Form, error: InvalidInput, names: Mapping[str, str] | None = None) -> None:
    """What a service found wrong, at the fields where people look for it; `names` says what the form calls them."""
    for name, messages in error.fields.items():
        field = (names or {}).get(name, name)
        form.add_error(field if field in form.fields else None, list(messages))
    if not error.fields:
        form.add_error(None, error.detail())


class SnippetForm(forms.Form):
    shortcut = forms.CharField(label=_("Shortcut"), max_length=40, help_text=_("Type / and this word in the composer."))
    scope = forms.ChoiceField(label=_("For"), choices=SnippetScope.choices, initial=SnippetScope.PRIVATE)
    team = forms.ChoiceField(label=_("Team"), required=False)
    title_zh = forms.CharField(label=_("Title (Chinese)"), max_length=200, required=False)
    title_en = forms.CharField(label=_("Title (English)"), max_length=200, required=False)
    body_zh = forms.CharField(
        label=_("Text (Chinese)"), max_length=20_000, required=False, widget=forms.Textarea(attrs={"rows": 4})
    )
    body_en = forms.CharField(
        label=_("Text (English)"), max_length=20_000, required=False, widget=forms.Textarea(attrs={"rows": 4})
    )

    def __init__(self, *args: Any, actor: Actor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.teams = list(Team.objects.filter(group__user=actor.user_id, is_active=True))
        set_choices(self, "team", [("", _("None")), *((team.pk, str(team)) for team in self.teams)])
        if "knowledge.share_snippets" not in actor.permissions:
            set_choices(self, "scope", [(SnippetScope.PRIVATE.value, SnippetScope.PRIVATE.label)])
            del self.fields["team"]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if not (cleaned.get("title_zh") or cleaned.get("title_en")):
            self.add_error("title_zh", _("Give a title in one language at least."))
        if not (cleaned.get("body_zh") or cleaned.get("body_en")):
            self.add_error("body_zh", _("Write the text in one language at least."))
        return cleaned

    def as_values(self) -> dict[str, Any]:
        data = self.cleaned_data
        chosen = next((team for team in self.teams if str(team.pk) == data.get("team")), None)
        return {
            "shortcut": data["shortcut"],
            "scope": data["scope"],
            "team": chosen if data["scope"] == SnippetScope.TEAM else None,
            "title": _by_language(data["title_zh"], data["title_en"]),
            "body": _by_language(text_to_html(data["body_zh"]), text_to_html(data["body_en"])),
        }


def _by_language(chinese: str, english: str) -> dict[str, str]:
    return {code: text for code, text in (("zh-hans", chinese), ("en", english)) if text}


class SavedViewForm(forms.Form):
    """A list's name and whom it is for. `query` carries the list's filters along, as its address says them."""

    name = forms.CharField(label=_("Name"), max_length=60, widget=forms.TextInput(attrs={"autocomplete": "off"}))
    scope = forms.ChoiceField(label=_("For"), initial=ViewScope.PRIVATE.value)
    takes_filters = forms.BooleanField(label=_("Keep the filters and the order that the list has now"), required=False)
    query = forms.CharField(required=False, max_length=2_000, widget=forms.HiddenInput)

    def __init__(self, *args: Any, actor: Actor, row: SavedView | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        own = Q(group__user=actor.user_id or 0, is_active=True)
        present = Q(pk=row.team_id) if row is not None and row.team_id else Q(pk__in=())
        self.teams = {f"{ViewScope.TEAM}:{team.pk}": team for team in Team.objects.filter(own | present).distinct()}
        offered: list[Any] = []
        if row is None or row.owner_id == actor.user_id:
            offered.append((ViewScope.PRIVATE.value, ViewScope.PRIVATE.label))
        if "tickets.share_views" in actor.permissions:
            offered += [(key, _("Team: %(team)s") % {"team": team}) for key, team in self.teams.items()]
            offered.append((ViewScope.ALL.value, ViewScope.ALL.label))
        set_choices(self, "scope", offered)
        if row is None or "own=1" not in str(self["query"].value() or ""):
            del self.fields["takes_filters"]

    def as_values(self) -> dict[str, Any]:
        chosen = self.cleaned_data["scope"]
        team = self.teams.get(chosen)
        return {"name": self.cleaned_data["name"], "scope": chosen.partition(":")[0], "team": team}


class CustomerForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=120, required=False)
    level = forms.ChoiceField(label=_("Level"), choices=CustomerLevel.choices)
    language = forms.ChoiceField(label=_("Language"), required=False, choices=[("", _("Unknown")), *settings.LANGUAGES])
    time_zone = forms.CharField(label=_("Time zone"), max_length=64, required=False)
    prefers = forms.ChoiceField(label=_("Prefers to be reached by"), required=False)
    tags = forms.MultipleChoiceField(label=_("Tags"), required=False, widget=forms.CheckboxSelectMultiple)
    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered = Tag.objects.filter(is_active=True).exclude(target=TagTarget.TICKETS)
        labels = sorted(((tag.key, str(tag.name)) for tag in offered), key=lambda pair: in_order(pair[1]))
        set_choices(self, "tags", labels)
        kinds = [(kind.key, kind.label) for kind in all_kinds().values()]
        set_choices(self, "prefers", [("", _("As they use to")), *kinds])

    def shown(self, name: str, values: Iterable[str]) -> str:
        """Values of a field as its choices call them."""
        labels = dict(getattr(self.fields[name], "choices", ()))
        return ", ".join(str(labels.get(value, value)) for value in values)


class ProofForm(forms.Form):
    """Which handle the customer shall prove: one of theirs, or a new one for who may see such handles in full."""

    known = forms.ChoiceField(label=_("What shall be confirmed"), required=False)
    kind = forms.ChoiceField(label=_("Kind"), required=False)
    value = forms.CharField(label=_("New phone number or e-mail address"), max_length=250, required=False)
    method = forms.ChoiceField(
        label=_("How"),
        choices=[
            (ProofMethod.CODE, _("A code that the customer sends us here")),
            (ProofMethod.LINK, _("A link that the customer opens")),
        ],
        widget=forms.RadioSelect,
        initial=ProofMethod.CODE,
    )

    def __init__(self, *args: Any, offered: ProofChoices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if offered.known:
            new = [("", _("Another one"))] if offered.new_kinds else []
            set_choices(self, "known", [*((row.public_id, row.label) for row in offered.known), *new])
        else:
            del self.fields["known"]
            self.fields["kind"].required = self.fields["value"].required = True
        if offered.new_kinds:
            set_choices(self, "kind", list(offered.new_kinds))
        else:
            del self.fields["kind"], self.fields["value"]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not self.errors and not data.get("known") and not data.get("value"):
            self.add_error("value" if "value" in self.fields else None, _("Enter a valid value."))
        return data


class MinorForm(forms.Form):
    is_minor = forms.BooleanField(
        label=_("This customer is a minor"),
        required=False,
        help_text=_("Their data are then shown more strictly to whoever may not see minors."),
    )
    guardian_name = forms.CharField(label=_("Guardian"), max_length=120, required=False)
    guardian_handle = forms.CharField(label=_("Guardian's phone or e-mail"), max_length=250, required=False)
    guardian_consented_on = forms.DateField(
        label=_("Guardian's consent of"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=_("Empty while there is none: then nothing beyond being served is allowed."),
    )

    def __init__(self, *args: Any, noted: Collection[str], is_masked: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if is_masked:
            told = _("It is noted. Leave it empty to keep it.")
            self.fields["guardian_name"].help_text = self.fields["guardian_handle"].help_text = told
        for name in noted:
            self.fields[name].disabled = True
            self.fields[name].help_text = _("It is noted. Whoever may see minors can change it.")


class IdentityForm(forms.Form):
    kind = forms.ChoiceField(label=_("Kind"))
    value = forms.CharField(label=_("Value"), max_length=250)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        set_choices(self, "kind", [(kind.key, kind.label) for kind in all_kinds().values()])


class ForcedStateForm(forms.Form):
    """A state for somebody else; a break is offered with each of its reasons."""

    state = forms.ChoiceField(label=_("State"))
    why = forms.CharField(
        label=_("Why"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("The person sees who set it; the reason is kept in the audit trail."),
    )

    def __init__(self, *args: Any, actor: Actor, current: StateRow, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered = [(f"{each.state}:{each.reason}", each.label) for each in state_choices(actor, current)]
        set_choices(self, "state", offered)

    def chosen(self) -> tuple[str, str]:
        state, _colon, reason = self.cleaned_data["state"].partition(":")
        return state, reason


class ReviewForm(forms.Form):
    """What a person is to look at, and why."""

    kind = forms.ChoiceField(label=_("What is looked at"), choices=DecisionKind.choices)
    wish = forms.CharField(
        label=_("Why"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("What the customer objects to, as far as it matters. It is kept encrypted."),
    )

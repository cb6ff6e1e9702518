"""What a vendor's manager writes about one of their people. Services check again; forms only shape."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Team
from apps.accounts.models.skill import LEVELS
from apps.accounts.models.user import Language
from apps.core.actor import Actor
from apps.core.errors import InvalidInput
from apps.outsourcing.rules import company_of
from apps.outsourcing.selectors.people import mailbox_of, own_teams, roles_to_give


class AgentForm(forms.Form):
    display_name = forms.CharField(label=_("Name"), max_length=80, help_text=_("As colleagues and customers read it."))
    email = forms.EmailField(label=_("E-mail"), required=False, max_length=254)
    language = forms.ChoiceField(label=_("Language of their pages"), choices=Language.choices)
    role = forms.ChoiceField(label=_("Role"), help_text=_("Those that the house opened to your company."))
    teams = forms.MultipleChoiceField(
        label=_("Teams"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Without a team nobody sees any work."),
    )

    def __init__(self, *args: Any, actor: Actor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._roles = {role.key: role for role in roles_to_give(actor)}
        self._teams = {team.key: team for team in own_teams(actor)}
        self._offer("role", [(key, str(role)) for key, role in self._roles.items()])
        self._offer("teams", [(key, str(team)) for key, team in self._teams.items()])

    def _offer(self, name: str, choices: list[tuple[str, str]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 (narrows the type)
        field.choices = choices

    def values(self) -> dict[str, Any]:
        """As the services take them."""
        chosen: list[Team] = [self._teams[key] for key in self.cleaned_data["teams"]]
        values = {**self.cleaned_data, "teams": chosen}
        if "role" in values:
            values["role"] = self._roles[values["role"]]
        return values

    def show(self, refusal: InvalidInput) -> None:
        for name, messages in refusal.fields.items():
            for message in messages:
                self.add_error(name if name in self.fields else None, message)


class InvitationForm(AgentForm):
    username = forms.CharField(
        label=_("Sign-in name"),
        max_length=150,
        widget=forms.TextInput(attrs={"autocapitalize": "none", "autocomplete": "off", "spellcheck": "false"}),
        help_text=_("It cannot be changed later."),
    )

    by_mail = forms.BooleanField(
        label=_("Mail them the link"),
        required=False,
        initial=True,
        help_text=_("Otherwise it is shown to you once, and you hand it over."),
    )

    field_order = ("display_name", "username", "email", "by_mail", "language", "role", "teams")

    def __init__(self, *args: Any, actor: Actor, **kwargs: Any) -> None:
        super().__init__(*args, actor=actor, **kwargs)
        if mailbox_of(company_of(actor).pk) is None:
            del self.fields["by_mail"]


class OwnForm(AgentForm):
    """One's own role is the house's to change."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["role"]


class CertificateForm(forms.Form):
    """The service asks for the day again, as the contract counts days."""

    level = forms.TypedChoiceField(label=_("Level"), choices=[(level, level) for level in LEVELS], coerce=int)
    until = forms.DateField(label=_("Holds until"), widget=forms.DateInput(attrs={"type": "date"}))

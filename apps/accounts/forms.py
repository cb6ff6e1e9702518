from django import forms
from django.utils.translation import gettext_lazy as _

from apps.accounts.models.user import Language


class SignInForm(forms.Form):
    username = forms.CharField(
        label=_("User name"),
        max_length=150,
        widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none", "autofocus": True}),
    )
    # Never stripped, and never longer than what a password hasher should have to chew.
    password = forms.CharField(
        label=_("Password"),
        max_length=256,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )


class PasswordForm(forms.Form):
    """The password of who is signed in already."""

    password = forms.CharField(
        label=_("Password"),
        max_length=256,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password", "autofocus": True}),
    )


class NewPasswordForm(forms.Form):
    """The service says what a password must be like; `password` carries its errors."""

    password = forms.CharField(
        label=_("New password"),
        max_length=256,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password", "autofocus": True}),
        help_text=_("At least ten characters, and not one that everybody uses."),
    )
    again = forms.CharField(
        label=_("New password again"),
        max_length=256,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def clean_again(self) -> str:
        again: str = self.cleaned_data["again"]
        if again != self.cleaned_data.get("password", again):
            raise forms.ValidationError(_("These two are not the same."))
        return again


class CodeForm(forms.Form):
    """A code of an authenticator app, or a recovery code where it may be one."""

    code = forms.CharField(
        label=_("One-time code"),
        max_length=32,
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "autocapitalize": "none", "spellcheck": "false", "autofocus": True}
        ),
    )


class KeyForm(forms.Form):
    """A new key: what its owner calls it, and what it answered (`security-key.js` writes that)."""

    name = forms.CharField(label=_("Name of the key"), max_length=80)
    answer = forms.CharField(max_length=20_000, widget=forms.HiddenInput, required=False)


class AnswerForm(forms.Form):
    answer = forms.CharField(max_length=20_000, widget=forms.HiddenInput)


class KeyNameForm(forms.Form):
    name = forms.CharField(label=_("Name of the key"), max_length=80)


class LanguageForm(forms.Form):
    language = forms.ChoiceField(label=_("Language"), choices=Language.choices)

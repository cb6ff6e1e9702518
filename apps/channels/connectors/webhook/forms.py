"""What a manager says about a webhook channel, one form a step. Imported definitions pass through the same forms."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from typing import Any, ClassVar, Final

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.channels.connectors.webhook import expressions, outgoing
from apps.channels.connectors.webhook.access import Access
from apps.channels.connectors.webhook.mapping import FIELDS
from apps.channels.connectors.webhook.signing import standard_key
from apps.channels.enums import FailureKind
from apps.channels.errors import ChannelError
from apps.channels.forms import LinesField

HEADER: Final = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}\Z")
ADDRESS: Final = re.compile(r"https?://[^\s/?#{}@\\]+(?:[/?#].*)?\Z")
"""The host stands fast: what a customer wrote may not choose who is called."""

OWN_HEADERS: Final = frozenset({"host", "content-length", "transfer-encoding", "connection"})
ALGORITHMS: Final = (("sha256", "SHA-256"), ("sha512", "SHA-512"), ("sha1", "SHA-1"))
ENCODINGS: Final = (("hex", _("hexadecimal")), ("base64", "Base64"))
MAX_SAMPLE: Final = 64 * 1024

ACCESS_CHOICES: Final = (
    (Access.HMAC, _("Signature (HMAC)")),
    (Access.TIMESTAMPED, _("Signature with a time")),
    (Access.STANDARD, _("Standard Webhooks")),
    (Access.TOKEN, _("Token")),
    (Access.BASIC, _("User and password")),
    (Access.NETWORK, _("Network addresses only")),
)
SIGNING_CHOICES: Final = (
    ("none", _("Nothing")),
    ("bearer", _("Bearer token")),
    ("basic", _("User and password")),
    ("hmac", _("Signature (HMAC)")),
    ("timestamped", _("Signature with a time")),
    ("standard", _("Standard Webhooks")),
)
LABELS: Final = {
    "message_id": _("Message id"),
    "sender_id": _("Sender id"),
    "sender_name": _("Sender's name"),
    "phone": _("Phone"),
    "email": _("E-mail"),
    "text": _("Text"),
    "attachments": _("Files (addresses)"),
    "time": _("Time"),
    "conversation": _("Conversation"),
    "language": _("Language"),
    "is_public": _("Public comment (true or false)"),
    "post": _("Post that it stands under"),
}


class HeaderField(forms.CharField):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=100, required=False, **kwargs)

    def clean(self, value: Any) -> str:
        name = str(super().clean(value))
        if name and not HEADER.match(name):
            raise forms.ValidationError(_("This cannot be the name of a header."))
        return name


class ExpressionField(forms.CharField):
    """JMESPath, checked as it is saved."""

    def __init__(self, **kwargs: Any) -> None:
        attrs = {"spellcheck": "false", "autocomplete": "off", "class": "webhook-code"}
        kwargs.setdefault("widget", forms.TextInput(attrs=attrs))
        super().__init__(required=False, **kwargs)

    def clean(self, value: Any) -> str:
        text = str(super().clean(value))
        if text:
            try:
                expressions.check(text)
            except ChannelError as error:
                raise forms.ValidationError(error.detail()) from error
        return text


class SignedTextField(forms.CharField):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=200, required=False, **kwargs)

    def clean(self, value: Any) -> str:
        text = str(super().clean(value)) or "{timestamp}.{body}"
        if text.count("{body}") != 1 or "{timestamp}" not in text:
            raise forms.ValidationError(_("Write {timestamp} and, once, {body}."))
        return text


class StepForm(forms.Form):
    """`settings` is what goes into `Channel.settings`; the other fields are for the step alone."""

    aside: ClassVar[frozenset[str]] = frozenset()

    @property
    def settings(self) -> dict[str, Any]:
        return {name: value for name, value in self.cleaned_data.items() if name not in self.aside}

    @classmethod
    def setting_names(cls) -> list[str]:
        return [name for name in cls.base_fields if name not in cls.aside]

    @classmethod
    def defaults(cls) -> dict[str, Any]:
        return {name: cls.base_fields[name].initial for name in cls.setting_names()}


class AccessForm(StepForm):
    aside = frozenset({"secret", "keeps_former"})

    access = forms.ChoiceField(label=_("How calls prove who sends them"), choices=ACCESS_CHOICES, initial=Access.HMAC)
    signature_header = HeaderField(label=_("Header of the signature"), initial="X-Signature")
    signature_algorithm = forms.ChoiceField(label=_("Algorithm"), choices=ALGORITHMS, initial="sha256")
    signature_encoding = forms.ChoiceField(label=_("Written as"), choices=ENCODINGS, initial="hex")
    signature_prefix = forms.CharField(
        label=_("In front of the signature"), max_length=40, required=False, initial="", help_text=_("Such as sha256=")
    )
    timestamp_header = HeaderField(
        label=_("Header of the time"),
        initial="",
        help_text=_("Empty when the signature header holds both, as t=…,v1=…"),
    )
    signed_text = SignedTextField(label=_("Signed text"), initial="{timestamp}.{body}")
    tolerance = forms.IntegerField(
        label=_("Oldest call (seconds)"), min_value=10, max_value=3600, initial=300, required=False
    )
    token_place = forms.ChoiceField(
        label=_("The token stands in"),
        choices=(("header", _("a header")), ("query", _("the address"))),
        initial="header",
        required=False,
    )
    token_name = HeaderField(label=_("Name of the header or parameter"), initial="X-Token")
    basic_user = forms.CharField(label=_("User"), max_length=100, required=False, initial="")
    secret = forms.CharField(
        label=_("Secret"), max_length=500, required=False, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    keeps_former = forms.BooleanField(label=_("Accept the former secret as well, until you end it"), required=False)
    networks = LinesField(
        label=_("Only from these networks"),
        required=False,
        initial=(),
        help_text=_("One a line, as 203.0.113.0/24. Empty: from anywhere."),
    )

    def __init__(self, *args: Any, has_secret: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.has_secret = has_secret

    def clean_tolerance(self) -> int:
        return self.cleaned_data["tolerance"] or 300

    def clean_networks(self) -> list[str]:
        networks: list[str] = self.cleaned_data["networks"]
        for network in networks:
            try:
                ipaddress.ip_network(network, strict=False)
            except ValueError as error:
                message = _("“%(network)s” is no network.") % {"network": network}
                raise forms.ValidationError(message) from error
        return networks

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        access = cleaned.get("access")
        self._require_parts(access, cleaned)
        secret = str(cleaned.get("secret") or "").strip()
        if access == Access.NETWORK and not cleaned.get("networks") and "networks" not in self.errors:
            self.add_error("networks", _("Name at least one network."))
        elif access and access != Access.NETWORK and not secret and not self.has_secret:
            self.add_error("secret", _("Enter the secret that both sides know, or have one made."))
        if access == Access.STANDARD and secret:
            self._check_standard(secret)
        return cleaned

    def _require_parts(self, access: str | None, cleaned: Mapping[str, Any]) -> None:
        needed = {
            Access.HMAC: ("signature_header",),
            Access.TIMESTAMPED: ("signature_header",),
            Access.TOKEN: ("token_name",),
            Access.BASIC: ("basic_user",),
        }
        for name in needed.get(Access(access), ()) if access else ():
            if not cleaned.get(name) and name not in self.errors:
                self.add_error(name, _("This is needed here."))

    def _check_standard(self, secret: str) -> None:
        try:
            standard_key(secret)
        except ValueError:
            self.add_error("secret", _("Secrets of Standard Webhooks are whsec_ and Base64."))


class MessageForm(StepForm):
    aside = frozenset({"sample"})

    sample = forms.CharField(
        label=_("A sample call"),
        required=False,
        max_length=MAX_SAMPLE,
        strip=True,
        widget=forms.Textarea(attrs={"rows": 16, "spellcheck": "false", "class": "webhook-code"}),
    )
    items = ExpressionField(label=_("Messages of one call"), initial="", help_text=_("Empty: a call is one message."))
    only = ExpressionField(
        label=_("Only if"),
        initial="",
        help_text=_("What else is called is kept without effect, as event == 'message'."),
    )
    trusts_identities = forms.BooleanField(
        label=_("The other system has verified phone and e-mail"), required=False, initial=False
    )
    challenge = ExpressionField(
        label=_("Challenge"),
        initial="",
        help_text=_("Where a test call of the platform holds what it wants to hear again."),
    )
    challenge_name = forms.CharField(
        label=_("Answer the challenge under"),
        max_length=60,
        required=False,
        initial="",
        help_text=_("Empty: as plain text."),
    )
    answer = forms.CharField(
        label=_("Answer to a call"),
        max_length=500,
        required=False,
        initial="",
        help_text=_('Such as success or {"code": 0}.'),
    )


for _name in FIELDS:
    _field = ExpressionField(label=LABELS[_name], initial="")
    MessageForm.base_fields[f"map_{_name}"] = _field
    MessageForm.declared_fields[f"map_{_name}"] = _field


class OutgoingForm(StepForm):
    aside = frozenset({"send_secret"})

    send_url = forms.CharField(
        label=_("Address"),
        max_length=1000,
        required=False,
        initial="",
        help_text=_("Empty: the channel only receives."),
    )
    send_method = forms.ChoiceField(
        label=_("Method"), choices=[(name, name) for name in ("POST", "PUT", "PATCH")], initial="POST", required=False
    )
    send_format = forms.ChoiceField(
        label=_("Sent as"), choices=(("json", "JSON"), ("form", _("a form"))), initial="json", required=False
    )
    send_headers = LinesField(label=_("Headers"), required=False, initial=(), help_text=_("One a line, as X-App: desk"))
    send_body = forms.CharField(
        label=_("Body"),
        required=False,
        max_length=20_000,
        initial='{"to": "{{ recipient }}", "text": "{{ text }}"}',
        widget=forms.Textarea(attrs={"rows": 8, "spellcheck": "false", "class": "webhook-code"}),
    )
    send_signing = forms.ChoiceField(label=_("Proved by"), choices=SIGNING_CHOICES, initial="none", required=False)
    send_signature_header = HeaderField(label=_("Header of the signature"), initial="X-Signature")
    send_signature_algorithm = forms.ChoiceField(
        label=_("Algorithm"), choices=ALGORITHMS, initial="sha256", required=False
    )
    send_signature_encoding = forms.ChoiceField(label=_("Written as"), choices=ENCODINGS, initial="hex", required=False)
    send_signature_prefix = forms.CharField(
        label=_("In front of the signature"), max_length=40, required=False, initial=""
    )
    send_timestamp_header = HeaderField(label=_("Header of the time"), initial="")
    send_signed_text = SignedTextField(label=_("Signed text"), initial="{timestamp}.{body}")
    send_secret = forms.CharField(
        label=_("Secret"),
        max_length=500,
        required=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("For user and password: user:password"),
    )
    send_ok = ExpressionField(
        label=_("It worked if"), initial="", help_text=_("Of the answer, as code == `0`. Empty: any 2xx.")
    )
    send_id = ExpressionField(label=_("Their message id"), initial="", help_text=_("Of the answer, as data.id."))
    send_failures = LinesField(
        label=_("It failed because"),
        required=False,
        initial=(),
        help_text=_("One a line: kind, colon, expression, as outside_window: code == `45015`"),
    )
    send_repeatable = forms.BooleanField(
        label=_("The other system knows a repeated call by its message id"), required=False, initial=False
    )

    def __init__(self, *args: Any, has_secret: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.has_secret = has_secret

    def clean_send_url(self) -> str:
        url = str(self.cleaned_data["send_url"]).strip()
        if url and not ADDRESS.match(url):
            raise forms.ValidationError(_("Enter an address that begins with https:// and names a host."))
        return _checked(outgoing.check_places, url)

    def clean_send_headers(self) -> list[str]:
        for line in self.cleaned_data["send_headers"]:
            name, colon, value = line.partition(":")
            if not colon or not HEADER.match(name.strip()) or name.strip().lower() in OWN_HEADERS:
                raise forms.ValidationError(_("“%(line)s” is no header that can be sent.") % {"line": line})
            if not (value.isascii() and value.isprintable()):
                raise forms.ValidationError(_("“%(line)s” is no header that can be sent.") % {"line": line})
            _checked(outgoing.check_places, value)
        return list(self.cleaned_data["send_headers"])

    def clean_send_body(self) -> str:
        text = str(self.cleaned_data["send_body"])
        return _checked(outgoing.check_template, text) if text.strip() else "{}"

    def clean_send_failures(self) -> list[str]:
        for line in self.cleaned_data["send_failures"]:
            kind, _colon, expression = line.partition(":")
            if kind.strip() not in FailureKind.values or not expression.strip():
                message = _("“%(line)s” does not begin with one of: %(kinds)s")
                raise forms.ValidationError(message % {"line": line, "kinds": ", ".join(FailureKind.values)})
            _checked(expressions.check, expression.strip())
        return list(self.cleaned_data["send_failures"])

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        secret, signing = str(cleaned.get("send_secret") or "").strip(), cleaned.get("send_signing") or "none"
        cleaned["send_signing"] = signing
        if cleaned.get("send_url") and signing != "none" and not secret and not self.has_secret:
            self.add_error("send_secret", _("Enter the secret that proves our calls."))
        if signing in {"hmac", "timestamped"} and not cleaned.get("send_signature_header"):
            self.add_error("send_signature_header", _("This is needed here."))
        if signing == "standard" and secret:
            try:
                standard_key(secret)
            except ValueError:
                self.add_error("send_secret", _("Secrets of Standard Webhooks are whsec_ and Base64."))
        return cleaned


def _checked(check: Any, text: str) -> str:
    try:
        check(text)
    except ChannelError as error:
        raise forms.ValidationError(error.detail()) from error
    return text


STEPS: Final[tuple[type[StepForm], ...]] = (AccessForm, MessageForm, OutgoingForm)


def default_settings() -> dict[str, Any]:
    found: dict[str, Any] = {}
    for step in STEPS:
        found |= {name: list(value) if value == () else value for name, value in step.defaults().items()}
    return found

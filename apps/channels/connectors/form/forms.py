"""What a customer fills in. Which fields there are is the channel's setting."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from apps.channels import intake, registry
from apps.channels.connectors.submission import Submission
from apps.channels.contract import Agreement, IdentityClaim, InboundFile
from apps.channels.models import Channel
from apps.core.errors import InvalidInput
from apps.customers import identities
from apps.customers.enums import IdentityKind
from apps.privacy.enums import Shown
from apps.privacy.selectors.notices import notice_in_force, notice_shown

MEGABYTE = 1024 * 1024


class OneLineField(forms.CharField):
    """A text without line breaks and control characters, which have no place in a name or a subject."""

    def to_python(self, value: Any) -> str:
        text = super().to_python(value) or ""
        return " ".join("".join(char if char.isprintable() else " " for char in text).split())


class IdentityField(OneLineField):
    """A handle of a customer in its one stored form."""

    def __init__(self, kind: str, **kwargs: Any) -> None:
        super().__init__(max_length=254, **kwargs)
        self.identity_kind = kind

    def clean(self, value: Any) -> str:
        text = super().clean(value)
        if not text:
            return ""
        try:
            return identities.normalize(self.identity_kind, text)
        except InvalidInput as error:
            raise forms.ValidationError([text for texts in error.fields.values() for text in texts]) from error


class ManyFilesInput(forms.ClearableFileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Several files, limited in number and in size together."""

    widget = ManyFilesInput

    def __init__(self, *, max_files: int, max_bytes: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.max_files = max_files
        self.max_bytes = max_bytes

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile[Any]]:
        uploads = [super(FilesField, self).clean(item, initial) for item in data or ()]
        if len(uploads) > self.max_files:
            message = ngettext_lazy("Choose %(count)d file at most.", "Choose %(count)d files at most.", self.max_files)
            raise forms.ValidationError(message % {"count": self.max_files})
        if sum(upload.size or 0 for upload in uploads) > self.max_bytes:
            message = _("The files are larger than %(size)d MB together.")
            raise forms.ValidationError(message % {"size": self.max_bytes // MEGABYTE})
        return uploads


class ContactForm(forms.Form):
    name = OneLineField(label=_("Your name"), max_length=100, required=False)
    email = IdentityField(IdentityKind.EMAIL, label=_("E-mail"), required=False)
    phone = IdentityField(IdentityKind.PHONE, label=_("Phone"), required=False)
    category = forms.ChoiceField(label=_("What is it about?"), required=False)
    subject = OneLineField(label=_("Subject"), max_length=200)
    message = forms.CharField(
        label=_("Message"), max_length=20_000, widget=forms.Textarea(attrs={"rows": 7}), strip=True
    )
    attachments = forms.Field(required=False)
    consent = forms.BooleanField(label=_("I have read the privacy notice and agree."))
    notice = forms.CharField(widget=forms.HiddenInput, required=False)
    """The version of the brand's privacy notice that stood on the page."""
    website = forms.CharField(label=_("Leave this empty"), required=False)
    """The honeypot: people do not see it, programs fill it in."""
    token = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, channel: Channel, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.channel = channel
        self.connector = registry.get(channel.kind)
        self._shape_contact()
        self._shape_category()
        self._shape_files()
        self._shape_notice()

    def _setting(self, key: str) -> Any:
        return self.connector.setting(self.channel, key)

    def _shape_contact(self) -> None:
        required = self._setting("contact")
        self.fields["email"].required = required == "email"
        self.fields["phone"].required = required == "phone"
        attributes = {
            "name": {"autocomplete": "name"},
            "email": {"autocomplete": "email", "inputmode": "email"},
            "phone": {"autocomplete": "tel", "inputmode": "tel"},
            "website": {"autocomplete": "off", "tabindex": "-1"},
        }
        for name, values in attributes.items():
            self.fields[name].widget.attrs.update(values)

    def _shape_category(self) -> None:
        choices = intake.category_choices(self.channel) if self._setting("asks_category") else []
        if not choices:
            del self.fields["category"]
            return
        field = self.fields["category"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 (declared so above)
        field.choices = [("", _("Please choose")), *choices]

    def _shape_files(self) -> None:
        if not self._setting("takes_files"):
            del self.fields["attachments"]
            return
        max_bytes = int(self._setting("max_attachment_mb")) * MEGABYTE
        self.fields["attachments"] = FilesField(
            label=_("Attachments"),
            required=False,
            max_files=int(self._setting("max_files")),
            max_bytes=max_bytes,
            help_text=_("%(size)d MB together at most.") % {"size": max_bytes // MEGABYTE},
        )

    def _shape_notice(self) -> None:
        self.current_notice = notice_in_force(self.channel.brand_id)
        if self.current_notice is None or not self.current_notice.needs_consent:
            del self.fields["consent"]
        else:
            self.fields["consent"].error_messages["required"] = _("Please agree first.")
        self.initial["notice"] = "" if self.current_notice is None else str(self.current_notice.version)

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        is_reachable = values.get("email") or values.get("phone") or {"email", "phone"} & self.errors.keys()
        if self._setting("contact") == "either" and not is_reachable:
            self.add_error("email", _("Tell us an e-mail address or a phone number, so that we can answer."))
        return values

    @property
    def is_trapped(self) -> bool:
        """Whether the honeypot was filled in. Browsers sometimes do that for people, so nothing is thrown away."""
        return bool(self.data.get("website"))

    def submission(self, *, language: str) -> Submission:
        """What a valid form says."""
        values = self.cleaned_data
        handles = [
            IdentityClaim(str(kind), values[name])
            for name, kind in (("email", IdentityKind.EMAIL), ("phone", IdentityKind.PHONE))
            if values.get(name)
        ]
        if self._setting("contact") == "phone":
            handles.reverse()
        sender, *others = handles
        return Submission(
            sender=sender,
            sender_name=values["name"],
            claims=tuple(others),
            language=language,
            subject=values["subject"],
            text=values["message"],
            is_spam=self.is_trapped,
            fields={"category": values["category"]} if values.get("category") else {},
            files=tuple(_inbound_file(upload) for upload in self._uploads()),
            agreement=self._agreement(),
        )

    def _agreement(self) -> Agreement | None:
        if not self.cleaned_data.get("consent"):
            return None
        shown = notice_shown(self.channel.brand_id, self.cleaned_data.get("notice", ""))
        return None if shown is None else Agreement(shown.version, Shown.FORM.value)

    def _uploads(self) -> Sequence[UploadedFile[Any]]:
        uploads: Sequence[UploadedFile[Any]] = self.cleaned_data.get("attachments") or ()
        return uploads


def _inbound_file(upload: UploadedFile[Any]) -> InboundFile:
    upload.seek(0)
    return InboundFile(upload.name or "", upload.content_type or "", upload.read())

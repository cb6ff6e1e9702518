"""What a customer of the demo writes."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _


class LineForm(forms.Form):
    text = forms.CharField(
        label=_("Message"), max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 2, "autofocus": True})
    )
    file = forms.FileField(label=_("Picture"), required=False)

    def __init__(self, *args: Any, takes_files: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not takes_files:
            del self.fields["file"]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not (cleaned.get("text") or cleaned.get("file")):
            self.add_error("text", _("Write something."))
        return cleaned

"""What a customer of the demo writes."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _


class LineForm(forms.Form):
    text = forms.CharField(
        label=_("Message"), max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 2, "autofocus": True})
    )
    post = forms.ChoiceField(label=_("Where"), required=False)
    file = forms.FileField(label=_("File"), required=False)

    def __init__(self, *args: Any, takes_files: bool, posts: Sequence[str] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        where = self.fields["post"]
        if isinstance(where, forms.ChoiceField) and posts:
            under = [(post, _("Public, under “%(post)s”") % {"post": post}) for post in posts]
            where.choices = [("", _("Private, to the company")), *under]
        else:
            del self.fields["post"]
        if not takes_files:
            del self.fields["file"]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not (cleaned.get("text") or cleaned.get("file")):
            self.add_error("text", _("Write something."))
        return cleaned

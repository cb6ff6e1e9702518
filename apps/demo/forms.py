"""What the demo's customer writes."""

from django import forms
from django.utils.translation import gettext_lazy as _


class LetterForm(forms.Form):
    """A mail of the customer; `in_reply_to` and `references` tie it to an earlier one of the mailbox."""

    sender = forms.EmailField(label=_("Sender"), max_length=120)
    name = forms.CharField(label=_("Name"), max_length=80, required=False)
    subject = forms.CharField(label=_("Subject"), max_length=200)
    text = forms.CharField(label=_("Message"), max_length=20_000, widget=forms.Textarea(attrs={"rows": 7}))
    in_reply_to = forms.CharField(required=False, max_length=500, widget=forms.HiddenInput)
    references = forms.CharField(required=False, max_length=8000, widget=forms.HiddenInput)
    file = forms.FileField(label=_("Attachment"), required=False)

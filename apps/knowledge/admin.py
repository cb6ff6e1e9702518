from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from unfold.widgets import UnfoldAdminTextareaWidget

from apps.core.admin.base import ModelForm, StaffAdmin, actor_of
from apps.core.fields.translated import TranslatedTextWidget
from apps.knowledge.models import Snippet
from apps.knowledge.services import snippets

CHANGEABLE = ("scope", "team", "shortcut", "title", "body", "is_active")


class SnippetForm(ModelForm[Snippet]):
    class Meta:
        model = Snippet
        fields = CHANGEABLE
        widgets = {"body": TranslatedTextWidget(base=UnfoldAdminTextareaWidget)}


@admin.register(Snippet)
class SnippetAdmin(StaffAdmin[Snippet]):
    """Ready texts. A private one is its owner's alone, so here stand the shared ones and one's own."""

    view_code = change_code = "knowledge.share_snippets"
    form = SnippetForm
    list_display = ("shortcut", "title", "scope", "team", "owner", "uses", "is_active")
    list_filter = ("scope", "team", "is_active")
    list_select_related = ("team", "owner")
    autocomplete_fields = ("team",)
    search_fields = ("shortcut", "title__zh-hans", "title__en")

    def get_fields(self, request: HttpRequest, obj: Snippet | None = None) -> tuple[str, ...]:
        return CHANGEABLE if obj is not None else CHANGEABLE[:-1]

    def save_model(self, request: HttpRequest, obj: Snippet, form: ModelForm[Snippet], change: bool) -> None:
        by, values = actor_of(request), form.cleaned_data
        if change:
            changed: dict[str, Any] = {name: values[name] for name in CHANGEABLE if name in form.changed_data}
            if changed:
                snippets.update_snippet(snippet=obj, by=by, **changed)
        else:
            row = snippets.create_snippet(by=by, **{name: values[name] for name in CHANGEABLE[:-1]})
            obj.pk = row.pk
            obj._state.adding = False
            obj.refresh_from_db()
        if not change or form.changed_data:
            self.record(request, obj, "changed" if change else "created", **self.describe(form))

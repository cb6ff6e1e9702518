from django.contrib.auth.mixins import LoginRequiredMixin
from django.views.generic import TemplateView


class DocumentationPage(LoginRequiredMixin, TemplateView):
    """The schema as a page to read and try. Everything it loads is ours, so it works offline under the strict policy."""

    template_name = "core/api/docs.html"

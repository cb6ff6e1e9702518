"""Where platforms fetch what we sent. Whoever has the address has the file, as with any attachment of a message."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from apps.channels.linked_files import file_behind
from apps.core.storage import serve_file


@require_safe
def linked_file(request: HttpRequest, token: str) -> HttpResponse:
    response = serve_file(file_behind(token), disposition="inline")
    response["X-Robots-Tag"] = "noindex"
    response["Referrer-Policy"] = "no-referrer"
    return response

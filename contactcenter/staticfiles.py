"""Static files with hashed names, also inside ES modules, so that browsers may keep them for ever."""

import re
from collections.abc import Callable
from pathlib import Path

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.templatetags.static import static
from django.views.decorators.http import require_safe
from whitenoise.middleware import WhiteNoiseMiddleware
from whitenoise.responders import StaticFile
from whitenoise.storage import CompressedManifestStaticFilesStorage

Converter = Callable[["re.Match[str]"], str]


class ModuleManifestStorage(CompressedManifestStaticFilesStorage):
    """Our own files must refer to files that exist; those of packages may mention whatever they like."""

    # Rewrites the relative imports of ES modules to their hashed names: no import map, no inline script.
    support_js_module_import_aggregation = True
    # Each pass settles one more level of modules that import modules.
    max_post_process_passes = 12

    def url_converter(self, name: str, hashed_files: dict[str, str], template: str | None = None) -> Converter:
        strict: Converter = super().url_converter(name, hashed_files, template)
        if _is_ours(name):
            return strict

        def lenient(match: "re.Match[str]") -> str:
            try:
                return strict(match)
            except ValueError:
                # A comment or a template literal that looks like an import: left as it is.
                return match.group(0)

        return lenient


def _is_ours(name: str) -> bool:
    return any((Path(directory) / name).is_file() for directory in settings.STATICFILES_DIRS)


class StaticFilesMiddleware(WhiteNoiseMiddleware):
    """Serves static files whole. They are small, and a file handed on in pieces costs a thread hop for each piece."""

    @staticmethod
    def serve(static_file: StaticFile, request: HttpRequest) -> HttpResponse:
        answer = static_file.get_response(request.method, request.META)
        content = b""
        if answer.file is not None:
            with answer.file:
                content = answer.file.read()
        response = HttpResponse(content, status=int(answer.status))
        del response["Content-Type"]
        for name, value in answer.headers:
            response[name] = value
        return response


@require_safe
def favicon(request: HttpRequest) -> HttpResponse:
    """The icon at the address where browsers look by themselves. When it is asked for, the hashed name is known."""
    return HttpResponseRedirect(static("img/mark.svg"))

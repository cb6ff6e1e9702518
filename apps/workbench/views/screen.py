"""The quiet mark over the desk that says whose screen it is."""

from __future__ import annotations

from html import escape

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from apps.accounts.middleware import actor_of
from apps.core.clock import now
from apps.workbench.desk import staff_only

# One grey for light and dark surfaces alike.
_SVG = """<svg xmlns="http://www.w3.org/2000/svg" width="100%" height="100%"><defs>
<pattern id="mark" width="320" height="190" patternUnits="userSpaceOnUse" patternTransform="rotate(-24)">
<text x="8" y="60" font-family="sans-serif" font-size="15" fill="#808080" fill-opacity="0.2">{who}</text>
<text x="8" y="80" font-family="sans-serif" font-size="12" fill="#808080" fill-opacity="0.2">{when}</text>
</pattern></defs><rect width="100%" height="100%" fill="url(#mark)"/></svg>"""


@require_safe
@never_cache
@staff_only
def watermark(request: HttpRequest) -> HttpResponse:
    user = actor_of(request).user
    who = user.username if user else ""
    picture = _SVG.format(who=escape(who), when=f"{timezone.localtime(now()):%Y-%m-%d %H:%M}")
    return HttpResponse(picture, content_type="image/svg+xml")

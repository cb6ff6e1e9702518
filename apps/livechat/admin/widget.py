"""The page with the tag that a site needs, and with the chat on it, to try."""

from __future__ import annotations

from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from apps.accounts.admin_site import StaffSite
from apps.channels.embedding import allowed_origins
from apps.channels.models import Channel
from apps.core.admin.base import actor_of
from apps.core.permissions import require
from apps.livechat.connector import ChatConnector


def add_to(site: object) -> None:
    if isinstance(site, StaffSite):
        site.add_page("chats/<int:pk>/", widget_view, name="livechat-widget")


@require_safe
def widget_view(request: HttpRequest, pk: int) -> HttpResponse:
    actor = actor_of(request)
    require(actor, "channels.configure")
    channel = get_object_or_404(Channel.objects.visible_to(actor), pk=pk, kind=ChatConnector.kind)
    path = reverse("livechat:loader", args=[channel.key])
    context = {
        **admin.site.each_context(request),
        "title": channel.name,
        "channel": channel,
        "site": settings.SITE_URL,
        "path": path,
        "language": get_language(),
        "tag": f'<script src="{settings.SITE_URL}{path}" async></script>',
        "origins": allowed_origins(channel),
    }
    return TemplateResponse(request, "admin/livechat/widget.html", context)

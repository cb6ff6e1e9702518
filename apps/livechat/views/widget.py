"""The loader that other sites include, and the frame that it shows. Neither takes a cookie or knows who comes."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import translation
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from apps.channels import registry
from apps.channels.embedding import allow_embedding
from apps.channels.selectors.public import open_channel
from apps.core.languages import public_language
from apps.livechat.connector import ChatConnector
from apps.livechat.selectors.widget import widget_config

EMOJI = tuple("😀😊😂😉😍🤔😅😢😭😡😱🙏👍👎👌👏💪🤝👋🎉🌹🎁📦✅❌❓🕐")
"""A few of those that people use; every keyboard of a phone has all."""


@require_safe
@cache_control(public=True, max_age=300)
def loader(request: HttpRequest, key: str) -> HttpResponse:
    """The script whose tag stands on the company's pages. It holds nothing of the request."""
    open_channel(key=key, kind=ChatConnector.kind)
    answer = HttpResponse(render_to_string("livechat/loader.js"), content_type="text/javascript; charset=utf-8")
    answer["Cross-Origin-Resource-Policy"] = "cross-origin"
    return answer


@require_safe
def frame(request: HttpRequest, key: str) -> HttpResponseBase:
    channel = open_channel(key=key, kind=ChatConnector.kind)
    with translation.override(public_language(request, channel.default_language)):
        side = registry.get(channel.kind).setting(channel, "side")
        context = {"config": widget_config(channel), "side": side, "emoji": EMOJI}
        return allow_embedding(render(request, "livechat/frame.html", context), channel, on_ours=True)

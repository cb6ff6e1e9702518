"""A page of the demo company's shop, with the chat on it as any site would have it."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from apps.demo.seed.livechat import KEY


@require_safe
def shop(request: HttpRequest) -> HttpResponse:
    goods = (
        ("sofa", _("Sofa Linden, three seats"), "¥ 4,280"),
        ("lamp", _("Floor lamp Hazel"), "¥ 560"),
        ("bed-double", _("Bed Ash, 1.8 m"), "¥ 3,150"),
        ("armchair", _("Armchair Maple"), "¥ 1,390"),
    )
    return render(request, "demo/shop.html", {"goods": goods, "chat": reverse("livechat:loader", args=[KEY])})

"""Which address belongs to which app."""

from importlib.util import find_spec

from django.conf import settings
from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path
from django.views.decorators.cache import cache_control
from django.views.generic import RedirectView
from django.views.i18n import JavaScriptCatalog

from contactcenter.staticfiles import favicon

# Address → URL module of the app that answers there, in the order they are tried.
FACES = (
    ("i18n/", "django.conf.urls.i18n"),
    ("accounts/", "apps.accounts.urls"),
    ("desk/", "apps.tickets.urls"),
    ("desk/", "apps.workbench.urls"),
    ("api/v1/", "contactcenter.api"),
    ("c/", "apps.tickets.public_urls"),
    ("", "apps.channels.urls"),
    ("", "apps.privacy.urls"),
    ("", "apps.sla.urls"),
    ("", "apps.counter.urls"),
    ("", "apps.outsourcing.urls"),
    ("", "apps.livechat.urls"),
)

urlpatterns: list[URLPattern | URLResolver] = [
    path("admin/", admin.site.urls),
    # Asked for by pages that name no icon of their own: a file shown in the browser, an answer of the API.
    path("favicon.ico", favicon, name="favicon"),
    # Texts of the browser's modules; the address carries the language, so that it may be kept for a while.
    path(
        "i18n/catalog/",
        cache_control(private=True, max_age=3600)(JavaScriptCatalog.as_view()),
        name="javascript-catalog",
    ),
    *(path(prefix, include(module)) for prefix, module in FACES if find_spec(module)),
]

if settings.DEMO:
    urlpatterns += [path("", include("apps.demo.urls")), path("", include("apps.simulator.urls"))]
else:
    urlpatterns.append(path("", RedirectView.as_view(url="/desk/"), name="start"))

if settings.DEBUG:
    from django.contrib.staticfiles.urls import staticfiles_urlpatterns

    urlpatterns += staticfiles_urlpatterns()

"""How often one credential may ask. Counted in Valkey; in PostgreSQL while Valkey is away."""

import time
from datetime import timedelta
from typing import TYPE_CHECKING, ClassVar

from django.conf import settings
from django.core.cache import cache
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from apps.core import throttle
from apps.core.actor import Actor
from apps.core.errors import TooMany

if TYPE_CHECKING:
    from rest_framework.views import APIView  # reads the settings that name this package's classes

MINUTE = timedelta(minutes=1)


class ActorThrottle(BaseThrottle):
    """Raises `TooMany` itself, so that the refusal looks like every other."""

    scope: ClassVar[str] = "all"

    def allow_request(self, request: Request, view: "APIView") -> bool:
        if isinstance(request.auth, Actor):
            count_request(f"api.{self.scope}:{request.auth.key}", limit=self.limit())
        return True

    def limit(self) -> int:
        return int(settings.API_RATE_PER_MINUTE)


class UploadThrottle(ActorThrottle):
    """Uploads cost disk, so they are counted apart, where a restart of Valkey does not forget them."""

    scope = "upload"

    def allow_request(self, request: Request, view: "APIView") -> bool:
        if isinstance(request.auth, Actor) and request.method == "POST":
            throttle.hit(f"api.upload:{request.auth.key}", limit=self.limit(), per=MINUTE)
        return True

    def limit(self) -> int:
        return int(settings.API_UPLOADS_PER_MINUTE)


class LookupThrottle(UploadThrottle):
    """Looking a customer up by an exact number or address is how a list of numbers would be tried out."""

    scope = "lookup"

    def allow_request(self, request: Request, view: "APIView") -> bool:
        if isinstance(request.auth, Actor):
            throttle.hit(f"api.lookup:{request.auth.key}", limit=self.limit(), per=MINUTE)
        return True

    def limit(self) -> int:
        return int(settings.API_LOOKUPS_PER_MINUTE)


def count_request(key: str, *, limit: int, per: timedelta = MINUTE) -> None:
    """A window of fixed length: two round trips to Valkey at most, none to the database."""
    length = int(per.total_seconds())
    window, passed = divmod(int(time.time()), length)
    name = f"throttle:{key}:{window}"
    if cache.add(name, 1, timeout=length + 1):
        return
    try:
        count = cache.incr(name)
    except ValueError:  # the window ended between the two calls
        return
    if count == 1:  # neither new nor counted: Valkey does not answer
        throttle.hit(key, limit=limit, per=per)
    elif count > limit:
        raise TooMany(retry_after=length - passed)

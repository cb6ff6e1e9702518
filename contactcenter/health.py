"""`/healthz`: this process answers. `/readyz`: it can do its work."""

from collections.abc import Callable

from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from redis import Redis
from redis.exceptions import RedisError


class HealthMiddleware:
    """Answers before hosts, sessions and redirects are looked at: probes come by address and without cookies."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path_info == "/healthz":
            return JsonResponse({"status": "ok"})
        if request.path_info == "/readyz":
            return readiness()
        return self.get_response(request)


def readiness() -> JsonResponse:
    """Ready means that the database answers. A missing broker only slows things down, so it is told, not refused."""
    database = _database_answers()
    broker = _broker_answers()
    status = "ok" if database and broker else "degraded" if database else "unavailable"
    return JsonResponse(
        {"status": status, "database": database, "broker": broker},
        status=200 if database else 503,
    )


def _database_answers() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            return bool(cursor.fetchone() == (1,))
    except DatabaseError:
        return False
    finally:
        # This runs before Django's own handling of requests, so the connection goes back to the pool here.
        if not connection.in_atomic_block:
            connection.close_if_unusable_or_obsolete()


def _broker_answers() -> bool:
    try:
        with Redis.from_url(settings.REDIS_URL, socket_timeout=1, socket_connect_timeout=1) as client:
            return bool(client.ping())
    except RedisError:
        return False

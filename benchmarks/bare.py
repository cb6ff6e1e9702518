"""What the calls of platforms are measured against: the same server and middleware, a view that verifies nothing and
does one INSERT.
"""

from __future__ import annotations

import os

import psycopg
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

from benchmarks.hooks import BARE
from contactcenter.urls import urlpatterns as project_urls

TABLE = "bench_bare"


def make_table() -> None:
    """As the owner: the application's own role makes no tables."""
    with psycopg.connect(os.environ["DATABASE_OWNER_URL"]) as owner:
        owner.execute(f"CREATE TABLE IF NOT EXISTS {TABLE} (id bigserial PRIMARY KEY, payload bytea NOT NULL)")
        owner.execute(f"TRUNCATE {TABLE}")
        owner.execute(f"GRANT ALL ON {TABLE}, {TABLE}_id_seq TO PUBLIC")


@csrf_exempt
def bare(request: HttpRequest) -> HttpResponse:
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO {TABLE} (payload) VALUES (%s)", [request.body])
    return HttpResponse("success")


urlpatterns = [path(BARE, bare), *project_urls]

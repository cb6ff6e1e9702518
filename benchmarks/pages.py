"""Desk list and ticket page over HTTP: complete documents of a signed-in supervisor, 50 rows, no response cache."""

from __future__ import annotations

import argparse
from collections.abc import Callable

from benchmarks import ground

LIST = "/desk/views/open/"
USER = "supervisor"


def queries_of(path: str) -> int:
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    from apps.accounts.models import User

    client = Client(headers={"host": "127.0.0.1"})
    client.force_login(User.objects.get(username=USER), backend="apps.accounts.backends.StaffBackend")
    if client.get(path).status_code != 200:
        raise SystemExit(f"{path} is not answered")
    with CaptureQueriesContext(connection) as captured:
        client.get(path)
    return len(captured)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=150)
    options = parser.parse_args()
    with ground.servers():
        ground.set_up_django()
        from apps.tickets.models import Ticket

        cookie = ground.session_of(USER)
        numbers = list(Ticket.objects.order_by("-last_message_at").values_list("number", flat=True)[:400])
        rows = []
        with ground.web() as (port, _processes):
            pages: dict[str, Callable[[int], str]] = {
                "list": lambda _number: LIST,
                "ticket page": lambda number: f"/desk/tickets/{numbers[number % len(numbers)]}/",
            }
            for name, path in pages.items():
                client = ground.Client(port, cookie)
                counter = iter(range(10**9))
                size = len(client.get(path(0)))
                taken = ground.one_client(lambda: client.get(path(next(counter))), times=options.times)  # noqa: B023
                clients = [ground.Client(port, cookie) for _ in range(8)]
                asks = [lambda number, one=one, path=path: one.get(path(number)) for one in clients]
                rate = ground.many_clients(asks, each=max(10, options.times // 4))
                rows.append(
                    [name, ground.part(taken, 0.5), ground.part(taken, 0.95), rate, queries_of(path(0)), size // 1024]
                )
        head = ["page", "p50 ms", "p95 ms", "pages/s, 8 clients", "queries", "KB"]
        ground.table(f"Pages ({Ticket.objects.count()} tickets, two web processes)", head, rows)


if __name__ == "__main__":
    main()

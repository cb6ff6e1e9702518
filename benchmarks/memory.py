"""Memory of the web processes, fresh and after many pages: resident, and what is not shared with others."""

from __future__ import annotations

import argparse

from benchmarks import ground
from benchmarks.pages import LIST, USER


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, default=400)
    options = parser.parse_args()
    with ground.servers():
        ground.set_up_django()
        from apps.tickets.models import Ticket

        cookie = ground.session_of(USER)
        numbers = list(Ticket.objects.order_by("-last_message_at").values_list("number", flat=True)[:100])
        rows: list[list[object]] = []
        with ground.web() as (port, processes):

            def note(when: str) -> None:
                for number, process in enumerate(processes, start=1):
                    memory = process.memory_full_info()
                    rows.append([f"web {number}, {when}", memory.rss / 2**20, memory.uss / 2**20])

            note("fresh")
            clients = [ground.Client(port, cookie) for _ in range(8)]
            for number in range(options.pages):
                clients[number % 8].get(LIST if number % 2 else f"/desk/tickets/{numbers[number % len(numbers)]}/")
            note(f"after {options.pages} pages")
        ground.table("Memory", ["process", "resident MB", "own MB"], rows)


if __name__ == "__main__":
    main()

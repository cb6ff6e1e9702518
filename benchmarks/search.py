"""Search in both languages, each bad case by itself: the selector, and the whole page over HTTP."""

from __future__ import annotations

import argparse
from urllib.parse import quote

from benchmarks import ground
from benchmarks.load import ELSEWHERE, TERMS


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=30)
    options = parser.parse_args()
    with ground.servers():
        ground.set_up_django()
        from apps.accounts.models import User
        from apps.core.actor import person
        from apps.core.models import ThrottleMark
        from apps.tickets.models import Ticket
        from apps.tickets.selectors.search import search

        cases = [(name, text, "supervisor") for name, text in TERMS.items()]
        cases.append(("frequent, in a queue that lacks it", ELSEWHERE, "vendor_agent"))
        rows = []
        with ground.web() as (port, _processes):
            for name, text, username in cases:
                user = User.objects.get(username=username)
                # Nobody may search as often as this.
                ThrottleMark.objects.all().delete()
                page = search(person(user), text)
                alone = ground.one_client(lambda: search(person(user), text), times=options.times)  # noqa: B023
                client = ground.Client(port, ground.session_of(username))
                ThrottleMark.objects.all().delete()
                path = f"/desk/search/?q={quote(text)}"
                whole = ground.one_client(lambda: client.get(path), times=options.times)  # noqa: B023
                figures = [ground.part(taken, share) for taken in (alone, whole) for share in (0.5, 0.95)]
                rows.append([name, text, page.label_total, *figures])
        head = ["case", "words", "hits", "p50 ms", "p95 ms", "page p50 ms", "page p95 ms"]
        ground.table(f"Search ({Ticket.objects.count()} tickets)", head, rows)


if __name__ == "__main__":
    main()

"""Desk list and ticket page over HTTP: what they cost a masked viewer more than an in-house one.

Both see the same tickets: the masked one is the supervisor's own account under a role whose lens masks everything, so
that scope, rows and page are alike and the lens alone differs. Runs are taken in turns, so that whatever else the machine does
weighs on both.
"""

from __future__ import annotations

import argparse
import itertools
import time

from benchmarks import ground

LIST = "/desk/views/open/"
USER = "supervisor"
MASKED = "masked-supervisor"
LIMIT = 15
"""Percent that a masked page may take longer."""


def masked_user() -> str:
    """A twin of the supervisor, in the same teams, who sees every class masked."""
    from apps.accounts.models import Role, User
    from apps.privacy.enums import FieldClass, Mode
    from apps.privacy.models import LensPolicy

    twin = User.objects.get(username=USER)
    groups = list(twin.groups.all())
    role, _made = Role.objects.get_or_create(
        key=MASKED, defaults={"name": {"en": MASKED}, "permissions": twin.role.permissions if twin.role else []}
    )
    for field_class in FieldClass:
        LensPolicy.objects.update_or_create(role=role, field_class=field_class, defaults={"mode": Mode.MASKED})
    user, _made = User.objects.get_or_create(
        username=MASKED, defaults={"display_name": MASKED, "role": role, "language": twin.language}
    )
    user.groups.set(groups)
    return user.username


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=200)
    options = parser.parse_args()
    with ground.servers():
        ground.set_up_django()
        from apps.tickets.models import Ticket

        cookies = {"in-house": ground.session_of(USER), "masked": ground.session_of(masked_user())}
        numbers = list(Ticket.objects.order_by("-last_message_at").values_list("number", flat=True)[:400])
        tickets = [f"/desk/tickets/{number}/" for number in numbers]
        rows = []
        with ground.web() as (port, _processes):
            clients = {name: ground.Client(port, cookie) for name, cookie in cookies.items()}
            for page, paths in (("list", [LIST]), ("ticket page", tickets)):
                taken: dict[str, list[float]] = {name: [] for name in clients}
                for path in itertools.islice(itertools.cycle(paths), options.times):
                    for name, client in clients.items():
                        taken[name].append(_milliseconds(client, path))
                rows += _compared(page, taken)
        head = ["page", "viewer", "p50 ms", "p95 ms", f"more than in-house, % (limit {LIMIT})"]
        ground.table(f"Masked pages ({Ticket.objects.count()} tickets)", head, rows)


def _milliseconds(client: ground.Client, path: str) -> float:
    """Of the second of two calls, so that what the first one reads from disk counts for nobody."""
    client.get(path)
    began = time.perf_counter()
    client.get(path)
    return (time.perf_counter() - began) * 1000


def _compared(page: str, taken: dict[str, list[float]]) -> list[list[object]]:
    ordered = {name: sorted(times) for name, times in taken.items()}
    plain = ground.part(ordered["in-house"], 0.5)
    return [_row(page, name, times, plain) for name, times in ordered.items()]


def _row(page: str, name: str, times: list[float], plain: float) -> list[object]:
    middle = ground.part(times, 0.5)
    return [page, name, middle, ground.part(times, 0.95), round(100 * (middle / plain - 1), 1)]


if __name__ == "__main__":
    main()

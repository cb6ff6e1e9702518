"""Creation by API, eight clients against two web processes.

`accepted` counts customers' messages that are stored durably and answered with 202; a worker makes tickets of them
afterwards (see `benchmarks.mail` for that half). `opened` counts tickets that exist when the answer comes.
"""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Callable

from benchmarks import ground


def message(number: int, salt: str) -> bytes:
    body = {
        "message_id": f"{salt}-{number}",
        "conversation": f"{salt}-{number}",
        "sender": {"kind": "email", "value": f"{salt}{number}@example.org"},
        "subject": "Where is my parcel?",
        "text": "I ordered a lamp last week, and it has not come. 请问我的快递到哪里了？",
    }
    return json.dumps(body).encode()


def asking(client: ground.Client, path: str, body: Callable[[int, str], bytes]) -> Callable[[int], object]:
    salt = os.urandom(6).hex()
    return lambda number: client.post(path, body(number, salt))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--each", type=int, default=60, help="requests of each client")
    options = parser.parse_args()
    with ground.servers():
        ground.set_up_django()
        from django.conf import settings

        headers = {"Authorization": f"Bearer {settings.DEMO_API_TOKEN}", "Content-Type": "application/json"}
        ways = {
            "accepted (POST channels/…/messages/)": ("/api/v1/channels/partner-api/messages/", message),
            "opened (POST tickets/)": (
                "/api/v1/tickets/",
                lambda number, salt: json.dumps({"subject": f"Parcel {salt} {number}", "queue": "general"}).encode(),
            ),
        }
        rows = []
        with ground.web() as (port, _processes):
            for name, (path, body) in ways.items():
                asks = [asking(ground.Client(port, headers), path, body) for _ in range(8)]
                ground.many_clients(asks[:2], each=1)
                asks = [asking(ground.Client(port, headers), path, body) for _ in range(8)]
                rows.append([name, ground.many_clients(asks, each=options.each)])
        ground.table("Creation by API (8 clients, two web processes)", ["way", "a second"], rows)


if __name__ == "__main__":
    main()

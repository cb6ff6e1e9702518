"""Mail import: raw mails from new senders through the durable inbox to tickets with acknowledgements, two workers.

Fetching by IMAP is left out: it is measured by how fast `accept` stores.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time

from benchmarks import ground

MAIL = """From: Buyer {key} <{key}@example.org>\r
To: support@lindenhaus.example\r
Subject: Order {key} 快递\r
Message-ID: <{key}@example.org>\r
Date: Sat, 21 Nov 2026 10:00:00 +0000\r
MIME-Version: 1.0\r
Content-Type: text/plain; charset=utf-8\r
Content-Transfer-Encoding: 8bit\r
\r
Hello, my order {key} has not arrived yet. Could you tell me where it is?\r
您好，我的快递还没有到，请问到哪里了？我的电话是 13800138000。\r
"""

WORKER = """
import django; django.setup()
from apps.channels.services.inbox import process_due
while process_due(): pass
"""


def fill(count: int) -> float:
    from apps.channels.models import Channel
    from apps.channels.services.inbox import accept

    channel, salt = Channel.objects.get(key="support-mail"), os.urandom(4).hex()
    began = time.perf_counter()
    for number in range(count):
        key = f"{salt}{number}"
        accept(channel=channel, external_id=key, order_by=key, payload=MAIL.format(key=key).encode())
    return count / (time.perf_counter() - began)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mails", type=int, default=1000)
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    with ground.servers():
        ground.set_up_django()
        from apps.channels.models import InboundEvent

        accepted = fill(options.mails)
        last = InboundEvent.objects.order_by("-pk").values_list("pk", flat=True)[0]
        began = time.time()
        workers = [subprocess.Popen([sys.executable, "-c", WORKER], cwd=ground.ROOT) for _ in range(options.workers)]
        for worker in workers:
            worker.wait()
        done = InboundEvent.objects.filter(pk__gt=last - options.mails, done_at__isnull=False)
        times = sorted(at.timestamp() for at in done.values_list("done_at", flat=True) if at is not None)
        first_done, last_done = times[0], times[-1]
        processed = len(times) / max(last_done - first_done, 0.001)
        ground.table(
            f"Mail import ({options.mails} mails, {options.workers} workers)",
            ["accepted/s, one process", "processed/s", "first after s, with start-up"],
            [[accepted, processed, first_done - began]],
        )


if __name__ == "__main__":
    main()

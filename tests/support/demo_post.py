"""The demo's mail servers in a thread, on free ports, with their mail in a folder of the test."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from apps.channels.demo_mail.servers import Post, serve
from tests.support.mail_servers import free_port

COMPANY = "support@lindenhaus.example"
PASSWORD = "demo-mail"


@contextmanager
def demo_post(folder: Path) -> Iterator[Post]:
    post = Post(folder, free_port(), free_port(), COMPANY, PASSWORD)
    ready = threading.Event()
    loop = asyncio.new_event_loop()
    stop = asyncio.Event()

    async def run() -> None:
        is_up = asyncio.Event()
        server = asyncio.create_task(serve(post, is_up, stop))
        await is_up.wait()
        ready.set()
        await server

    thread = threading.Thread(target=lambda: loop.run_until_complete(run()), name="demo post", daemon=True)
    thread.start()
    if not ready.wait(timeout=60):
        raise TimeoutError("the demo's mail servers did not start")
    try:
        yield post
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(timeout=60)
        loop.close()

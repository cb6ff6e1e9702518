"""The demo's mail servers, in the foreground."""

from __future__ import annotations

import asyncio
import errno
import logging
import signal
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from apps.channels.demo_mail.servers import HOST, Post, serve


class Command(BaseCommand):
    help = "Runs the demo's IMAP and SMTP servers on this machine until it is stopped."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--imap-port", type=int, default=settings.DEMO_IMAP_PORT)
        parser.add_argument("--smtp-port", type=int, default=settings.DEMO_SMTP_PORT)
        parser.add_argument("--folder", type=Path, default=Path(settings.DEMO_MAIL_DIR))

    def handle(self, *args: Any, **options: Any) -> None:
        logging.getLogger("mail.log").setLevel(logging.WARNING)
        post = Post(
            folder=options["folder"],
            imap_port=options["imap_port"],
            smtp_port=options["smtp_port"],
            company_address=settings.DEMO_MAIL_ADDRESS,
            password=settings.DEMO_MAIL_PASSWORD,
        )
        try:
            asyncio.run(self._run(post))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise CommandError(f"Port {post.imap_port} or {post.smtp_port} is taken by another program.") from None
            raise CommandError(f"The demo's mail servers could not start: {error}") from None

    async def _run(self, post: Post) -> None:
        ready, stop = asyncio.Event(), asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stop.set)
        server = asyncio.create_task(serve(post, ready, stop))
        waiting = asyncio.create_task(ready.wait())
        await asyncio.wait({server, waiting}, return_when=asyncio.FIRST_COMPLETED)
        if ready.is_set():
            self.stdout.write(f"IMAP on {HOST}:{post.imap_port}, SMTP on {HOST}:{post.smtp_port}")
        waiting.cancel()
        await server

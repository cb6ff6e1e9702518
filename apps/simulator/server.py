"""The one HTTP server under which the installation reaches every platform; on loopback only."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final
from urllib.parse import parse_qsl, unquote, urlsplit

from apps.simulator.platform import lowered
from apps.simulator.shapes import Answer, Call

logger = logging.getLogger(__name__)

HOST: Final = "127.0.0.1"
MAX_BODY: Final = 64 * 1024 * 1024
Answering = Callable[[str, Call], Answer]


class Server:
    """`answering` gets the account, the first part of the path, and the rest as a call."""

    def __init__(self, answering: Answering, *, port: int = 0) -> None:
        self._server = _HttpServer((HOST, port), _Handler)
        self._server.answering = answering
        self._thread = threading.Thread(target=self._serve, name="simulator", daemon=True)

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self._server.server_address[1]}"

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def _serve(self) -> None:
        self._server.serve_forever(poll_interval=0.1)


class _HttpServer(ThreadingHTTPServer):
    request_queue_size = 128
    answering: Answering


class _Handler(BaseHTTPRequestHandler):
    timeout = 30
    server: _HttpServer

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        if length > MAX_BODY:
            self.send_error(413)
            return
        key, call = _read(self.command, self.path, dict(self.headers.items()), self.rfile.read(length))
        try:
            answer = self.server.answering(key, call)
        except Exception:  # a platform that stumbles answers like one
            logger.exception("simulator.failed")
            answer = Answer(500, b"the simulator failed", "text/plain")
        self._send(answer)

    do_GET = do_PUT = do_PATCH = do_DELETE = do_POST  # noqa: N815 (the base class calls them so)

    def _send(self, answer: Answer) -> None:
        self.send_response(answer.status)
        for name, value in {"Content-Type": answer.content_type, **answer.headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        self.wfile.write(answer.body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 (the base class's name)
        pass


def _read(method: str, target: str, headers: dict[str, str], body: bytes) -> tuple[str, Call]:
    parts = urlsplit(target)
    key, _, rest = parts.path.lstrip("/").partition("/")
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    return unquote(key), Call(method, f"/{rest}", query, lowered(headers), body)

import contextlib
import socket
import threading
from collections.abc import Iterator

import pytest

from apps.automation import posting
from apps.automation.posting import Call, post

pytestmark = pytest.mark.unit

CALL = {"secrets": ("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",), "message_id": "msg_1", "body": b"{}"}


@pytest.fixture
def trickle() -> Iterator[str]:
    """A receiver that begins to answer and never comes to an end: a byte now and then."""
    over = threading.Event()
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        connection, _address = listener.accept()
        with connection, contextlib.suppress(OSError):
            connection.sendall(b"HTTP/1.1 200 OK\r\nX-Slow: ")
            while not over.wait(0.02):
                connection.sendall(b"x")

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}/"
    over.set()
    thread.join(timeout=30)
    listener.close()


def test_a_call_that_only_trickles_ends(trickle: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(posting, "TIMEOUT", 0.5)

    outcome = post(Call(trickle, **CALL))  # type: ignore[arg-type]

    assert (outcome.error, outcome.status) == ("timeout", None)
    assert outcome.duration.total_seconds() < 20


@pytest.mark.parametrize(
    ("url", "error"),
    [
        ("https://nothing.invalid/", "name"),
        ("http://127.0.0.1:1/", "connection"),
        ("gopher://127.0.0.1/", "address"),
        ("nonsense", "address"),
    ],
    ids=["no-name", "nobody-listens", "scheme", "nonsense"],
)
def test_what_cannot_be_called_is_told_by_name(url: str, error: str) -> None:
    outcome = post(Call(url, **CALL))  # type: ignore[arg-type]

    assert (outcome.error, outcome.status, outcome.answer) == (error, None, "")

"""Pages are answered by a few threads that stay, and what they used is given back."""

import asyncio
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from asgiref.sync import async_to_sync
from asgiref.testing import ApplicationCommunicator
from django.core.signals import request_finished, request_started
from django.http import FileResponse, HttpRequest, HttpResponse, StreamingHttpResponse
from django.test import override_settings
from django.urls import path
from django.utils import translation

from contactcenter import asgi
from contactcenter.asgi import THREADS, PagesHandler

pytestmark = pytest.mark.integration

seen: list[tuple[str, str]] = []


def page(request: HttpRequest) -> HttpResponse:
    seen.append(("view", threading.current_thread().name))
    return HttpResponse(f"{request.GET.get('name', '')} {len(request.body)}")


def stream(request: HttpRequest) -> StreamingHttpResponse:
    return StreamingHttpResponse(iter([b"one", b"two"]))


def download(request: HttpRequest) -> FileResponse:
    return FileResponse(Path(__file__).open("rb"))


def marked(request: HttpRequest) -> HttpResponse:
    """Says who asked, as it was kept while others were answered."""
    with translation.override(request.GET["name"]):
        time.sleep(0.002)
        return HttpResponse(f"{request.GET['name']} {translation.get_language()}")


urlpatterns = [path("page/", page), path("marked/", marked), path("stream/", stream), path("download/", download)]


@pytest.fixture(autouse=True)
def listening() -> Iterator[None]:
    def started(**_: object) -> None:
        seen.append(("started", threading.current_thread().name))

    def finished(**_: object) -> None:
        seen.append(("finished", threading.current_thread().name))

    seen.clear()
    request_started.connect(started)
    request_finished.connect(finished)
    yield
    request_started.disconnect(started)
    request_finished.disconnect(finished)


@override_settings(ROOT_URLCONF=__name__, MIDDLEWARE=[])
def ask(where: str, body: bytes = b"", *, leaves: bool = False) -> tuple[int, bytes]:
    async def run() -> tuple[int, bytes]:
        address, _, query = where.partition("?")
        scope = {
            "type": "http",
            "method": "POST" if body else "GET",
            "path": address,
            "query_string": query.encode(),
            "headers": [(b"host", b"testserver")],
        }
        asked = ApplicationCommunicator(PagesHandler(), scope)
        if leaves:
            await asked.send_input({"type": "http.disconnect"})
            await asked.wait()
            return 0, b""
        await asked.send_input({"type": "http.request", "body": body[:5], "more_body": bool(body[5:])})
        if body[5:]:
            await asked.send_input({"type": "http.request", "body": body[5:]})
        head = await asked.receive_output(timeout=60)
        parts, more = [], True
        while more:
            part = await asked.receive_output(timeout=60)
            parts.append(part.get("body", b""))
            more = part.get("more_body", False)
        await asked.wait()
        return head["status"], b"".join(parts)

    return async_to_sync(run)()


def test_a_page_is_begun_answered_and_closed_in_one_thread_that_stays() -> None:
    assert ask("/page/?name=wang") == (200, b"wang 0")
    assert [what for what, _ in seen] == ["started", "view", "finished"]
    assert len({thread for _, thread in seen}) == 1
    assert seen[0][1].startswith("pages")


def test_the_body_arrives_whole_in_parts() -> None:
    assert ask("/page/", b"0123456789" * 50) == (200, b" 500")


def test_what_streams_is_closed_after_the_last_part() -> None:
    assert ask("/stream/") == (200, b"onetwo")
    assert [what for what, _ in seen] == ["started", "finished"]


def test_a_file_is_sent_whole_and_closed() -> None:
    assert ask("/download/") == (200, Path(__file__).read_bytes())
    assert [what for what, _ in seen] == ["started", "finished"]


def test_somebody_who_left_costs_no_thread() -> None:
    ask("/page/", leaves=True)
    assert seen == []


@override_settings(ROOT_URLCONF=__name__, MIDDLEWARE=[])
def test_each_is_answered_for_themselves_while_others_leave() -> None:
    """Bad input 106: of ninety who ask at once every third goes away in the middle, by the wire or altogether."""
    names = ["en", "zh-hans", "de"]

    async def one(number: int) -> tuple[str, bytes] | None:
        name = names[number % 3 if number % 2 else 0]
        scope = {
            "type": "http", "method": "GET", "path": "/marked/", "query_string": f"name={name}".encode(),
            "headers": [(b"host", b"testserver")],
        }  # fmt: skip
        asked = ApplicationCommunicator(PagesHandler(), scope)
        await asked.send_input({"type": "http.request", "body": b""})
        if number % 3 == 0:
            await asyncio.sleep(0.001 * (number % 7))
            await asked.send_input({"type": "http.disconnect"})
            if number % 6:
                asked.stop(exceptions=False)
            return None
        await asked.receive_output(timeout=60)
        body = (await asked.receive_output(timeout=60))["body"]
        await asked.wait()
        return name, body

    async def everybody() -> list[tuple[str, bytes] | None]:
        return await asyncio.gather(*(one(number) for number in range(90)))

    answers = [answer for answer in async_to_sync(everybody)() if answer is not None]
    assert len(answers) == 60
    assert [body for name, body in answers if body != f"{name} {name}".encode()] == []


def test_an_unknown_address_is_a_page_and_not_a_fault() -> None:
    status, _body = ask("/nowhere/")
    assert status == 404
    assert [what for what, _ in seen] == ["started", "finished"]


def test_many_requests_need_no_more_threads_than_are_set(settings) -> None:
    for number in range(30):
        assert ask(f"/page/?name={number}")[0] == 200
    assert len({thread for what, thread in seen if what == "view"}) <= settings.WEB_THREADS
    assert THREADS._max_workers == settings.WEB_THREADS


# --- Which handler answers where ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("/hooks/wechat-1/", "hooks_application"),
        ("/hooks/wechat-1", "pages_application"),
        ("/hooks/wechat-1/more/", "pages_application"),
        ("/hooks/wechat-1/\n", "pages_application"),
        ("/hooks//", "pages_application"),
        ("/hooks/微信/", "pages_application"),
        ("//hooks/wechat-1/", "pages_application"),
        ("/desk/", "pages_application"),
    ],
)
def test_only_the_whole_address_of_a_hook_goes_past_the_pages(
    address: str, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def handler(called: str) -> object:
        async def application(scope: object, receive: object, send: object) -> None:
            asked.append(called)

        return application

    for application in ("hooks_application", "pages_application"):
        monkeypatch.setattr(asgi, application, handler(application))
    async_to_sync(asgi.http_application)({"type": "http", "path": address}, None, None)

    assert asked == [name]

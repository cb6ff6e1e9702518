"""The call that carries an answer out, against a server on loopback."""

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from apps.channels import platform_http
from apps.channels.connectors.webhook import outgoing
from apps.channels.connectors.webhook.forms import default_settings
from apps.channels.connectors.webhook.outgoing import TemplateRefused, build, check_places, check_template
from apps.channels.connectors.webhook.signing import Scheme, Style, Verdict
from apps.channels.contract import Outbound, Recipients, SendResult
from apps.channels.enums import DeliveryState, FailureKind

pytestmark = pytest.mark.unit
HARD = 'He said: "no" \\ {{ recipient }} \u2028\n你好 </script> \x00'


def outbound(text: str = "On its way.") -> Outbound:
    return Outbound(
        client_key="webhook.1",
        recipients=Recipients(to=("u-1",)),
        from_name="Harbour",
        text=text,
        in_reply_to="m-1",
        references=("order-9",),
        thread={"kind": "webhook", "scope": "shop", "value": "u/1"},
    )


def settings_of(**values: Any) -> dict[str, Any]:
    return default_settings() | {"send_url": "https://shop.example/reply"} | values


# --- Templates


def test_values_stay_inside_of_their_quotation_marks() -> None:
    body = '{"to": "{{ recipient }}", "deep": [{"text": "Re: {{text}}"}], "n": 5, "ok": true, "x": null}'

    request = build(settings_of(send_body=body), "", outbound(HARD))

    assert json.loads(request.body) == {"to": "u/1", "deep": [{"text": f"Re: {HARD}"}], "n": 5, "ok": True, "x": None}
    assert "你好".encode() in request.body


def test_addresses_and_headers_hold_values_in_their_own_spelling() -> None:
    request = build(
        settings_of(
            send_url="https://shop.example/users/{{ recipient }}/reply?order={{ conversation }}",
            send_headers=["X-Agent: {{ agent_name }}", "X-Text: {{ text }}"],
        ),
        "",
        outbound("a\r\nX-Evil: 1 你"),
    )

    assert request.url == "https://shop.example/users/u%2F1/reply?order=order-9"
    assert request.headers["X-Agent"] == "Harbour"
    assert "\r" not in request.headers["X-Text"]
    assert request.headers["X-Text"].isascii()


def test_a_form_instead_of_json() -> None:
    request = build(settings_of(send_format="form", send_body='{"to": "{{ recipient }}", "n": 1}'), "", outbound())

    assert request.body == b"to=u%2F1&n=1"
    assert request.headers["Content-Type"] == "application/x-www-form-urlencoded"


@pytest.mark.parametrize("text", ["", "{", "{{ text }}", '{"a": {{ text }}}', '{"a": "{{ secret }}"}', "[" * 5000])
def test_a_template_that_is_no_json_or_names_what_is_not_there_is_refused(text: str) -> None:
    with pytest.raises(TemplateRefused):
        check_template(text)


def test_templates_compute_nothing() -> None:
    check_places("https://x.example/{{ text }}/{% debug %}/{{ text.__class__ }}/{{ 7*7 }}")
    request = build(settings_of(send_body='{"a": "{% debug %} {{ 7*7 }} {{ text|safe }}"}'), "", outbound())
    assert json.loads(request.body) == {"a": "{% debug %} {{ 7*7 }} {{ text|safe }}"}


@pytest.mark.parametrize("style", list(Style))
def test_what_we_sign_the_other_side_can_verify(style: Style) -> None:
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    request = build(settings_of(send_signing=str(style)), secret, outbound())

    assert Scheme(style).judge([secret], dict(request.headers), request.body) is Verdict.GENUINE
    assert Scheme(style).judge([secret], dict(request.headers), request.body + b" ") is Verdict.WRONG


def test_tokens_and_passwords_stand_in_the_usual_header() -> None:
    assert build(settings_of(send_signing="bearer"), "t0k", outbound()).headers["Authorization"] == "Bearer t0k"
    basic = build(settings_of(send_signing="basic"), "Aladdin:open sesame", outbound())
    assert basic.headers["Authorization"] == "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="


# --- The exchange


@dataclass
class Server:
    url: str = ""
    status: int = 200
    body: bytes = b"{}"
    headers: dict[str, str] = field(default_factory=dict)
    asked: list[tuple[str, str, bytes]] = field(default_factory=list)


@pytest.fixture(autouse=True)
def _clean_line() -> Iterator[None]:
    yield
    platform_http.forget()


@pytest.fixture
def server() -> Iterator[Server]:
    state = Server()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            state.asked.append((self.command, self.path, body))
            self.send_response(state.status)
            for name, value in ({"Content-Length": str(len(state.body))} | state.headers).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(state.body)

        def log_message(self, *args: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as httpd:
        state.url = f"http://127.0.0.1:{httpd.server_port}"
        thread = threading.Thread(target=httpd.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        yield state
        httpd.shutdown()
        thread.join()


def send(server: Server, **values: Any) -> SendResult:
    return outgoing.send(settings_of(send_url=f"{server.url}/reply", **values), "", outbound())


def test_a_2xx_with_their_id_is_sent(server: Server) -> None:
    server.body = b'{"data": {"id": 77}}'

    assert send(server, send_id="data.id") == SendResult.sent("77")
    ((method, path, body),) = server.asked
    assert (method, path) == ("POST", "/reply")
    assert json.loads(body) == {"to": "u/1", "text": "On its way."}


@pytest.mark.parametrize(
    ("status", "body", "values", "failure", "state"),
    [
        (204, b"", {}, None, "sent"),
        (200, b"<html>ok</html>", {"send_id": "id"}, "unknown_outcome", "unknown"),
        (200, b"\n<!DOCTYPE html><title>Sign in</title>", {}, "unknown_outcome", "unknown"),
        (200, b"<ok/>", {}, None, "sent"),
        (200, b'{"code": 7}', {"send_ok": "code == `0`"}, "rejected", "failed"),
        (200, b"<html>", {"send_ok": "code == `0`"}, "rejected", "failed"),
        (200, b'{"code": 45015}', {"send_failures": ["outside_window: code == `45015`"]}, "outside_window", "failed"),
        (400, b'{"e": "gone"}', {"send_failures": ["recipient_gone: e == 'gone'"]}, "recipient_gone", "failed"),
        (200, b'{"code": 1}', {"send_failures": ["retry_later: code == `1`"]}, "retry_later", "queued"),
        (200, b'{"code": 1}', {"send_failures": ["unknown_outcome: code == `1`"]}, "unknown_outcome", "unknown"),
        (400, b"", {}, "rejected", "failed"),
        (401, b"", {}, "reauthenticate", "failed"),
        (403, b"", {}, "misconfigured", "failed"),
        (404, b"", {}, "misconfigured", "failed"),
        (302, b"", {}, "misconfigured", "failed"),
        (429, b"", {}, "retry_later", "queued"),
        (503, b"", {}, "retry_later", "queued"),
        (500, b"", {}, "unknown_outcome", "unknown"),
        (502, b"<html>", {}, "unknown_outcome", "unknown"),
        (500, b"", {"send_repeatable": True}, "retry_later", "queued"),
    ],
)
def test_every_answer_has_its_kind(
    server: Server, status: int, body: bytes, values: dict[str, Any], failure: str | None, state: str
) -> None:
    server.status, server.body = status, body

    result = send(server, **values)

    assert (result.failure, result.state) == (FailureKind(failure) if failure else None, DeliveryState(state))
    assert len(server.asked) == 1


def test_retry_after_is_obeyed(server: Server) -> None:
    server.status, server.headers = 429, {"Retry-After": "120"}

    result = send(server)

    assert result.retry_after is not None
    assert result.retry_after.total_seconds() == 120


def test_nobody_there_is_tried_again(server: Server) -> None:
    server.url = "http://127.0.0.1:1"

    assert send(server).failure == FailureKind.RETRY_LATER


@pytest.mark.parametrize(
    "url",
    ["http://127.0.0.1:{port}/x", "http://[::1]:{port}/", "http://localhost:{port}/", "http://2130706433:{port}/"],
)
def test_private_addresses_are_refused_where_nothing_private_is_allowed(
    server: Server, settings: Any, url: str
) -> None:
    settings.HTTP_ALLOW_PRIVATE = []
    port = server.url.rpartition(":")[2]

    result = outgoing.send(settings_of(send_url=url.format(port=port)), "", outbound())

    assert result.failure in {FailureKind.MISCONFIGURED, FailureKind.RETRY_LATER}
    assert server.asked == []


def test_a_broken_template_sends_nothing(server: Server) -> None:
    assert send(server, send_body="{").failure == FailureKind.MISCONFIGURED
    assert outgoing.send(default_settings(), "", outbound()).failure == FailureKind.MISCONFIGURED
    assert server.asked == []

"""Each way in which a platform can fail to answer has one meaning to a message that was being sent."""

import logging
import socket
from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine

from apps.channels import platform_http
from apps.channels.contract import SendResult
from apps.channels.enums import DeliveryState, FailureKind
from apps.channels.platform_http import AnswerTooLarge, PlatformTrouble, call, retry_after
from tests.support.platform_server import HANG_UP, PlatformServer, Scripted, answer, platform_server

pytestmark = pytest.mark.unit

SECRET = "token-that-nobody-may-read"


@pytest.fixture
def server() -> Iterator[PlatformServer]:
    with platform_server() as platform:
        yield platform


def trouble(url: str, *, repeatable: bool = False) -> SendResult:
    with pytest.raises(PlatformTrouble) as raised:
        call("POST", url, repeatable=repeatable, params={"access_token": SECRET}, content=b"{}").json()
    assert SECRET not in f"{raised.value} {raised.value!r} {raised.value.result}"
    assert raised.value.__cause__ is None
    return raised.value.result


def test_an_answer_is_handed_over_whatever_it_says(server: PlatformServer) -> None:
    server.on("/send", answer({"errcode": 40001, "errmsg": "no"}, status=400))

    found = call("POST", f"{server.url}/send", json={"a": "发票"})

    assert (found.status, found.json()) == (400, {"errcode": 40001, "errmsg": "no"})
    assert server.asked[0].json() == {"a": "发票"}


@pytest.mark.parametrize(
    ("reply", "state", "failure", "after"),
    [
        (answer({}, 429), DeliveryState.QUEUED, FailureKind.RETRY_LATER, None),
        (answer({}, 429, Retry_After="17"), DeliveryState.QUEUED, FailureKind.RETRY_LATER, 17),
        (answer({}, 429, Retry_After="99999999999"), DeliveryState.QUEUED, FailureKind.RETRY_LATER, 86400),
        (answer({}, 429, Retry_After="soon"), DeliveryState.QUEUED, FailureKind.RETRY_LATER, None),
        (answer({}, 503, Retry_After="5"), DeliveryState.QUEUED, FailureKind.RETRY_LATER, 5),
        (answer({}, 500), DeliveryState.UNKNOWN, FailureKind.UNKNOWN_OUTCOME, None),
        (answer({}, 504), DeliveryState.UNKNOWN, FailureKind.UNKNOWN_OUTCOME, None),
        (HANG_UP, DeliveryState.UNKNOWN, FailureKind.UNKNOWN_OUTCOME, None),
        (Scripted(200, b"<html>sorry"), DeliveryState.UNKNOWN, FailureKind.UNKNOWN_OUTCOME, None),
        (Scripted(200, b"[1]"), DeliveryState.UNKNOWN, FailureKind.UNKNOWN_OUTCOME, None),
        (Scripted(200, b"[" * 100_000), DeliveryState.UNKNOWN, FailureKind.UNKNOWN_OUTCOME, None),
        (Scripted(404, b"<html>no"), DeliveryState.FAILED, FailureKind.MISCONFIGURED, None),
        (Scripted(302, b"", {"Location": "http://10.0.0.1/"}), DeliveryState.UNKNOWN, FailureKind.UNKNOWN_OUTCOME, None),
    ],
)  # fmt: skip
def test_what_a_bad_answer_means(
    server: PlatformServer, reply: Scripted, state: DeliveryState, failure: FailureKind, after: int | None
) -> None:
    server.on("/send", reply)

    result = trouble(f"{server.url}/send")

    assert (result.state, result.failure) == (state, failure)
    assert result.retry_after == (None if after is None else timedelta(seconds=after))


@pytest.mark.parametrize("reply", [answer({}, 500), HANG_UP, Scripted(200, b"<html>")])
def test_trouble_with_a_call_that_may_be_repeated_is_never_unknown(server: PlatformServer, reply: Scripted) -> None:
    server.on("/send", reply)

    assert trouble(f"{server.url}/send", repeatable=True).failure == FailureKind.RETRY_LATER


def test_a_request_that_reached_nobody_is_tried_again() -> None:
    with platform_server() as gone:
        url = gone.url

    assert trouble(f"{url}/send").failure == FailureKind.RETRY_LATER


def test_a_name_that_is_not_found_may_be_found_later(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_args: object, **_more: object) -> None:
        raise socket.gaierror(-3, "Temporary failure in name resolution")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)

    assert trouble("http://platform.example/send").failure == FailureKind.RETRY_LATER


@pytest.mark.parametrize(
    "url",
    [
        "ftp://platform.example/",
        "http://10.0.0.1/",
        "http://169.254.169.254/",
        "http://xn--zzzzz9/",
    ],
)
def test_an_address_that_may_not_be_called_is_a_mistake_of_the_set_up(url: str) -> None:
    assert trouble(url).failure == FailureKind.MISCONFIGURED


def test_an_endless_answer_is_cut(server: PlatformServer) -> None:
    server.on("/big", Scripted(200, b"x" * 3000))

    with pytest.raises(AnswerTooLarge):
        call("GET", f"{server.url}/big", repeatable=True, max_bytes=1000)


def test_a_platform_that_fails_again_and_again_is_left_alone_for_a_while(server: PlatformServer) -> None:
    server.on("/send", answer({}, 503))
    for _ in range(platform_http.FAILURES_TO_OPEN):
        trouble(f"{server.url}/send")

    result = trouble(f"{server.url}/send")

    assert len(server.asked) == platform_http.FAILURES_TO_OPEN
    assert result.failure == FailureKind.RETRY_LATER
    assert result.retry_after is not None
    assert timedelta(0) < result.retry_after <= timedelta(seconds=platform_http.OPEN_SECONDS)


def test_being_told_to_slow_down_leaves_it_open(server: PlatformServer) -> None:
    server.on("/send", answer({}, 429))
    for _ in range(platform_http.FAILURES_TO_OPEN + 1):
        trouble(f"{server.url}/send")

    assert len(server.asked) == platform_http.FAILURES_TO_OPEN + 1


def test_no_token_reaches_the_logs(server: PlatformServer, caplog: pytest.LogCaptureFixture) -> None:
    server.on("/send", answer({"ok": True}))

    with caplog.at_level(logging.INFO):
        call("POST", f"{server.url}/send", params={"access_token": SECRET}, headers={"Authorization": SECRET})

    assert server.asked[0].query == {"access_token": SECRET}
    assert SECRET not in caplog.text


@time_machine.travel("2026-11-22T06:00:00Z", tick=False)
@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("Sun, 22 Nov 2026 06:01:00 GMT", 60),
        ("Sun, 22 Nov 2026 05:00:00 GMT", None),
        ("Wed, 21 Oct 2026 07:28:00 +99999999999999999999", None),
        ("-5", None),
        ("١٢", None),
        ("", None),
    ],
)
def test_how_long_to_wait_may_be_a_date(value: str, seconds: int | None) -> None:
    assert retry_after({"retry-after": value}) == (None if seconds is None else timedelta(seconds=seconds))

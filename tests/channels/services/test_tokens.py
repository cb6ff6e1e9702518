"""One token for one set of credentials, however many ask at once."""

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine

from apps.channels.contract import SendResult
from apps.channels.enums import FailureKind
from apps.channels.keys import key_of
from apps.channels.models import PlatformToken
from apps.channels.platform_http import PlatformTrouble
from apps.channels.services import tokens
from apps.channels.services.tokens import Issued, access_token, lasting, with_token
from apps.core.clock import now
from apps.core.leases import take_lease
from tests.channels.conftest import in_parallel

pytestmark = [pytest.mark.integration, pytest.mark.django_db(transaction=True)]

CREDENTIALS = ("wechat", "wx1", "secret")
TWO_HOURS = timedelta(hours=2)


class Platform:
    def __init__(self, lifetime: timedelta = TWO_HOURS, before: Callable[[], None] = lambda: None) -> None:
        self.calls: list[bool] = []
        self.lifetime = lifetime
        self.before = before

    def issue(self, refused: bool) -> Issued:
        self.before()
        self.calls.append(refused)
        return Issued(f"token-{len(self.calls)}", self.lifetime)


def test_many_processes_ask_the_platform_once() -> None:
    started = threading.Event()
    platform = Platform(before=lambda: started.wait(0.3) and None)

    found = in_parallel(6, lambda _number: access_token(credentials=CREDENTIALS, issue=platform.issue))

    assert found == ["token-1"] * 6
    assert platform.calls == [False]


def test_a_token_is_renewed_before_it_runs_out() -> None:
    platform = Platform()
    access_token(credentials=CREDENTIALS, issue=platform.issue)

    with time_machine.travel(now() + TWO_HOURS - tokens.MARGIN - timedelta(minutes=1)):
        assert access_token(credentials=CREDENTIALS, issue=platform.issue) == "token-1"
    with time_machine.travel(now() + TWO_HOURS - tokens.MARGIN + timedelta(minutes=1)):
        assert access_token(credentials=CREDENTIALS, issue=platform.issue) == "token-2"
    assert PlatformToken.objects.count() == 1


def test_while_one_renews_the_others_go_on_with_the_old_token() -> None:
    platform = Platform()
    access_token(credentials=CREDENTIALS, issue=platform.issue)

    with time_machine.travel(now() + TWO_HOURS - timedelta(minutes=1)):
        assert take_lease(f"token:{key_of('token', *CREDENTIALS).hex()}", ttl=timedelta(minutes=1)) is not None
        assert access_token(credentials=CREDENTIALS, issue=platform.issue) == "token-1"
    assert platform.calls == [False]


def test_whoever_waits_too_long_for_another_tries_later(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tokens, "PATIENCE_SECONDS", 0.0)
    take_lease(f"token:{key_of('token', *CREDENTIALS).hex()}", ttl=timedelta(minutes=1))

    with pytest.raises(PlatformTrouble) as raised:
        access_token(credentials=CREDENTIALS, issue=Platform().issue)

    assert raised.value.result.failure == FailureKind.RETRY_LATER


def test_other_credentials_have_another_token() -> None:
    platform = Platform()

    first = access_token(credentials=CREDENTIALS, issue=platform.issue)
    second = access_token(credentials=("wechat", "wx1", "new secret"), issue=platform.issue)

    assert (first, second) == ("token-1", "token-2")


def test_a_refused_token_is_replaced_once() -> None:
    platform = Platform()

    def use(token: str) -> str:
        return "refused" if token == "token-1" else f"ok with {token}"

    answer = with_token(
        credentials=CREDENTIALS, issue=platform.issue, use=use, is_refused=lambda answer: answer == "refused"
    )

    assert answer == "ok with token-2"
    assert platform.calls == [False, True]


def test_a_platform_that_refuses_every_token_is_asked_no_further() -> None:
    platform = Platform()
    used: list[str] = []

    answer = with_token(
        credentials=CREDENTIALS, issue=platform.issue, use=lambda token: used.append(token) or "no", is_refused=bool
    )

    assert (answer, used, len(platform.calls)) == ("no", ["token-1", "token-2"], 2)


def test_a_failed_renewal_leaves_the_way_free() -> None:
    def fail(_refused: bool) -> Issued:
        raise PlatformTrouble(SendResult.retry_later("down"))

    with pytest.raises(PlatformTrouble):
        access_token(credentials=CREDENTIALS, issue=fail)

    assert access_token(credentials=CREDENTIALS, issue=Platform().issue) == "token-1"


def test_the_token_is_not_readable_in_the_database() -> None:
    access_token(credentials=CREDENTIALS, issue=Platform().issue)

    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT value, key FROM contact_channels_platformtoken")
        stored = b"".join(bytes(part) for part in cursor.fetchone())
    assert b"token-1" not in stored
    assert b"secret" not in stored


def test_a_life_beyond_reason_is_cut() -> None:
    assert lasting(7200) == timedelta(hours=2)
    assert lasting(10**30) == timedelta(days=400)
    assert lasting(-1) == timedelta(seconds=1)

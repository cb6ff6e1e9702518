"""What every messenger has to do alike: prove, store once, keep what cannot be read, and never guess at an outcome."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from structlog.testing import capture_logs

from apps.channels import registry
from apps.channels.contract import Outbound, Recipients
from apps.channels.enums import DeliveryState, FailureKind, InboundState
from apps.channels.models import InboundEvent
from tests.channels.connectors.bots.side import Account, stored
from tests.support.platform_server import HANG_UP, Scripted, answer

pytestmark = [pytest.mark.integration, pytest.mark.django_db]

STRANGE = (None, [], 1e300)


def refused(account: Account, body: bytes, headers: dict[str, str]) -> str:
    with capture_logs() as logs:
        assert account.post(body, headers).status_code == 403
    return next(str(row["reason"]) for row in logs if row["event"] == "hook.refused")


def leaks(account: Account, text: str) -> bool:
    return any(secret in text for secret in account.side.secrets.values())


# --- In


def test_a_message_is_stored_once_however_often_it_comes(account: Account) -> None:
    answers = [account.post(account.side.message("在吗 😀 <b>", 1)) for _ in range(3)]
    account.post(account.side.message("还在吗", 2))

    assert [reply.status_code for reply in answers] == [200] * 3
    assert len(account.stored()) == 2
    assert len({bytes(row.order_key) for row in account.stored()}) == 1


def test_a_text_is_what_was_written(account: Account) -> None:
    message = account.come(account.side.message("在吗 😀 <b>\n第二行", 1))

    identity = message.customer.identities.exclude(kind="phone").get()  # type: ignore[union-attr]
    connector = registry.get(account.side.kind)
    assert message.text == "在吗 😀 <b>\n第二行"
    assert (identity.kind, identity.value) == (connector.identity_kind, account.side.customer)
    assert identity.scope == connector.identity_scope(account.channel)
    assert identity.verified_at is not None


def test_one_conversation_is_one_ticket(account: Account) -> None:
    first, second = (account.come(account.side.message(f"message {number}", number)) for number in (1, 2))

    assert first.ticket_id == second.ticket_id


def test_a_call_without_proof_leaves_nothing_but_a_reason(account: Account) -> None:
    body, secret = account.side.message("x", 1), account.side.secrets[account.side.proof]
    good = account.side.sign(body, secret)

    assert refused(account, body, {}) == "signature_missing"
    assert refused(account, body, account.side.sign(body, "another")) == "signature_wrong"
    assert refused(account, body, dict.fromkeys(good, "签名")) == "signature_wrong"
    assert refused(account, body, {name: value.swapcase() for name, value in good.items()}) == "signature_wrong"
    assert not account.stored()


def test_without_a_secret_nobody_is_believed(account: Account) -> None:
    body = account.side.message("x", 1)
    account.channel.secrets = {**account.side.secrets, account.side.proof: ""}
    account.channel.save()

    assert refused(account, body, account.side.sign(body, "")) == "no_secret_configured"
    assert not account.stored()


def test_a_look_at_the_address_tells_and_keeps_nothing(account: Account) -> None:
    assert account.client.get(f"/hooks/{account.channel.key}/").status_code == 403
    assert not account.stored()


def test_a_huge_body_is_not_read(account: Account) -> None:
    assert account.post(b"x" * (5 * 1024 * 1024), {}).status_code == 413
    assert not account.stored()


@pytest.mark.parametrize("body", [b'{"a":' * 5000, b"", b"[1]", b'{"half": ', b"\xff\xfe"])
def test_what_cannot_be_read_is_kept_and_parked(account: Account, body: bytes) -> None:
    assert account.post(body).status_code == 200

    row = account.take_in()[0]
    assert (row.state, row.error_code, bytes(row.payload)) == (InboundState.PARKED, "channels.unreadable", body)
    assert not leaks(account, row.error)


def test_an_unknown_kind_is_kept_with_a_notice(account: Account) -> None:
    message = account.come(account.side.message("", 1, unknown=True))

    assert message.notice == "unknown_type"
    assert message.text


def test_nothing_that_stands_in_a_message_is_unexpected(account: Account) -> None:
    """Every value in turn is replaced by one of another type. What that makes may be refused, but for a reason."""
    for number, path in enumerate(_paths(json.loads(account.side.message("x", 1)))):
        strange = STRANGE[number % len(STRANGE)]
        body = json.dumps(_replaced(json.loads(account.side.message("x", 100 + number)), path, strange)).encode()
        assert account.post(body).status_code == 200, (path, strange)
    for _ in range(4):  # somebody whose name is not told is waited for a little
        InboundEvent.objects.waiting().update(due_at="2020-01-01T00:00:00Z")
        account.take_in()

    unexpected = InboundEvent.objects.exclude(error_code__in=["", "channels.unreadable"])
    assert [row for row in unexpected if row.state != InboundState.IGNORED] == []
    assert not InboundEvent.objects.waiting().exists()


def _paths(document: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    for key, value in document.items() if isinstance(document, dict) else enumerate(document):
        yield (*path, key)
        if isinstance(value, dict | list):
            yield from _paths(value, (*path, key))


def _replaced(document: Any, path: tuple[Any, ...], strange: Any) -> Any:
    target = document
    for key in path[:-1]:
        target = target[key]
    target[path[-1]] = strange
    return document


# --- Out


def test_a_text_is_handed_over(account: Account) -> None:
    account.server.on(account.side.send_path, account.side.ok)

    result = account.send('已发货 😀 "引号" & 100%')

    assert result.state == DeliveryState.SENT, result
    assert result.provider_id
    assert len(account.server.at(account.side.send_path)) == 1
    assert not leaks(account, str([asked.query for asked in account.server.asked]))


def test_a_long_text_goes_out_in_pieces(account: Account) -> None:
    connector, limit = registry.get(account.side.kind), account.side.max_text
    whole = Outbound(client_key="k", recipients=Recipients(to=(account.side.customer,)), text="好" * (2 * limit + 1))

    pieces = connector.parts(whole, account.channel)

    assert [len(piece.text) for piece in pieces] == [limit, limit, 1]
    assert [piece.client_key for piece in pieces] == ["k", "k.1", "k.2"]
    assert connector.capabilities.max_length is not None
    assert connector.capabilities.max_length >= limit


def test_nobody_and_a_lost_file_are_no_calls(account: Account) -> None:
    connector = registry.get(account.side.kind)

    nobody = connector.send(Outbound(client_key="k", text="x"), account.channel)

    assert nobody.failure == FailureKind.RECIPIENT_GONE
    assert account.send("", 10**9).failure == FailureKind.REJECTED
    assert not account.server.asked


def test_a_file_that_the_platform_does_not_take_is_not_sent(account: Account) -> None:
    able = registry.get(account.side.kind).capabilities
    if able.carries("application/pdf", 8):  # it takes any, up to a size
        assert not able.carries("application/pdf", able.max_attachment_bytes + 1)
        return

    assert account.send("", stored(b"%PDF-1.7", "a.pdf")).failure == FailureKind.REJECTED
    assert not account.server.asked


@pytest.mark.parametrize(
    ("reply", "failure"),
    [
        (HANG_UP, FailureKind.UNKNOWN_OUTCOME),
        (answer({}, 500), FailureKind.UNKNOWN_OUTCOME),
        (Scripted(200, b"<html>Bad gateway"), FailureKind.UNKNOWN_OUTCOME),
        (Scripted(404, b"<html>"), FailureKind.MISCONFIGURED),
        (answer({}, 503), FailureKind.RETRY_LATER),
        (Scripted(429, b"<html>", {"Retry-After": "9"}), FailureKind.RETRY_LATER),
    ],
    ids=["hangs-up", "500", "page", "404", "503", "429"],
)
def test_no_answer_is_never_taken_for_a_no(account: Account, reply: Scripted, failure: FailureKind) -> None:
    account.server.on(account.side.send_path, reply)

    result = account.send()

    if account.side.knows_repetition and failure == FailureKind.UNKNOWN_OUTCOME:
        failure = FailureKind.RETRY_LATER
    assert result.failure == failure
    assert not leaks(account, result.detail)
    assert len(account.server.at(account.side.send_path)) == 1


# --- The connection test


@pytest.mark.parametrize(
    ("reply", "words"),
    [(Scripted(404, b"<html>"), "address of the platform's API"), (HANG_UP, "try again"), (answer({}, 503), "again")],
    ids=["404", "hangs-up", "503"],
)
def test_check_says_what_is_wrong(account: Account, reply: Scripted, words: str) -> None:
    account.server.on(account.side.check_path, reply)

    result = registry.get(account.side.kind).check(account.channel)

    assert not result.is_ok
    assert words in str(result.message)
    assert not leaks(account, str(result.details))
    assert not account.server.at(account.side.send_path)

"""What holds for every robot: proof before anything is kept, everything once, and no answer is never taken for a no."""

from pathlib import Path

import pytest
from structlog.testing import capture_logs

from apps.channels import platform_http
from apps.channels.contract import Outbound, Recipients
from apps.channels.enums import DeliveryState, FailureKind, InboundState
from apps.tickets.models import Message
from tests.channels.connectors.workplace.playing import KINDS, QQ, SECRET, TOKEN, Robot
from tests.support.platform_server import HANG_UP, Scripted, answer

pytestmark = [pytest.mark.integration, pytest.mark.django_db]


def test_a_message_is_stored_once_however_often_it_comes(robot: Robot) -> None:
    answers = [robot.push() for _ in range(3)]
    robot.take_in()

    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.content for answer in answers}) == 1
    assert [bytes(row.payload) for row in robot.stored()] == [robot.message()]
    assert Message.objects.get().text == "查余额"


def test_its_sender_is_who_the_platform_vouches_for(robot: Robot) -> None:
    robot.push()
    robot.take_in()

    identity = Message.objects.get().customer.identities.get(kind=robot.connector.identity_kind)  # type: ignore[union-attr]
    assert identity.value == robot.of.customer
    assert identity.scope == robot.connector.identity_scope(robot.channel)
    assert identity.verified_at is not None


def test_messages_of_one_sender_have_one_order(robot: Robot) -> None:
    for number in range(3):
        robot.push(known_as=f"m{number}")

    assert len({bytes(row.order_key) for row in robot.stored()}) == 1
    assert len(robot.stored()) == 3


def test_a_call_without_proof_leaves_nothing_but_a_reason(robot: Robot) -> None:
    body = robot.of.seal(robot.message())
    right = robot.of.headers(body)
    with capture_logs() as logs:
        responses = [
            robot.post(body, headers, sealed=False)
            for headers in ({}, {name: value[:-2] for name, value in right.items()})
        ]
        robot.channel.secrets = {name: f"{value} of another" for name, value in robot.channel.secrets.items()}
        robot.channel.save()
        responses.append(robot.post(body, right, sealed=False))

    assert [response.status_code for response in responses] == [403] * 3
    assert len([row["reason"] for row in logs if row["event"] == "hook.refused" and row["reason"]]) == 3
    assert not robot.stored()


def test_without_secrets_nobody_is_believed(robot: Robot) -> None:
    robot.channel.secrets = {}
    robot.channel.save()

    assert robot.push().status_code == 403
    assert robot.client.get(f"/hooks/{robot.channel.key}/").status_code == 403
    assert not robot.stored()


def test_a_huge_body_is_not_read(robot: Robot) -> None:
    assert robot.post(b"x" * 6 * 1024 * 1024).status_code == 413
    assert not robot.stored()


@pytest.mark.parametrize("robot", sorted(KINDS.keys() - {QQ.kind}), indirect=True)
def test_what_is_proved_and_unreadable_is_kept_and_parked(robot: Robot) -> None:
    bodies = [b'{"a":' * 5000, b"[1]", b"", b'{"a": 1', b"<xml/>"]

    assert [robot.post(body).status_code for body in bodies] == [200] * len(bodies)

    rows = robot.take_in()
    assert [bytes(row.payload) for row in rows] == bodies
    assert {(row.state, row.error_code) for row in rows} == {(InboundState.PARKED, "channels.unreadable")}
    assert not any(SECRET in row.error for row in rows)


REPLIES = [
    (HANG_UP, FailureKind.UNKNOWN_OUTCOME),
    (answer({}, 500), FailureKind.UNKNOWN_OUTCOME),
    (Scripted(200, b"<html>Bad gateway"), FailureKind.UNKNOWN_OUTCOME),
    (Scripted(404, b"<html>"), FailureKind.MISCONFIGURED),
    (answer({}, 503), FailureKind.RETRY_LATER),
    (answer({}, 429, Retry_After="9"), FailureKind.RETRY_LATER),
]


def test_no_answer_is_never_taken_for_a_no(robot: Robot) -> None:
    robot.push(known_as="m1")
    for number, (reply, failure) in enumerate(REPLIES, start=1):
        robot.server.on(robot.of.send_path, reply)
        result = robot.send(answers="m1")
        platform_http.forget()  # else a host that fails so often is left alone

        assert result.failure == failure
        assert SECRET not in result.detail
        assert TOKEN not in result.detail
        assert len(robot.server.at(robot.of.send_path)) == number


def test_what_nobody_knows_is_rejected_with_its_words(robot: Robot) -> None:
    robot.push(known_as="m1")
    for path in (robot.of.send_path, robot.of.other_path):
        robot.server.on(path, answer(robot.of.refused(123456), 400))

    result = robot.send(answers="m1")

    assert (result.failure, "as the platform says" in result.detail) == (FailureKind.REJECTED, True)


def test_a_long_text_goes_out_in_pieces_and_files_one_by_one(robot: Robot) -> None:
    limit = robot.connector.text_bytes
    whole = Outbound(client_key="k", recipients=Recipients(to=("x",)), text="好" * limit, attachments=(1, 2))

    pieces = robot.connector.parts(whole, robot.channel)

    assert all(len(piece.text.encode()) <= limit for piece in pieces)
    assert "".join(piece.text for piece in pieces) == whole.text
    assert [piece.attachments for piece in pieces if piece.attachments] == [(1,), (2,)]
    assert len({piece.client_key for piece in pieces}) == len(pieces)


def test_a_file_that_is_gone_is_not_sent(robot: Robot) -> None:
    robot.push(known_as="m1")

    assert robot.send("", 0, answers="m1").failure == FailureKind.REJECTED
    assert not robot.server.at(robot.of.send_path)


def test_nobody_to_write_to_is_told(robot: Robot) -> None:
    result = robot.connector.send(Outbound(client_key="k", text="x"), robot.channel)

    assert (result.state, result.failure) == (DeliveryState.FAILED, FailureKind.RECIPIENT_GONE)


def test_the_connection_is_tried(robot: Robot) -> None:
    page = Scripted(404, b"<html>")
    cases = [(robot.of.token, "accepts"), (HANG_UP, "try again"), (page, "address of the platform's API")]
    for number, (reply, words) in enumerate(cases):
        robot.server.on(robot.of.token_path, reply)
        result = robot.check()

        assert (result.is_ok, words in str(result.message)) == (number == 0, True)
    assert not robot.server.at(robot.of.send_path)


def test_refused_credentials_are_told(robot: Robot) -> None:
    robot.server.on(robot.of.token_path, answer(robot.of.refused(10014), 400))

    result = robot.check()

    assert (result.is_ok, "does not accept" in str(result.message)) == (False, True)
    assert SECRET not in str(result.message)


def test_its_page_of_the_documentation_says_what_the_form_asks(robot: Robot) -> None:
    name = {"dingtalk_stream": "dingtalk"}.get(robot.of.kind, robot.of.kind)
    page = (Path(__file__).parents[4] / "docs" / "admin" / "channels" / f"{name}.md").read_text()

    assert f"{name}.md" in (Path(__file__).parents[4] / "docs" / "admin" / "README.md").read_text()
    assert [setting.key for setting in robot.connector.settings if str(setting.label) not in page] == []

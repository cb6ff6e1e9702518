"""The parsing child: bounded in time and memory, replaced when it dies, never trusted to answer."""

import os
import threading
import time

import pytest

from apps.channels.connectors.email.child import Child, ChildFailedError, ParserPool
from apps.channels.connectors.email.limits import Limits
from apps.channels.connectors.email.parsed import Quality
from tests.support.mail_corpus import ENGLISH, PDF, corpus, multipart, part

pytestmark = pytest.mark.unit

MAIL = corpus()[0]


@pytest.fixture
def pool():
    pool = ParserPool()
    yield pool
    pool.close()


def test_child_that_does_not_answer_is_killed_and_the_mail_shown_raw(pool: ParserPool):
    pool.parse(MAIL.raw, seconds=60)
    [(child, _)] = pool._idle
    os.kill(child.process.pid, 19)  # SIGSTOP: the child answers nothing any more
    started = time.monotonic()
    mail = pool.parse(MAIL.raw, seconds=0.5)
    assert time.monotonic() - started < 60
    assert (mail.quality, mail.notices[0].code, mail.from_.address) == (Quality.RAW, "parser_busy", MAIL.sender)
    assert child.process.poll() is not None
    assert pool.parse(MAIL.raw, seconds=60).quality == Quality.STRICT


def test_mail_that_uses_up_its_processor_time_ends_its_child():
    slow = Child(cpu_seconds=0.05)
    try:
        with pytest.raises(ChildFailedError, match="parser_timeout"):
            slow.ask({"limits": {}}, b"From: a@b.example\r\n\r\n" + b"<a" * 20_000_000, seconds=60)
    finally:
        slow.close()


def test_child_that_dies_between_mails_is_replaced_unnoticed(pool: ParserPool):
    pool.parse(MAIL.raw, seconds=60)
    [(child, _)] = pool._idle
    child.process.kill()
    child.process.wait()
    assert pool.parse(MAIL.raw, seconds=60).quality == Quality.STRICT


def test_memory_limit_is_the_child_s_not_ours():
    small = ParserPool(memory_bytes=120 * 1024 * 1024)
    try:
        raw = b"From: a@customer.example\r\n\r\n" + b"a" * 40_000_000
        mail = small.parse(raw, seconds=60)
        assert mail.quality == Quality.RAW
        assert mail.notices[0].code in {"parser_memory", "parser_crashed"}
        assert mail.from_.address == "a@customer.example"
        assert mail.text.startswith("aaa")
    finally:
        small.close()


def test_mail_above_the_size_limit_is_not_even_sent_to_the_child(pool: ParserPool):
    mail = pool.parse(MAIL.raw, limits=Limits(message_bytes=100))
    assert (mail.quality, mail.notices[0].code) == (Quality.RAW, "limit_size")
    assert pool._idle == []


def test_child_that_cannot_start_costs_a_notice_only(pool: ParserPool, monkeypatch: pytest.MonkeyPatch):
    def refuse(*_: object, **__: object) -> None:
        raise OSError

    monkeypatch.setattr("apps.channels.connectors.email.child.subprocess.Popen", refuse)
    assert pool.parse(MAIL.raw, seconds=60).notices[0].code == "parser_unavailable"


def test_children_are_renewed_after_their_share(pool: ParserPool):
    short = ParserPool(mails_per_child=2)
    try:
        pids = set()
        for _ in range(4):
            short.parse(MAIL.raw, seconds=60)
            pids |= {child.process.pid for child, _ in short._idle}
        assert len(pids) == 2
    finally:
        short.close()


def test_large_attachments_cross_the_pipe_whole(pool: ParserPool):
    content = os.urandom(8_000_000)
    raw = b"From: a@customer.example\r\n" + multipart(
        "mixed", "b", [part("text/plain", ENGLISH.encode()), part("application/octet-stream", content + PDF)]
    )
    assert pool.parse(raw, seconds=60).attachments[0].content == content + PDF


def test_threads_share_the_pool(pool: ParserPool):
    found: list[str] = []
    threads = [
        threading.Thread(target=lambda: found.append(pool.parse(MAIL.raw, seconds=60).quality)) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [Quality.STRICT] * 4


def test_child_ends_when_its_parent_hangs_up():
    child = Child()
    assert child.process.stdin is not None
    child.process.stdin.close()
    assert child.process.wait(timeout=30) == 0
    child.close()


def test_child_answers_a_request_it_does_not_know():
    child = Child()
    try:
        assert child.ask({"wrong": "request"}, b"", seconds=60) == ({"failed": "parser_crashed"}, b"")
    finally:
        child.close()


def test_an_answer_out_of_all_proportion_is_refused():
    child = Child()
    try:
        with pytest.raises(ChildFailedError, match="parser_crashed"):
            child._exchange([b"\0" * 12], time.monotonic() + 60, limit=1)
    finally:
        child.close()

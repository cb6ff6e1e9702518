"""No mail may crash, stall or vanish: the corpus, seeded damage to it, and bombs."""

import time

import pytest

from apps.channels.connectors.email.child import ParserPool
from apps.channels.connectors.email.parse import parse_mail
from apps.channels.connectors.email.parsed import ParsedMail, Quality, from_wire, to_wire
from tests.support.mail_corpus import Sample, bombs, corpus, mutations

pytestmark = pytest.mark.unit

CORPUS = corpus()
BOMBS = bombs()


@pytest.fixture(scope="module")
def pool():
    pool = ParserPool()
    yield pool
    pool.close()


def test_corpus_is_as_large_as_it_says():
    assert len(CORPUS) == 740


def wrong_reading(sample: Sample) -> str:
    mail = parse_mail(sample.raw)
    found = (mail.from_.address, mail.subject, len(mail.attachments))
    wanted = (sample.sender, sample.subject, sample.attachments)
    if found != wanted:
        return f"{sample.name}: {found} instead of {wanted}"
    if sample.marker not in mail.text:
        return f"{sample.name}: text {mail.text!r}"
    if sample.is_clean and mail.quality != Quality.STRICT:
        return f"{sample.name}: {mail.quality} {mail.notices}"
    return ""


def test_corpus_is_read_with_sender_subject_text_and_attachments():
    assert [problem for sample in CORPUS if (problem := wrong_reading(sample))] == []


def test_damaged_mails_never_raise_and_always_cross_the_pipe():
    for name, raw in mutations(800, seed=20251121):
        started = time.process_time()
        mail = parse_mail(raw)
        assert time.process_time() - started < 1, name
        described, blobs = to_wire(mail)
        assert from_wire(described, b"".join(blobs)) == mail, name
        for text in (mail.subject, mail.text, mail.html, mail.from_.name, mail.from_.address):
            assert "\0" not in text, name
            text.encode("utf-8")
        assert not {"\r", "\n"} & set(mail.subject + mail.from_.name + mail.from_.address), name


@pytest.mark.parametrize("name", BOMBS)
def test_bomb_takes_little_time_and_leaves_something_to_show(name: str):
    """In processor time, which a busy machine does not stretch."""
    started = time.process_time()
    mail = parse_mail(BOMBS[name])
    assert time.process_time() - started < 3
    assert mail.notices or mail.text or mail.attachments
    if name not in {"empty", "only-newlines", "binary"}:
        assert mail.from_.address == "wang@customer.example"


@pytest.mark.parametrize("name", BOMBS)
def test_bomb_is_answered_by_the_child_within_the_limit(pool: ParserPool, name: str):
    started = time.monotonic()
    mail = pool.parse(BOMBS[name])
    assert time.monotonic() - started < 7
    assert mail.quality in set(Quality)


def test_pool_lives_on_after_every_bomb(pool: ParserPool):
    sample = CORPUS[0]
    mail = pool.parse(sample.raw, seconds=60)
    assert (mail.from_.address, mail.quality) == (sample.sender, Quality.STRICT)


def test_every_ordinary_mail_is_read_by_the_child_as_by_us(pool: ParserPool):
    samples = CORPUS[::9]
    assert [pool.parse(sample.raw, seconds=60) for sample in samples] == [parse_mail(sample.raw) for sample in samples]


def test_corpus_time_stays_far_below_the_limit():
    times: list[float] = []
    for sample in CORPUS:
        started = time.process_time()
        parse_mail(sample.raw)
        times.append(time.process_time() - started)
    assert sorted(times)[int(len(times) * 0.99)] < 0.25


def test_raw_fallback_shows_sender_subject_and_text(monkeypatch: pytest.MonkeyPatch):
    from apps.channels.connectors.email import parse
    from apps.channels.connectors.email.parsed import Notice

    mail: ParsedMail = parse.raw_mail(BOMBS["no-boundary"], (Notice("parser_crashed"),))
    assert (mail.from_.address, mail.subject, mail.message_id) == (
        "wang@customer.example",
        "hello",
        "b@customer.example",
    )
    assert mail.text.startswith("The charger stopped")
    assert mail.quality == Quality.RAW

"""What passes between a connector and the rest survives being stored."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.channels import registry
from apps.channels.backoff import OUTBOUND, delay
from apps.channels.connectors.submission import Submission, pack, unpack
from apps.channels.contract import Connector, IdentityClaim, InboundFile, Outbound, Recipients
from apps.channels.errors import UnknownConnector, Unreadable
from apps.channels.keys import key_of
from apps.core.crypto import keyed_hash

pytestmark = pytest.mark.unit

TEXT = st.text(max_size=40)
CLAIM = st.builds(IdentityClaim, kind=TEXT, value=TEXT, scope=TEXT, verified=st.booleans())
FILE = st.builds(InboundFile, name=TEXT, content_type=TEXT, content=st.binary(max_size=40), inline=st.booleans())


@given(
    st.builds(
        Submission,
        sender=CLAIM,
        text=TEXT,
        subject=TEXT,
        fields=st.dictionaries(TEXT, st.one_of(st.none(), st.booleans(), st.integers(), TEXT), max_size=4),
        claims=st.lists(CLAIM, max_size=3).map(tuple),
        files=st.lists(FILE, max_size=3).map(tuple),
    )
)
def test_a_submission_is_read_as_it_was_written(submission: Submission) -> None:
    assert unpack(pack(submission)) == submission


@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_unreadable(payload: bytes) -> None:
    with pytest.raises(Unreadable):
        unpack(payload)


@pytest.mark.parametrize("payload", [b"[]", b'{"sender": 1}', b'{"sender": {}}', b"[" * 100_000])
def test_malformed_documents_are_unreadable(payload: bytes) -> None:
    with pytest.raises(Unreadable):
        unpack(payload)


@given(
    st.builds(
        Outbound,
        client_key=TEXT,
        recipients=st.builds(Recipients, to=st.lists(TEXT, max_size=3).map(tuple), cc=st.lists(TEXT).map(tuple)),
        text=TEXT,
        attachments=st.lists(st.integers(), max_size=3).map(tuple),
        references=st.lists(TEXT, max_size=3).map(tuple),
    )
)
def test_an_outbound_is_read_as_it_was_queued(outbound: Outbound) -> None:
    assert Outbound.from_payload(outbound.to_payload()) == outbound


def test_a_payload_of_another_version_is_still_read() -> None:
    payload = {**Outbound(client_key="a", text="x").to_payload(), "added_later": 1}

    assert Outbound.from_payload(payload) == Outbound(client_key="a", text="x")


def test_keys_do_not_run_together_and_are_keyed() -> None:
    assert key_of("ab", "c") != key_of("a", "bc")
    assert key_of("a") == key_of(b"a")
    assert len(key_of("a")) == 32
    assert key_of("a") != keyed_hash("other", b"a")


def test_a_kind_is_registered_once() -> None:
    class First(Connector):
        kind = "once"
        label = "First"

    class Second(Connector):
        kind = "once"
        label = "Second"

    registry.register(First)
    try:
        registry.register(First)
        with pytest.raises(ValueError, match="once"):
            registry.register(Second)
    finally:
        registry.unregister("once")
    with pytest.raises(UnknownConnector):
        registry.get("once")


@given(st.integers(min_value=-5, max_value=100))
def test_waiting_stays_within_a_fifth_of_the_schedule(attempt: int) -> None:
    expected = OUTBOUND[min(max(attempt, 1), len(OUTBOUND)) - 1]

    assert 0.8 * expected <= delay(attempt, OUTBOUND).total_seconds() <= 1.2 * expected

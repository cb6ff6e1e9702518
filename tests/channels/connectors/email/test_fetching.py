"""Nothing lost, nothing doubled: whatever dies at whatever step, and whatever the server does to its numbers."""

import threading
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection

from apps.channels.connectors.email.fetching import FolderRules, fetch_folder
from apps.channels.connectors.email.imap import Cursor, FolderState, Mailbox, MailboxError, must_rescan
from apps.channels.errors import LeaseLost
from apps.channels.models import Channel, InboundEvent, MailFolder
from apps.channels.services import inbox
from apps.core import leases
from tests.channels.connectors.email.conftest import HeldForever, mail_channel
from tests.support.imap_fake import FakeImap, Killed

pytestmark = [pytest.mark.integration, pytest.mark.django_db]

RULES = FolderRules(folder="INBOX", account_key="a" * 64)


def raw_mail(number: int, body: str = "hello") -> bytes:
    head = f"From: wang{number}@customer.example\r\nMessage-ID: <m{number}@customer.example>\r\nSubject: {number}\r\n"
    return f"{head}\r\n{body} {number}".encode()


def filled(count: int) -> FakeImap:
    server = FakeImap()
    for number in range(count):
        server.add(raw_mail(number))
    return server


def fetch(channel: Channel, server: FakeImap, rules: FolderRules = RULES, lease: object = None, **limits: int) -> int:
    return fetch_folder(channel, lease or HeldForever(), Mailbox(server, **limits), rules)  # type: ignore[arg-type]


def stored(channel: Channel) -> list[bytes]:
    return [bytes(event.payload) for event in InboundEvent.objects.filter(channel=channel).order_by("pk")]


def test_every_mail_is_stored_once_in_order_with_its_exact_bytes(channel: Channel):
    server = filled(60)
    assert fetch(channel, server) == 60
    assert stored(channel) == [raw_mail(number) for number in range(60)]
    assert server.seen == set(range(1, 61))
    assert fetch(channel, server) == 0
    row = MailFolder.objects.get()
    assert (row.uid_validity, row.last_uid) == (7, 60)


def test_star_range_names_an_old_mail_and_brings_nothing(channel: Channel):
    server = filled(3)
    fetch(channel, server)
    server.calls.clear()
    assert fetch(channel, server) == 0
    assert "bodies" not in server.calls


def test_flag_set_by_a_person_changes_nothing(channel: Channel):
    server = filled(3)
    server.seen = {1, 2, 3}
    assert fetch(channel, server) == 3


@pytest.mark.parametrize("step", ["select", "search", "sizes", "bodies", "flag", "lost:sizes", "lost:bodies"])
def test_death_at_any_step_of_the_server_s_side_loses_and_doubles_nothing(channel: Channel, step: str):
    server = filled(60)
    server.dies_at = step
    with pytest.raises((Killed, MailboxError)):
        fetch(channel, server)
    server.dies_at = ""
    server.add(raw_mail(60))
    fetch(channel, server)
    assert stored(channel) == [raw_mail(number) for number in range(61)]


@pytest.mark.parametrize("at", ["first accept", "later accept", "cursor", "commit"])
def test_death_at_any_step_of_our_side_loses_and_doubles_nothing(
    channel: Channel, monkeypatch: pytest.MonkeyPatch, at: str
):
    server = filled(60)
    calls = iter(range(1000))
    with monkeypatch.context() as patch:
        if at in {"first accept", "later accept"}:
            original = inbox.accept
            fatal = 0 if at == "first accept" else 37

            def accept(**values: object) -> object:
                if next(calls) == fatal:
                    raise Killed
                return original(**values)  # type: ignore[arg-type]

            patch.setattr(inbox, "accept", accept)
        else:
            place = "_save" if at == "cursor" else "_finish"

            def die(*_: object) -> None:
                raise Killed

            patch.setattr(f"apps.channels.connectors.email.fetching.{place}", die)
        with pytest.raises(Killed):
            fetch(channel, server)
    fetch(channel, server)
    assert sorted(stored(channel)) == sorted(raw_mail(number) for number in range(60))
    assert MailFolder.objects.get().last_uid == 60


def test_cursor_never_passes_what_is_not_stored(channel: Channel, monkeypatch: pytest.MonkeyPatch):
    server = filled(60)
    original = inbox.accept
    calls = iter(range(1000))

    def accept(**values: object) -> object:
        if next(calls) == 30:
            raise Killed
        return original(**values)  # type: ignore[arg-type]

    monkeypatch.setattr(inbox, "accept", accept)
    with pytest.raises(Killed):
        fetch(channel, server)
    assert MailFolder.objects.get().last_uid == len(stored(channel)) == 25
    assert server.seen == set(range(1, 26))


@pytest.mark.parametrize("validity", [8, 0])
def test_changed_or_missing_uid_validity_reads_again_without_doubles(channel: Channel, validity: int):
    server = filled(10)
    fetch(channel, server)
    server.renumber(validity, start=3)
    server.add(raw_mail(10))
    assert fetch(channel, server) == 1
    server.add(raw_mail(11))
    assert fetch(channel, server) == 1
    assert stored(channel) == [raw_mail(number) for number in range(12)]


def test_uids_used_again_under_the_same_validity_are_noticed(channel: Channel):
    server = filled(10)
    fetch(channel, server)
    server.mails = {}
    server.uid_next = 1
    server.add(raw_mail(77))
    assert fetch(channel, server) == 1
    assert stored(channel)[-1] == raw_mail(77)


def test_equal_message_ids_with_other_bytes_are_all_kept(channel: Channel):
    server = FakeImap()
    for body in ("one", "two", "three"):
        server.add(raw_mail(1, body))
    assert fetch(channel, server) == 3


def test_fifty_mails_without_message_id_are_all_kept(channel: Channel):
    server = FakeImap()
    for number in range(50):
        server.add(f"From: a@customer.example\r\nSubject: same\r\n\r\n{number}".encode())
    assert fetch(channel, server) == 50


def test_the_same_mail_in_two_mailboxes_comes_twice(channel: Channel):
    other = mail_channel("other", address="sales@demo.example")
    assert fetch(channel, filled(1)) + fetch(other, filled(1)) == 2


def test_mail_the_server_does_not_hand_out_waits_and_the_others_go_on(channel: Channel):
    server = filled(30)
    server.broken = {13}
    assert fetch(channel, server) == 30
    missing = [event for event in InboundEvent.objects.all() if event.envelope.get("is_missing")]
    assert [event.envelope["uid"] for event in missing] == [13]
    assert 13 not in server.seen
    assert MailFolder.objects.get().last_uid == 30


def test_mail_above_the_limit_is_fetched_in_part_and_left_unread(channel: Channel):
    server = filled(2)
    server.add(b"From: big@customer.example\r\nSubject: big\r\n\r\n" + b"x" * 500_000)
    server.add(raw_mail(9))
    assert fetch(channel, server, limit_bytes=100_000) == 4
    big = InboundEvent.objects.order_by("pk")[2]
    assert big.envelope["is_partial"]
    assert big.envelope["size"] > 500_000
    assert len(bytes(big.payload)) < 70_000
    assert server.seen == {1, 2, 4}


def test_fetched_mail_can_be_moved_away(channel: Channel):
    server = filled(3)
    assert fetch(channel, server, replace(RULES, after_fetch="move", done_folder="Done")) == 3
    assert server.moved == [1, 2, 3]
    assert fetch(channel, server, replace(RULES, after_fetch="move", done_folder="Done")) == 0


def test_fetched_mail_can_be_left_alone(channel: Channel):
    server = filled(3)
    fetch(channel, server, replace(RULES, after_fetch="keep"))
    assert server.seen == set()


def test_lost_lease_stores_nothing(channel: Channel):
    class Lost(HeldForever):
        def fence(self) -> None:
            raise LeaseLost

    server = filled(3)
    with pytest.raises(LeaseLost):
        fetch(channel, server, lease=Lost())
    assert stored(channel) == []
    assert server.seen == set()


@pytest.mark.django_db(transaction=True)
def test_a_fetcher_that_was_replaced_writes_nothing_more():
    channel = mail_channel()
    server = filled(60)
    old = leases.take_lease("channels.fetch:1", ttl=timedelta(seconds=30), lost_error=LeaseLost)
    assert old is not None
    fetch(channel, server, lease=old)
    old.release()
    new = leases.take_lease("channels.fetch:1", ttl=timedelta(seconds=30), lost_error=LeaseLost)
    assert new is not None
    server.add(raw_mail(60))
    with pytest.raises(LeaseLost):
        fetch(channel, server, lease=old)
    assert fetch(channel, server, lease=new) == 1
    assert len(stored(channel)) == 61
    new.release()


@pytest.mark.django_db(transaction=True)
def test_two_fetchers_at_once_store_each_mail_once():
    channel = mail_channel()
    server = filled(100)
    errors: list[BaseException] = []

    def run() -> None:
        try:
            fetch(channel, server)
        except BaseException as error:  # noqa: BLE001 (shown by the test)
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert errors == []
    assert sorted(stored(channel)) == sorted(raw_mail(number) for number in range(100))


@pytest.mark.parametrize(
    ("cursor", "state", "rescans"),
    [
        (Cursor(), FolderState(7, 10, 9), True),
        (Cursor(7, 9), FolderState(7, 10, 9), False),
        (Cursor(7, 9), FolderState(8, 10, 9), True),
        (Cursor(0, 9), FolderState(0, 10, 9), True),
        (Cursor(7, 9), FolderState(7, 9, 8), True),
        (Cursor(7, 9), FolderState(7, 0, 9), False),
    ],
)
def test_when_numbers_mean_nothing(cursor: Cursor, state: FolderState, rescans: bool):
    assert must_rescan(cursor, state) == rescans

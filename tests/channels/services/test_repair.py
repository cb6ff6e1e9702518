"""What was parked can be read, mended and replayed by those who may, and each step is on record."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db.models.functions import Now

from apps.channels.connectors.submission import Submission, pack, unpack
from apps.channels.contract import IdentityClaim, InboundFile
from apps.channels.enums import InboundState
from apps.channels.errors import NotParked, NotRepairable, Unreadable
from apps.channels.models import Channel, Delivery, InboundEvent
from apps.channels.services import inbox, repair
from apps.core.actor import Actor
from apps.core.errors import PermissionRefused
from apps.core.models import AuditEntry
from tests.channels.conftest import Platform
from tests.factories.channels import ChannelFactory, DeliveryFactory, InboundEventFactory

pytestmark = pytest.mark.integration


@pytest.fixture
def parked(channel: Channel) -> InboundEvent:
    return InboundEventFactory.create(
        channel=channel, payload=b"broken", state="parked", error_code="channels.unreadable", attempts=3, lost_claims=2
    )


def actions() -> list[str]:
    return list(AuditEntry.objects.order_by("pk").values_list("action", flat=True))


def test_a_repaired_item_goes_through_and_its_original_is_kept(
    parked: InboundEvent, caretaker: Actor, taken_in: Callable[[], list[str]]
) -> None:
    repair.repair_and_replay(event=parked, text="mended", by=caretaker)
    inbox.process_due()

    parked.refresh_from_db()
    assert taken_in() == ["mended"]
    assert (parked.state, bytes(parked.payload)) == (InboundState.DONE, b"mended")
    assert bytes(parked.original or b"") == b"broken"
    assert repair.original_bytes(event=parked, by=caretaker) == b"broken"
    assert actions() == ["channels.inbound_repaired", "channels.inbound_replayed", "channels.inbound_exported"]


def test_repairing_twice_keeps_the_first_original(parked: InboundEvent, caretaker: Actor) -> None:
    repair.repair(event=parked, text="once", by=caretaker)
    repair.repair(event=parked, text="twice", by=caretaker)

    parked.refresh_from_db()
    assert bytes(parked.original or b"") == b"broken"


def test_a_replayed_item_has_as_many_attempts_as_a_new_one(parked: InboundEvent, caretaker: Actor) -> None:
    repair.replay(event=parked, by=caretaker)

    parked.refresh_from_db()
    assert (parked.state, parked.attempts, parked.lost_claims) == (InboundState.RECEIVED, 0, 0)


def test_a_discarded_item_keeps_its_bytes_and_its_reason(parked: InboundEvent, caretaker: Actor) -> None:
    repair.discard(event=parked, by=caretaker, reason="advertising")

    parked.refresh_from_db()
    assert (parked.state, parked.error_code, bytes(parked.payload)) == ("ignored", "channels.discarded", b"broken")
    assert AuditEntry.objects.get().reason == "advertising"


def test_after_the_cause_is_mended_all_items_with_one_error_are_replayed(
    parked: InboundEvent, caretaker: Actor
) -> None:
    other = InboundEventFactory.create(channel=parked.channel, state="parked", error_code="channels.poison")

    assert repair.replay_parked(channel=parked.channel, by=caretaker, error_code="channels.unreadable") == 1

    parked.refresh_from_db()
    other.refresh_from_db()
    assert (parked.state, other.state) == ("received", "parked")


@pytest.mark.parametrize("state", ["received", "done", "ignored"])
def test_what_is_not_parked_is_left_alone(parked: InboundEvent, caretaker: Actor, state: str) -> None:
    InboundEvent.objects.update(state=state)

    for step in (
        lambda: repair.replay(event=parked, by=caretaker),
        lambda: repair.repair(event=parked, text="x", by=caretaker),
        lambda: repair.discard(event=parked, by=caretaker, reason="x"),
    ):
        with pytest.raises(NotParked):
            step()
    assert InboundEvent.objects.get().state == state


def test_who_may_not_repair_changes_and_reads_nothing(parked: InboundEvent, bystander: Actor) -> None:
    delivery = DeliveryFactory.create(channel=parked.channel, state="failed", settled_at=Now())
    steps: list[Callable[[], Any]] = [
        lambda: repair.open_parked(event=parked, by=bystander),
        lambda: repair.original_bytes(event=parked, by=bystander),
        lambda: repair.repair(event=parked, text="x", by=bystander),
        lambda: repair.replay(event=parked, by=bystander),
        lambda: repair.replay_parked(channel=parked.channel, by=bystander),
        lambda: repair.discard(event=parked, by=bystander, reason="x"),
        lambda: repair.resend(delivery=delivery, by=bystander),
    ]

    for step in steps:
        with pytest.raises(PermissionRefused):
            step()
    parked.refresh_from_db()
    assert (parked.state, bytes(parked.payload)) == ("parked", b"broken")
    assert Delivery.objects.get().state == "failed"
    assert actions() == []


def test_bytes_that_are_no_text_are_not_edited(channel: Channel, caretaker: Actor) -> None:
    event = InboundEventFactory.create(channel=channel, payload=b"\xff\x00", state="parked")

    assert repair.open_parked(event=event, by=caretaker) is None
    with pytest.raises(NotRepairable):
        repair.repair(event=event, text="x", by=caretaker)


def test_looking_at_raw_content_is_on_record_once(parked: InboundEvent, caretaker: Actor) -> None:
    assert repair.open_parked(event=parked, by=caretaker) == "broken"
    repair.open_parked(event=parked, by=caretaker)

    assert actions() == ["channels.inbound_read"]


def test_editing_a_submission_keeps_its_files(db: None, platform: Platform, caretaker: Actor) -> None:
    form = ChannelFactory.create(kind="form")
    files = (InboundFile("a.txt", "text/plain", b"aaa"), InboundFile("b.txt", "text/plain", b"bbb"))
    submission = Submission(sender=IdentityClaim("email", "x"), text="hello", files=files)
    event = InboundEventFactory.create(channel=form, payload=pack(submission), state="parked")

    text = repair.open_parked(event=event, by=caretaker)
    assert text is not None
    assert "YWFh" not in text
    edited = text.replace('"x"', '"lin@example.com"').replace('"a.txt",', "")
    repair.repair(event=event, text=edited, by=caretaker)

    event.refresh_from_db()
    repaired = unpack(event.payload)
    assert repaired.sender.value == "lin@example.com"
    assert repaired.files == files[1:]
    with pytest.raises(Unreadable):
        repair.repair(event=event, text="{no json", by=caretaker)


def test_a_failed_message_can_be_sent_again(channel: Channel, caretaker: Actor) -> None:
    delivery = DeliveryFactory.create(channel=channel, state="failed", settled_at=Now())

    repair.resend(delivery=delivery, by=caretaker)

    assert Delivery.objects.get().state == "queued"
    assert actions() == ["channels.delivery_resent"]

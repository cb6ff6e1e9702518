"""What was kept long enough goes with everything that repeats it; what figures are made of stays."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection
from django.db.models import Q
from django.urls import reverse
from django.utils import translation

from apps.accounts.models import User
from apps.channels.enums import DeliveryState
from apps.channels.errors import DeliveryNotRetryable
from apps.channels.models import InboundEvent
from apps.channels.services import outbox
from apps.core.actor import SYSTEM, person
from apps.core.clock import now
from apps.core.fields import encrypted_fields
from apps.core.models import AuditEntry, StoredFile
from apps.core.rotation import models_with_encryption
from apps.core.storage import _path, store_file
from apps.customers.models import Customer, Identity
from apps.privacy import holds
from apps.privacy.admin.retention_form import RetentionRuleForm
from apps.privacy.models import RetentionRule, RetentionRun
from apps.privacy.retention import all_classes
from apps.privacy.services import retention, retention_report
from apps.tickets.enums import Status
from apps.tickets.models import Attachment, Message, SearchRow, Ticket
from apps.tickets.selectors.timeline import timeline
from apps.tickets.services import retention as of_tickets
from apps.tickets.services.lifecycle import change_fields
from tests.factories.channels import ChannelFactory, DeliveryFactory, InboundEventFactory
from tests.factories.customers import CustomerFactory
from tests.factories.tickets import TicketFactory, say

pytestmark = [pytest.mark.integration, pytest.mark.django_db]
SECRET = "Xiaohongmei-8812"
OLD = timedelta(days=100)


def rule(data_class: str, clock: str, days: int = 90, **scope: Any) -> RetentionRule:
    return RetentionRule.objects.create(data_class=data_class, clock=clock, days=days, is_active=True, **scope)


def closed_ticket(words: str, **more: Any) -> Ticket:
    """Closed a hundred days ago, with a file, a quote of its first words, and what came and went."""
    channel = more.pop("channel", None) or ChannelFactory()
    ticket = TicketFactory(subject=f"About {words}", channel=channel, customer=CustomerFactory(name="Kept"), **more)
    first = say(ticket, f"I am {words}", channel=channel, envelope={"from": words})
    answer = say(ticket, "Thank you", kind="agent", quoted=f"> I am {words}", channel=channel)
    stored = store_file(words.encode(), name=f"{words}.txt", by=SYSTEM)
    Attachment.objects.create(ticket=ticket, message_id=first.pk, file=stored)
    Message.objects.filter(pk=first.pk).update(attachment_count=1)
    InboundEventFactory(channel=channel, payload=words.encode(), message_id=first.pk, state="done", ticket_id=ticket.pk)
    DeliveryFactory(channel=channel, payload={"text": words}, message_id=answer.pk, ticket_id=ticket.pk)
    change_fields(ticket=ticket, by=SYSTEM, subject=f"Again {words}")
    Ticket.objects.filter(pk=ticket.pk).update(status=Status.CLOSED, closed_at=now() - OLD)
    ticket.refresh_from_db()
    return ticket


def places_with(words: str) -> set[str]:
    """Tables of which any encrypted value says it, opened."""
    return {model._meta.label for model in models_with_encryption() if _says(model, words)}


def _says(model: Any, words: str) -> bool:
    names = list(encrypted_fields(model))
    return any(
        words in json.dumps([_plain(getattr(row, name)) for name in names], ensure_ascii=False, default=str)
        for row in model._base_manager.all()
    )


def _plain(value: Any) -> Any:
    return bytes(value).decode("utf-8", "replace") if isinstance(value, (bytes, memoryview)) else value


def settle() -> None:
    while retention.carry_out():
        pass


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> dict[str, set[int]]:
    found: dict[str, set[int]] = {}
    monkeypatch.setattr(holds, "held", lambda label, ids: found.get(label.lower(), set()) & set(ids))
    return found


def test_messages_go_with_all_that_repeats_them(django_capture_on_commit_callbacks: Any, manager: User) -> None:
    ticket, neighbour = closed_ticket(SECRET), closed_ticket("Somebody else")
    Ticket.objects.filter(pk=neighbour.pk).update(closed_at=now() - timedelta(days=10))
    before = Ticket.objects.values().get(pk=ticket.pk)
    stored = StoredFile.objects.get(attachment_id_of(ticket))
    path = _path(stored.storage_key)
    assert {"tickets.Message", "core.StoredFile", "core.Event"} <= places_with(SECRET)
    rule("tickets.messages", "closed")
    rule("tickets.texts", "closed")

    with django_capture_on_commit_callbacks(execute=True):
        settle()

    assert places_with(SECRET) == set()
    assert not path.exists()
    assert not SearchRow.objects.filter(ticket_id=ticket.pk).exists()
    assert SearchRow.objects.filter(ticket_id=neighbour.pk).exists()
    assert {"tickets.Message", "tickets.Ticket", "core.StoredFile"} <= places_with("Somebody else")
    after = Ticket.objects.values().get(pk=ticket.pk)
    facts = ("number", "status", "closed_at", "message_count", "customer_id", "version", "updated", "queue_id")
    assert {name: after[name] for name in facts} == {name: before[name] for name in facts}
    with translation.override("en"):
        told = {entry.notice_label for entry in timeline(person(manager), ticket)}
    assert told == {"Removed: it was kept for as long as the rules say."}
    entries = AuditEntry.objects.filter(action="privacy.retention.done")
    assert sorted(entry.details["disposed"] for entry in entries) == [1, 2]
    assert retention_report.overdue_everywhere() == dict.fromkeys(RetentionRule.objects.values_list("pk", flat=True), 0)


def attachment_id_of(ticket: Ticket) -> Any:
    return Q(pk__in=Attachment.objects.filter(ticket=ticket).values("file"))


def test_what_a_hold_keeps_stays_and_holds_up_nothing(
    held: dict[str, set[int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "BATCH", 1)
    kept, gone = closed_ticket("kept words"), closed_ticket("gone words")
    held["tickets.ticket"] = {kept.pk}
    held["tickets.message"] = set(Message.objects.filter(ticket=kept).values_list("pk", flat=True))
    rule("tickets.messages", "closed")
    rule("channels.inbound", "received", days=1)
    InboundEvent.objects.update(received=now() - OLD)

    settle()

    assert "tickets.Message" in places_with("kept words")
    assert places_with("gone words").isdisjoint({"tickets.Message", "contact_channels.InboundEvent"})
    assert "contact_channels.InboundEvent" in places_with("kept words")
    assert set(RetentionRun.objects.values_list("data_class", "disposed", "held")) == {
        ("tickets.messages", 2, 2),
        ("channels.inbound", 0, 1),
    }
    assert set(retention_report.overdue_everywhere().values()) == {0}
    look = retention_report.outlook(RetentionRule.objects.get(data_class="tickets.messages"))
    assert look is not None
    assert (look.due, look.held, look.overdue) == (2, 2, 0)
    assert [month.count for month in look.months] == [2] + [0] * 11
    assert Ticket.objects.get(pk=gone.pk).preview == ""


def test_a_narrower_rule_goes_before_a_wider_one() -> None:
    bank, shop = ChannelFactory(key="bank"), ChannelFactory(key="shop")
    closed_ticket("bank words", channel=bank)
    closed_ticket("shop words", channel=shop)
    rule("tickets.messages", "closed", days=30)
    rule("tickets.messages", "closed", days=365, channel_id=bank.pk)

    settle()

    assert "tickets.Message" in places_with("bank words")
    assert "tickets.Message" not in places_with("shop words")


def test_a_run_goes_on_where_it_was_and_comes_once_a_day(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "BATCH", 2)
    for number in range(2):
        closed_ticket(f"words {number}")
    rule("tickets.messages", "closed")
    assert retention.carry_out() == 2
    run = RetentionRun.objects.get()
    assert (run.disposed, run.finished) == (2, None)

    settle()
    run.refresh_from_db()
    assert (run.disposed, run.finished is None) == (4, False)

    closed_ticket("late words")
    settle()
    assert RetentionRun.objects.count() == 1


def test_a_rule_that_is_switched_off_stops_at_once() -> None:
    closed_ticket("words")
    found = rule("tickets.messages", "closed")
    retention._begin_runs()
    RetentionRule.objects.filter(pk=found.pk).update(is_active=False)

    settle()

    assert "tickets.Message" in places_with("words")
    assert RetentionRun.objects.get().finished is not None


def test_one_row_that_resists_holds_up_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    closed_ticket("stubborn words")
    closed_ticket("gone words")
    bad = Message.objects.order_by("pk").first()
    assert bad is not None
    real = of_tickets._dispose_of_messages

    def resisting(ids: Any) -> None:
        if bad.pk in ids:
            raise DatabaseError
        real(ids)

    found = next(row for row in all_classes() if row.key == "tickets.messages")
    monkeypatch.setattr(retention, "class_of", lambda key: _with(found, resisting))
    rule("tickets.messages", "closed")

    settle()

    run = RetentionRun.objects.get()
    assert (run.disposed, run.failed) == (3, 1)
    assert run.last_error == f"DatabaseError at tickets.messages {bad.pk}"
    assert "tickets.Message" not in places_with("gone words")


def _with(found: Any, dispose: Any) -> Any:
    return replace(found, dispose=dispose)


def test_customers_without_contact_become_anonymous() -> None:
    old, busy, fresh = (CustomerFactory(name=f"Person {n}", phone=f"+861380013800{n}") for n in range(3))
    closed, running, lately = (TicketFactory(customer=customer) for customer in (old, busy, fresh))
    Ticket.objects.filter(pk=closed.pk).update(status=Status.CLOSED, last_message_at=now() - OLD)
    Ticket.objects.filter(pk=running.pk).update(last_message_at=now() - OLD)
    Ticket.objects.filter(pk=lately.pk).update(status=Status.CLOSED)
    rule("customers.idle", "contact")

    settle()

    assert [Customer.objects.get(pk=row.pk).name for row in (old, busy, fresh)] == ["", "Person 1", "Person 2"]
    assert not Identity.objects.filter(customer=old).exists()
    assert Ticket.objects.get(pk=closed.pk).customer_id == old.pk


def test_what_lost_its_payload_is_not_sent_again() -> None:
    delivery = DeliveryFactory(state=DeliveryState.FAILED, settled_at=now() - OLD, payload={"text": "x"})
    rule("channels.outbound", "settled")
    settle()
    delivery.refresh_from_db()

    with pytest.raises(DeliveryNotRetryable):
        outbox.retry_delivery(delivery=delivery, by=SYSTEM)
    assert (delivery.state, delivery.payload) == (DeliveryState.FAILED, {})


def test_every_class_can_be_asked_by_every_clock_and_scope() -> None:
    assert len(all_classes()) >= 12
    for found in all_classes():
        for clock in found.clocks:
            ids = dict.fromkeys((f"{name}_id" for name in found.paths), 1)
            for scope in (ids, {}) if ids else ({},):
                one = rule(found.key, clock.key, days=max(found.least_days, 1), **scope)
                look = retention_report.outlook(one)
                assert look is not None, found.key
                assert look.due == 0, found.key
            found.dispose([])
            RetentionRule.objects.all().delete()


def test_rules_that_make_no_sense_are_refused() -> None:
    def errors(**values: Any) -> dict[str, Any]:
        form = RetentionRuleForm({"data_class": "tickets.messages", "clock": "closed", "days": 30, **values})
        return dict(form.errors)

    assert errors() == {}
    assert set(errors(clock="contact")) == {"clock"}
    assert set(errors(days=0)) == {"days"}
    assert set(errors(data_class="automation.deliveries", clock="settled", days=61)) == {"days"}
    channel = ChannelFactory()
    assert set(errors(data_class="tickets.drafts", clock="touched", channel_id=channel.pk)) == {"channel_id"}
    assert errors(channel_id=channel.pk) == {}


def test_the_dry_run_shows_numbers_and_changes_nothing(client: Any, manager: User) -> None:
    ticket = closed_ticket(SECRET)
    found = rule("tickets.messages", "closed")
    RetentionRule.objects.filter(pk=found.pk).update(is_active=False)
    client.force_login(manager)

    answer = client.get(reverse("admin:retention"), headers={"accept-language": "en"})

    text = answer.content.decode()
    first = Message.objects.filter(ticket=ticket).order_by("pk").first()
    assert first is not None
    assert str(first.pk) in text
    assert SECRET not in text
    assert "Kept without end" in text
    assert not RetentionRun.objects.exists()
    assert "tickets.Message" in places_with(SECRET)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM privacy_retentionrule WHERE is_active")
        assert cursor.fetchone()[0] == 0

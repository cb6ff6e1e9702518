"""What becomes of input: one ticket for one matter, no access for anybody by writing, and no noise to machines."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import translation

from apps.accounts.models import User
from apps.channels.contract import BounceInfo, InboundFile
from apps.channels.enums import DeliveryState
from apps.channels.keys import key_of
from apps.channels.models import BlockedSender, Channel, Delivery, InboundEvent
from apps.channels.reply_tokens import seal_ticket
from apps.core.actor import SYSTEM
from apps.core.clock import now
from apps.core.models import Event
from apps.core.storage import store_file
from apps.customers.models import Customer, Identity
from apps.tickets.enums import MessageKind, Status
from apps.tickets.errors import IntakeMissing
from apps.tickets.models import Attachment, IntakeRule, Interaction, Message, MessageKey, SearchRow, Ticket, TicketLink
from apps.tickets.services import intake, lifecycle
from tests.channels.conftest import in_parallel
from tests.factories.channels import InboundEventFactory
from tests.factories.customers import CustomerFactory
from tests.factories.tickets import CategoryFactory, TicketFactory, mail, receive
from tests.tickets.conftest import OWN_ADDRESS, queued

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("rule")]


def messages(ticket: Ticket) -> list[str]:
    return [row.text for row in Message.objects.filter(ticket=ticket).order_by("sequence")]


def opened(channel: Channel, *, token: bool = False) -> Ticket:
    result = receive(channel, mail(message_id="first@example.com"))
    return Ticket.objects.get(pk=result.ticket_id)


# A new matter


def test_a_first_mail_opens_a_ticket_with_everything_on_it(channel: Channel, rule: IntakeRule) -> None:
    event = InboundEventFactory(channel=channel)
    result = receive(channel, mail(subject="  Screen\r\nBcc: x@y  broken "), event)
    ticket = Ticket.objects.select_related("customer").get(pk=result.ticket_id)
    message = Message.objects.get(pk=result.message_id)
    assert ticket.number >= 1001
    assert (ticket.subject, ticket.queue_id, ticket.channel_id, ticket.status, ticket.language) == (
        "Screen Bcc: x@y broken",
        rule.queue_id,
        channel.pk,
        Status.NEW,
        "en",
    )
    assert ticket.customer is not None
    assert ticket.customer.name == "Lin Xiaoyu"
    assert Identity.objects.get(customer=ticket.customer).value == "lin@example.com"
    assert (message.sequence, message.kind, message.text) == (1, MessageKind.CUSTOMER, "The screen stays black.")
    assert (ticket.message_count, ticket.preview, ticket.waiting_since) == (1, message.text, message.created)
    assert message.created == event.received
    assert Interaction.objects.get(ticket=ticket).state == "open"
    assert SearchRow.objects.filter(ticket_id=ticket.pk).count() == 2
    kinds = list(Event.objects.filter(ticket_id=ticket.pk).order_by("ordinal").values_list("kind", flat=True))
    assert kinds == ["ticket.opened", "message.received"]


def test_a_conversation_that_began_with_a_picture_is_named_by_its_first_words(channel: Channel) -> None:
    def ticket_after(text: str) -> Ticket:
        return Ticket.objects.get(pk=receive(channel, mail(text, subject="", thread_key=key_of("one"))).ticket_id)

    assert ticket_after("").subject == ""
    named = ticket_after("\n The cup is broken.\nWhat now?")
    assert (named.subject, named.message_count) == ("The cup is broken.", 2)
    change = Event.objects.get(ticket_id=named.pk, kind="ticket.field_changed")
    assert (change.payload["field"], change.payload["new"]) == ("subject", "The cup is broken.")
    assert SearchRow.objects.filter(pk=-named.pk).exists()
    lifecycle.change_fields(ticket=named, by=SYSTEM, subject="A broken cup")
    assert ticket_after("Are you there?").subject == "A broken cup"


def test_html_is_cleaned_and_what_is_quoted_is_folded(channel: Channel) -> None:
    html = '<p onclick="x()">Yes, it is.</p><script>alert(1)</script><img src="https://evil.example/p.gif">'
    result = receive(channel, mail("", html=html))
    message = Message.objects.get(pk=result.message_id)
    assert "Yes, it is." in message.html
    assert all(bad not in message.html for bad in ("onclick", "script", "evil.example"))
    quoted = receive(channel, mail("Works now.\n\nOn 1 Mar 2026, Support wrote:\n> Is it on?", sender="wu@example.com"))
    message = Message.objects.get(pk=quoted.message_id)
    assert message.text == "Works now."
    assert "Is it on?" in message.quoted


def test_files_of_the_inbox_become_attachments(channel: Channel) -> None:
    stored = store_file(b"\x89PNG\r\n\x1a\n" + b"0" * 50, name="shot.png", by=SYSTEM)
    file = InboundFile("shot.png", "image/png", b"", content_id="<pic@x>", inline=True, stored_id=stored.pk)
    result = receive(channel, mail(attachments=(file,)))
    row = Attachment.objects.get(message_id=result.message_id)
    assert (row.file_id, row.content_id, row.is_inline, row.is_internal) == (stored.pk, "pic@x", True, False)
    assert Message.objects.get(pk=result.message_id).attachment_count == 1


def test_choices_of_the_form_count_and_invented_ones_do_not(channel: Channel) -> None:
    category = CategoryFactory(key="delivery")
    good = receive(channel, mail(fields={"category": "delivery", "priority": "high", "type": "complaint"}))
    bad = receive(
        channel, mail("other", sender="wu@example.com", fields={"category": "nope", "priority": 7, "type": "x"})
    )
    ticket = Ticket.objects.get(pk=good.ticket_id)
    assert (ticket.category, ticket.priority, ticket.type) == (category, 30, "complaint")
    ticket = Ticket.objects.get(pk=bad.ticket_id)
    assert (ticket.category, ticket.priority, ticket.type) == (None, 20, "question")


def test_without_an_intake_rule_the_input_is_parked(channel: Channel, rule: IntakeRule) -> None:
    rule.delete()
    with pytest.raises(IntakeMissing):
        receive(channel, mail())
    assert not Ticket.objects.exists()


def test_an_unusable_sender_still_opens_a_ticket(channel: Channel) -> None:
    result = receive(channel, mail(sender="not an address"))
    ticket = Ticket.objects.get(pk=result.ticket_id)
    assert ticket.customer is None
    assert messages(ticket) == ["The screen stays black."]


def test_spam_comes_in_hidden(channel: Channel) -> None:
    result = receive(channel, mail(is_spam=True))
    assert Ticket.objects.get(pk=result.ticket_id).is_spam
    assert not Ticket.objects.listed().exists()


def test_a_blocked_senders_input_is_ignored(channel: Channel) -> None:
    block = BlockedSender.objects.create(kind="email", value="lin@example.com")
    result = receive(channel, mail(sender="LIN@example.com"))
    assert (result.message_id, result.ticket_id, result.reason) == (None, None, "tickets.sender_blocked")
    assert not Ticket.objects.exists()
    BlockedSender.objects.filter(pk=block.pk).update(lifted_at=now())
    assert receive(channel, mail()).ticket_id is not None


# Again, and at once


def test_the_same_mail_by_another_way_is_one_message(channel: Channel) -> None:
    first = receive(channel, mail(message_id="same@example.com"))
    again = receive(channel, mail(message_id="same@example.com"))
    assert (again.message_id, again.ticket_id) == (first.message_id, first.ticket_id)
    assert Message.objects.count() == 1


def test_an_equal_id_with_other_words_is_another_message(channel: Channel) -> None:
    first = receive(channel, mail("one", message_id="same@example.com"))
    other = receive(channel, mail("two", message_id="same@example.com"))
    assert other.message_id != first.message_id
    assert Message.objects.count() == 2


def test_one_mail_to_two_mailboxes_gives_two_tickets(channel: Channel, rule: IntakeRule, form: Channel) -> None:
    IntakeRule.objects.create(channel=form, queue=rule.queue)
    first, second = receive(channel, mail()), receive(form, mail())
    assert first.ticket_id != second.ticket_id


@pytest.mark.django_db(transaction=True)
def test_four_pictures_at_once_from_a_new_sender_are_one_ticket(channel: Channel, rule: IntakeRule) -> None:
    conversation = key_of("chat", "newcomer")
    events = [InboundEventFactory(channel=channel) for _number in range(4)]

    def take_in(number: int) -> int | None:
        inbound = mail(f"picture {number}", thread_key=conversation, message_id=f"{number}@example.com")
        return receive(channel, inbound, events[number]).ticket_id

    assert len(set(in_parallel(4, take_in))) == 1
    ticket = Ticket.objects.get()
    assert sorted(messages(ticket)) == [f"picture {number}" for number in range(4)]
    assert [row.sequence for row in Message.objects.order_by("sequence")] == [1, 2, 3, 4]
    assert Customer.objects.count() == Identity.objects.count() == Interaction.objects.count() == 1


# Threading


def test_an_answer_with_our_secret_continues_and_reopens(channel: Channel) -> None:
    ticket = opened(channel)
    lifecycle.change_status(ticket=ticket, status=Status.RESOLVED, by=SYSTEM)
    result = receive(channel, mail("Still black.", reply_token=seal_ticket(ticket.pk)))
    ticket.refresh_from_db()
    assert result.ticket_id == ticket.pk
    assert (ticket.status, ticket.reopen_count, ticket.resolved_at) == (Status.OPEN, 1, None)
    assert ticket.waiting_since is not None
    assert messages(ticket) == ["The screen stays black.", "Still black."]
    assert Interaction.objects.count() == 1


@pytest.mark.parametrize("how", ["hint", "conversation"])
def test_an_answer_of_the_customer_to_a_known_message_continues(channel: Channel, how: str) -> None:
    ticket = opened(channel)
    inbound = mail("More.", answers=("first@example.com",))
    inbound = replace(inbound, thread_hints=()) if how == "conversation" else replace(inbound, thread_key=key_of("x"))
    assert receive(channel, inbound).ticket_id == ticket.pk


@pytest.mark.parametrize("token", ["", "x", "A" * 39, "zzzz" * 10])
def test_a_forged_secret_opens_a_new_ticket(channel: Channel, token: str) -> None:
    ticket = opened(channel)
    forged = token or seal_ticket(ticket.pk)[:-1]
    result = receive(channel, mail("Let me in", sender="mallory@example.net", reply_token=forged))
    assert result.ticket_id != ticket.pk
    assert messages(ticket) == ["The screen stays black."]


def test_a_number_in_the_subject_threads_nothing(channel: Channel) -> None:
    ticket = opened(channel)
    result = receive(channel, mail("Me again", subject=f"Re: [#{ticket.number}] Screen", sender="mallory@example.net"))
    assert result.ticket_id != ticket.pk


def test_a_stranger_with_the_secret_is_a_third_person_and_never_the_customer(channel: Channel) -> None:
    ticket = opened(channel)
    lifecycle.change_status(ticket=ticket, status=Status.PENDING, by=SYSTEM)
    result = receive(
        channel, mail("I am her brother.", sender="bo@example.net", name="Bo", reply_token=seal_ticket(ticket.pk))
    )
    message = Message.objects.get(pk=result.message_id)
    before = ticket.customer_id
    ticket.refresh_from_db()
    assert result.ticket_id == ticket.pk
    assert message.is_third_person
    assert ticket.customer_id == before
    assert ticket.status == Status.PENDING


def test_a_stranger_who_names_a_known_message_gets_a_ticket_of_their_own(channel: Channel) -> None:
    ticket = opened(channel)
    result = receive(channel, mail("Hello", sender="mallory@example.net", answers=("first@example.com",)))
    assert result.ticket_id != ticket.pk
    assert Interaction.objects.filter(state="open").count() == 2


def test_somebody_who_was_copied_takes_part_as_third_person(channel: Channel) -> None:
    copied = mail(message_id="first@example.com", envelope={"cc": [["Boss", "boss@example.com"]]})
    ticket = Ticket.objects.get(pk=receive(channel, copied).ticket_id)
    result = receive(channel, mail("I agree.", sender="Boss@example.com", answers=("first@example.com",)))
    assert result.ticket_id == ticket.pk
    assert Message.objects.get(pk=result.message_id).is_third_person


def test_a_sender_whose_domain_denies_the_mail_continues_nothing(channel: Channel) -> None:
    ticket = opened(channel)
    spoofed = mail("Send me all", answers=("first@example.com",), envelope={"trust": "fail"})
    assert receive(channel, spoofed).ticket_id != ticket.pk
    with_secret = mail("Send me all", reply_token=seal_ticket(ticket.pk), envelope={"trust": "fail"}, message_id="z@z")
    assert Message.objects.get(pk=receive(channel, with_secret).message_id).is_third_person


@pytest.mark.parametrize("way", ["secret", "known message", "nothing"])
def test_who_writes_under_a_colleagues_address_is_a_customer_like_others(
    channel: Channel, agent: User, acknowledging: IntakeRule, way: str
) -> None:
    """Known attack 38: a mail speaks for nobody of the house, and nothing of it is sent on."""
    User.objects.filter(pk=agent.pk).update(email="agent@harbour.example")
    ticket = opened(channel)
    before = Delivery.objects.count()
    hints = {"secret": {"reply_token": seal_ticket(ticket.pk)}, "known message": {"answers": ("first@example.com",)}}
    result = receive(
        channel, mail("Pay here", sender="agent@harbour.example", name=agent.display_name, **hints.get(way, {}))
    )
    message = Message.objects.get(pk=result.message_id)
    assert (message.kind, message.author_id) == (MessageKind.CUSTOMER, None)
    assert (message.ticket_id == ticket.pk) == (way == "secret") == message.is_third_person
    sent = [delivery.payload["recipients"]["to"] for delivery in Delivery.objects.order_by("pk")[before:]]
    assert sent == (
        [] if way == "secret" else [["agent@harbour.example"]]
    )  # the acknowledgement of their own new ticket


def test_who_is_copied_in_a_spoofed_mail_reads_and_continues_nothing(channel: Channel) -> None:
    """Known attack 43: a number and a copy are no key, and what a domain disowns adds nobody."""
    ticket = opened(channel)
    copied = {"cc": [["", "mallory@example.net"]]}
    spoofed = mail(
        f"Re [#{ticket.number}]", answers=("first@example.com",), message_id="s@x", envelope={"trust": "fail", **copied}
    )
    assert receive(channel, spoofed).ticket_id != ticket.pk
    result = receive(channel, mail("And?", sender="mallory@example.net", answers=("first@example.com", "s@x")))
    assert result.ticket_id != ticket.pk
    assert ticket.messages.count() == 1


def test_after_the_window_and_once_closed_an_answer_opens_a_linked_ticket(channel: Channel, rule: IntakeRule) -> None:
    ticket = opened(channel)
    lifecycle.change_status(ticket=ticket, status=Status.RESOLVED, by=SYSTEM)
    Ticket.objects.filter(pk=ticket.pk).update(resolved_at=now() - timedelta(days=rule.reopen_days, minutes=1))
    late = receive(channel, mail("It is back.", answers=("first@example.com",)))
    assert late.ticket_id != ticket.pk
    link = TicketLink.objects.get()
    assert (link.ticket_id, link.other_id) == (late.ticket_id, ticket.pk)
    follower = Ticket.objects.get(pk=late.ticket_id)
    lifecycle.change_status(ticket=follower, status=Status.RESOLVED, by=SYSTEM)
    lifecycle.close_ticket(ticket=follower, by=SYSTEM)
    third = receive(channel, mail("And again.", reply_token=seal_ticket(follower.pk), message_id="3@example.com"))
    assert third.ticket_id not in (ticket.pk, follower.pk)


def test_what_comes_for_a_merged_ticket_goes_to_where_it_was_merged(channel: Channel) -> None:
    ticket = opened(channel)
    target = TicketFactory(queue=ticket.queue, channel=channel, customer=ticket.customer)
    lifecycle.merge_tickets(ticket=ticket, into=target, by=SYSTEM)
    result = receive(channel, mail("More.", answers=("first@example.com",)))
    assert result.ticket_id == target.pk


def test_a_customer_who_was_merged_is_still_the_customer(channel: Channel) -> None:
    ticket = opened(channel)
    Customer.objects.filter(pk=ticket.customer_id).update(merged_into=CustomerFactory())
    result = receive(channel, mail("More.", answers=("first@example.com",)))
    assert result.ticket_id == ticket.pk
    assert not Message.objects.get(pk=result.message_id).is_third_person


def test_an_automatic_answer_reopens_nothing(channel: Channel) -> None:
    ticket = opened(channel)
    lifecycle.change_status(ticket=ticket, status=Status.RESOLVED, by=SYSTEM)
    receive(channel, mail("I am on holiday.", is_automatic=True, answers=("first@example.com",)))
    ticket.refresh_from_db()
    assert ticket.status == Status.RESOLVED
    assert ticket.message_count == 2


# Acknowledgement


@pytest.fixture
def acknowledging(rule: IntakeRule) -> IntakeRule:
    rule.acknowledge = True
    rule.save()
    return rule


def acknowledgements() -> list[Message]:
    return list(Message.objects.filter(notice="acknowledgement"))


def test_a_new_ticket_is_acknowledged_in_the_customers_language_without_their_words(
    channel: Channel, acknowledging: IntakeRule
) -> None:
    with translation.override("en"):
        result = receive(channel, mail("Buy pills at evil.example", subject="Cheap pills", language="zh-hans"))
    ticket = Ticket.objects.get(pk=result.ticket_id)
    (outbound,) = queued(ticket)
    assert outbound.automatic
    assert outbound.recipients.to == ("lin@example.com",)
    assert str(ticket.number) in outbound.subject
    assert "pills" not in (outbound.subject + outbound.text + outbound.html).lower()
    (message,) = acknowledgements()
    assert message.is_automatic
    assert ticket.status == Status.NEW
    ticket.refresh_from_db()
    assert ticket.preview == "Buy pills at evil.example"
    assert MessageKey.objects.filter(message_id=message.pk).exists()


def test_the_managers_own_words_may_name_number_and_brand_only(channel: Channel, acknowledging: IntakeRule) -> None:
    acknowledging.acknowledgement = {"en": "Got #${number} at ${brand}. ${subject}", "zh-hans": "收到 ${number}"}
    acknowledging.save()
    ticket = Ticket.objects.get(pk=receive(channel, mail(subject="Secret")).ticket_id)
    assert queued(ticket)[0].text == f"Got #{ticket.number} at Harbour. ${{subject}}"


@pytest.mark.parametrize(
    "words", ["hello <img src=x onerror=alert(1)>", "<b>hello</b><script>alert(1)</script>", "<scr<script>ipt>alert(1)"]
)
def test_markup_in_the_managers_words_reaches_nobody(channel: Channel, acknowledging: IntakeRule, words: str) -> None:
    """Known attack 4: what is sent to every customer is text, whether or not it holds other text."""
    acknowledging.acknowledgement = {"en": words, "zh-hans": words}
    acknowledging.save()
    ticket = Ticket.objects.get(pk=receive(channel, mail()).ticket_id)
    [sent] = queued(ticket)
    assert "<" not in sent.html.replace("<p>", "").replace("</p>", "")
    assert sent.text == words


def test_one_acknowledgement_an_hour_to_an_address(channel: Channel, acknowledging: IntakeRule) -> None:
    for number in range(3):
        receive(channel, mail(f"matter {number}"))
    assert Ticket.objects.count() == 3
    assert len(acknowledgements()) == 1


@pytest.mark.parametrize(
    "machine",
    [
        {"is_automatic": True},
        {"is_spam": True},
        {"envelope": {"classification": {"kind": "list", "reasons": ["list-id"]}}},
        {"envelope": {"trust": "fail"}},
        {"sender": OWN_ADDRESS},
    ],
)
def test_machines_lists_forgers_and_ourselves_are_not_answered(
    channel: Channel, acknowledging: IntakeRule, machine: dict[str, object]
) -> None:
    result = receive(channel, mail(**machine))  # type: ignore[arg-type]
    assert result.ticket_id is not None
    assert not acknowledgements()
    assert not Delivery.objects.exists()


def test_an_answer_is_not_acknowledged(channel: Channel, acknowledging: IntakeRule) -> None:
    ticket = opened(channel)
    receive(channel, mail("More.", reply_token=seal_ticket(ticket.pk)))
    assert len(acknowledgements()) == 1


# Bounces


def test_a_bounce_marks_the_delivery_and_the_timeline_and_nothing_else(
    channel: Channel, acknowledging: IntakeRule
) -> None:
    ticket = opened(channel)
    ticket.refresh_from_db()
    delivery = Delivery.objects.get(ticket_id=ticket.pk)
    Delivery.objects.filter(pk=delivery.pk).update(state=DeliveryState.SENT)
    before = (ticket.status, ticket.preview, ticket.waiting_since)
    bounce = BounceInfo(client_key=delivery.client_key, recipient="lin@example.com", status="5.1.1", detail="unknown")
    result = receive(channel, mail(sender="mailer-daemon@example.com", is_automatic=True, is_bounce=bounce))
    delivery.refresh_from_db()
    ticket.refresh_from_db()
    assert (delivery.state, delivery.failure) == (DeliveryState.FAILED, "recipient_gone")
    assert Message.objects.get(pk=result.message_id).notice == "bounce"
    assert (ticket.status, ticket.preview, ticket.waiting_since) == before
    assert Ticket.objects.count() == 1


def test_a_bounce_of_nothing_of_ours_is_kept_without_effect(channel: Channel) -> None:
    result = receive(channel, mail(is_bounce=BounceInfo(client_key="never-sent@harbour.example")))
    assert (result.message_id, result.reason) == (None, "tickets.unknown_bounce")
    assert not Ticket.objects.exists()


def test_a_failure_in_the_middle_leaves_nothing(channel: Channel, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*args: object, **kwargs: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(intake, "publish", fail)
    event: InboundEvent = InboundEventFactory(channel=channel)
    with pytest.raises(RuntimeError):
        receive(channel, mail(), event)
    assert not Ticket.objects.exists()
    assert not Message.objects.exists()
    assert not SearchRow.objects.exists()
    assert connection.is_usable()

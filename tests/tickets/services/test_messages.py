"""Answers go to the customer and nobody else by themselves, never to ourselves, once, and can be taken back."""

from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from apps.accounts.models import Team, User
from apps.channels.enums import DeliveryState
from apps.channels.models import Channel, Delivery
from apps.core.actor import SYSTEM, Actor, ActorKind
from apps.core.clock import now
from apps.core.errors import InvalidInput, NotVisible, PermissionRefused, TooMany
from apps.core.models import Event
from apps.customers.models import Customer
from apps.tickets.enums import ContactKind, DraftKind, MessageKind, Status
from apps.tickets.errors import (
    EmptyMessage,
    ForwardRefused,
    NoReplyChannel,
    RecipientRefused,
    TicketClosed,
    TicketMerged,
    UndoTooLate,
)
from apps.tickets.models import (
    Attachment,
    Draft,
    DraftFile,
    Interaction,
    Mention,
    Message,
    MessageKey,
    SearchRow,
    Ticket,
)
from apps.tickets.selectors.detail import ticket_page
from apps.tickets.selectors.recipients import recipient_token
from apps.tickets.services import assignment, drafts, lifecycle, messages
from tests.factories.channels import ChannelFactory
from tests.factories.customers import CustomerFactory
from tests.factories.tickets import InteractionFactory, TicketFactory, grant, say
from tests.tickets.conftest import OWN_ADDRESS, Acting, queued

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("grants")]


@pytest.fixture
def alice(acting: Acting, agent: User) -> Actor:
    return acting(agent)


@pytest.fixture
def oliver(acting: Acting, outsourcing_agent: User) -> Actor:
    return acting(outsourcing_agent)


def write(ticket: Ticket, by: Actor, html: str = "<p>Please restart it.</p>", **values: object) -> Message:
    return messages.reply(ticket=ticket, by=by, html=html, **values)  # type: ignore[arg-type]


# Answers


def test_a_reply_goes_to_the_customer_in_the_same_thread(ticket: Ticket, alice: Actor, agent: User) -> None:
    message = write(ticket, alice)
    (outbound,) = queued(ticket)
    assert outbound.recipients.to == ("lin@example.com",)
    assert outbound.recipients.cc == outbound.recipients.bcc == ()
    assert (outbound.subject, outbound.in_reply_to) == ("Re: Screen broken", "first@example.com")
    assert outbound.references == ("first@example.com",)
    assert outbound.from_address == OWN_ADDRESS
    assert outbound.text == "Please restart it."
    assert (message.kind, message.author, message.sequence) == (MessageKind.AGENT, agent, 2)
    ticket.refresh_from_db()
    assert ticket.status == Status.OPEN
    assert ticket.waiting_since is None
    assert ticket.first_replied_at == message.created
    assert ticket.preview == "Please restart it."
    assert MessageKey.objects.filter(message_id=message.pk).exists()
    kinds = list(Event.objects.filter(ticket_id=ticket.pk).order_by("ordinal").values_list("kind", flat=True))
    assert kinds == ["ticket.assigned", "message.sent", "ticket.status_changed"]


def test_whoever_answers_a_free_ticket_holds_it_until_they_take_the_answer_back(
    ticket: Ticket, alice: Actor, agent: User, teammate: User, acting: Acting
) -> None:
    message = write(ticket, alice)
    ticket.refresh_from_db()
    assert ticket.assignee == agent
    write(ticket, acting(teammate))
    ticket.refresh_from_db()
    assert ticket.assignee == agent
    messages.undo_send(message=message, by=alice)
    ticket.refresh_from_db()
    assert ticket.assignee is None


def test_an_answer_taken_back_leaves_a_ticket_that_was_given_on(ticket: Ticket, alice: Actor, teammate: User) -> None:
    message = write(ticket, alice)
    assignment.assign_ticket(ticket=ticket, to=teammate, by=SYSTEM)
    messages.undo_send(message=message, by=alice)
    ticket.refresh_from_db()
    assert ticket.assignee == teammate


def test_a_machine_that_answers_takes_nothing(ticket: Ticket, agent: User, acting: Acting) -> None:
    write(ticket, replace(acting(agent), kind=ActorKind.TOKEN))
    ticket.refresh_from_db()
    assert ticket.assignee is None


def test_the_answer_leaves_after_the_time_to_undo(ticket: Ticket, alice: Actor) -> None:
    write(ticket, alice)
    delivery = Delivery.objects.get(ticket_id=ticket.pk)
    assert timedelta(seconds=5) < delivery.due_at - now() <= timedelta(seconds=10)


def test_reply_all_adds_who_was_copied_and_never_ourselves(ticket: Ticket, alice: Actor) -> None:
    write(ticket, alice, cc=["boss@example.com", OWN_ADDRESS, "lin@example.com", "new@example.org"])
    assert queued(ticket)[0].recipients.cc == ("boss@example.com", "new@example.org")


@pytest.mark.parametrize(
    "entry",
    ["a@b.example\r\nBcc: x@y.example", "a@b.example, c@d.example", "<a@b.example>", "nobody", "", "a\u2028@b.example"],
)
def test_no_recipient_smuggles_another_one(ticket: Ticket, alice: Actor, entry: str) -> None:
    with pytest.raises(RecipientRefused):
        write(ticket, alice, cc=[entry])
    assert not Delivery.objects.exists()
    assert Message.objects.filter(ticket=ticket).count() == 1


def test_who_sees_masks_chooses_by_token_and_types_no_address(ticket: Ticket, oliver: Actor) -> None:
    with pytest.raises(RecipientRefused):
        write(ticket, oliver, to=["lin@example.com"], cc=["mallory@example.net"])
    write(ticket, oliver, cc=[recipient_token(ticket, "boss@example.com")])
    assert queued(ticket)[0].recipients.cc == ("boss@example.com",)


def test_a_token_of_another_ticket_says_nothing_here(ticket: Ticket, oliver: Actor) -> None:
    other = TicketFactory(queue=ticket.queue, channel=ticket.channel)
    with pytest.raises(RecipientRefused):
        write(ticket, oliver, cc=[recipient_token(other, "boss@example.com")])


def test_a_third_person_is_not_answered_by_default(ticket: Ticket, alice: Actor) -> None:
    say(
        ticket,
        "I am her brother.",
        interaction=ticket.interactions.get(),
        channel=ticket.channel,
        is_third_person=True,
        envelope={"from": [["Bo", "bo@example.net"]], "message_id": "third@example.net"},
    )
    write(ticket, alice)
    assert queued(ticket)[0].recipients.to == ("lin@example.com",)


def test_the_same_form_sent_twice_is_one_message(ticket: Ticket, alice: Actor) -> None:
    first = write(ticket, alice, client_id="form-1")
    again = write(ticket, alice, client_id="form-1")
    assert again.pk == first.pk
    assert Delivery.objects.count() == 1


def test_reply_and_status_are_one_step(ticket: Ticket, alice: Actor) -> None:
    write(ticket, alice, then_status=Status.PENDING)
    ticket.refresh_from_db()
    assert ticket.status == Status.PENDING


@pytest.mark.parametrize("html", ["", "<p> </p>", "<script>x</script>", "<br>"])
def test_an_empty_answer_is_refused(ticket: Ticket, alice: Actor, html: str) -> None:
    with pytest.raises(EmptyMessage):
        write(ticket, alice, html)


def test_a_closed_or_merged_ticket_is_not_answered(ticket: Ticket, alice: Actor) -> None:
    Ticket.objects.filter(pk=ticket.pk).update(status=Status.CLOSED, closed_at=now())
    with pytest.raises(TicketClosed):
        write(ticket, alice)
    target = TicketFactory(queue=ticket.queue)
    Ticket.objects.filter(pk=ticket.pk).update(status=Status.OPEN, merged_into=target)
    with pytest.raises(TicketMerged):
        write(ticket, alice)
    assert not Delivery.objects.exists()


def test_a_ticket_from_a_form_is_answered_by_mail(
    ticket: Ticket, form: Channel, channel: Channel, customer: Customer, alice: Actor
) -> None:
    row = TicketFactory(queue=ticket.queue, channel=form, customer=customer, subject="Parcel")
    InteractionFactory(ticket=row, channel=form)
    say(row, "Where is my parcel?", channel=form, customer=customer)
    write(row, alice)
    delivery = Delivery.objects.get(ticket_id=row.pk)
    assert delivery.channel == channel
    assert queued(row)[0].recipients.to == ("lin@example.com",)
    assert queued(row)[0].subject == "Re: Parcel"


def test_an_internal_ticket_has_nobody_to_answer(ticket: Ticket, alice: Actor) -> None:
    with pytest.raises(NoReplyChannel):
        write(TicketFactory(queue=ticket.queue), alice)


def test_signature_leaves_with_the_mail_and_is_not_in_the_timeline(ticket: Ticket, agent: User, acting: Acting) -> None:
    agent.signature = "Alice\nHarbour care"
    agent.save()
    message = write(ticket, acting(agent))
    assert "Harbour care" in queued(ticket)[0].text
    assert "Harbour care" not in message.text


# Files


def upload(by: Actor, ticket: Ticket | None, content: bytes = b"%PDF-1.7 x") -> DraftFile:
    return drafts.add_draft_file(by=by, ticket=ticket, name="invoice.pdf", content=content)


def test_uploads_become_attachments(ticket: Ticket, alice: Actor) -> None:
    row = upload(alice, ticket)
    message = write(ticket, alice, draft_file_ids=[row.pk])
    attachment = Attachment.objects.get(message_id=message.pk)
    assert attachment.file_id == row.file_id
    assert queued(ticket)[0].attachments == (row.file_id,)
    assert not DraftFile.objects.exists()


def test_uploads_are_counted(ticket: Ticket, alice: Actor, acting: Acting, teammate: User, monkeypatch) -> None:
    """Bad input 100: each person's own, also when what was uploaded is taken back at once."""
    monkeypatch.setattr(drafts, "UPLOADS", (2, timedelta(minutes=1)))
    for _time in range(2):
        drafts.remove_draft_file(by=alice, draft_file_id=upload(alice, ticket).pk)
    with pytest.raises(TooMany):
        upload(alice, ticket)
    assert not DraftFile.objects.exists()
    upload(acting(teammate), ticket)


def test_somebody_elses_upload_does_not_exist(ticket: Ticket, alice: Actor, acting: Acting, teammate: User) -> None:
    row = upload(acting(teammate), ticket)
    with pytest.raises(NotVisible):
        write(ticket, alice, draft_file_ids=[row.pk])
    with pytest.raises(NotVisible):
        drafts.remove_draft_file(by=alice, draft_file_id=row.pk)
    assert DraftFile.objects.get() == row
    assert not Attachment.objects.exists()


# Notes


def test_a_note_never_leaves_the_house(ticket: Ticket, alice: Actor, stranger: User) -> None:
    note = messages.add_note(ticket=ticket, by=alice, html="<p>She sounds upset.</p>", mention_ids=[stranger.pk])
    ticket.refresh_from_db()
    assert note.kind == MessageKind.NOTE
    assert not Delivery.objects.exists()
    assert ticket.preview == "The screen stays black."
    assert ticket.waiting_since is not None
    assert Mention.objects.get().user == stranger


def test_a_mention_opens_nothing_to_people_of_vendors_outside_their_scope(
    alice: Actor, acting: Acting, outsourcing_agent: User, other_queue: object, agent: User
) -> None:
    row = TicketFactory(queue=other_queue, assignee=agent)
    messages.add_note(ticket=row, by=alice, html="<p>Look</p>", mention_ids=[outsourcing_agent.pk, agent.pk])
    assert not Mention.objects.exists()
    assert row not in Ticket.objects.visible_to(acting(outsourcing_agent))


def test_a_mentioned_colleague_reads_and_notes_but_does_not_answer(
    ticket: Ticket, alice: Actor, acting: Acting, stranger: User
) -> None:
    messages.add_note(ticket=ticket, by=alice, html="<p>Look</p>", mention_ids=[stranger.pk])
    messages.add_note(ticket=ticket, by=acting(stranger), html="<p>I know her</p>")
    with pytest.raises(PermissionRefused):
        write(ticket, acting(stranger))
    assert not Delivery.objects.exists()


# Forwarding


def test_forwarding_passes_on_text_and_files_and_is_no_answer(ticket: Ticket, alice: Actor) -> None:
    original = Message.objects.get(ticket=ticket)
    sent = messages.forward(message=original, to=["repair@partner.example"], html="<p>Please look.</p>", by=alice)
    (outbound,) = queued(ticket)
    ticket.refresh_from_db()
    assert outbound.recipients.to == ("repair@partner.example",)
    assert outbound.subject == "Fwd: Screen broken"
    assert outbound.in_reply_to == ""
    assert "The screen stays black." in outbound.text
    assert ticket.first_replied_at is None
    assert ticket.waiting_since is not None
    assert sent.envelope["is_forward"]
    assert f"{timezone.localtime(original.created):%H:%M}" in sent.text
    write(ticket, alice)
    assert queued(ticket)[-1].recipients.to == ("lin@example.com",)


def test_notes_are_not_forwarded_and_masked_viewers_forward_nothing(
    ticket: Ticket, alice: Actor, oliver: Actor
) -> None:
    note = messages.add_note(ticket=ticket, by=alice, html="<p>internal</p>")
    for message, by in ((note, alice), (Message.objects.filter(ticket=ticket).earliest("sequence"), oliver)):
        with pytest.raises(ForwardRefused):
            messages.forward(message=message, to=["x@partner.example"], html="<p>fyi</p>", by=by)
    assert not Delivery.objects.exists()


# Writing first


def test_outbound_mail_opens_a_ticket_and_makes_the_address_a_customer(channel: Channel, alice: Actor) -> None:
    ticket = messages.start_outbound(
        by=alice, channel=channel, subject="Your order", html="<p>It has left.</p>", address="new@example.org"
    )
    (outbound,) = queued(ticket)
    assert outbound.recipients.to == ("new@example.org",)
    assert outbound.subject == "Your order"
    assert ticket.status == Status.PENDING
    assert ticket.customer is not None
    assert ticket.customer.identities.get().value == "new@example.org"


def test_an_address_of_somebody_else_is_not_bound_to_a_customer(channel: Channel, alice: Actor) -> None:
    CustomerFactory(email="taken@example.org")
    other = CustomerFactory()
    with pytest.raises(RecipientRefused):
        messages.start_outbound(
            by=alice, channel=channel, subject="x", html="<p>x</p>", customer=other, address="taken@example.org"
        )
    assert not Ticket.objects.exists()


def test_a_subject_is_asked_for(channel: Channel, alice: Actor) -> None:
    with pytest.raises(InvalidInput):
        messages.start_outbound(by=alice, channel=channel, subject=" \r\n", html="<p>x</p>", address="a@example.org")


def test_a_call_is_written_down_on_a_new_ticket(alice: Actor, ticket: Ticket) -> None:
    phone = ChannelFactory(kind="manual", settings={"contact": "call"})
    row = messages.record_contact(
        by=alice,
        channel=phone,
        html="<p>Asks for a refund.</p>",
        subject="Refund",
        sender_kind="phone",
        sender_value="13900139000",
        sender_name="Wu",
        queue=ticket.queue,
    )
    message = Message.objects.get(ticket=row)
    assert (message.kind, message.notice) == (MessageKind.CUSTOMER, "recorded")
    assert row.customer is not None
    assert row.customer.identities.get().value == "+8613900139000"
    assert not Delivery.objects.exists()


@pytest.mark.parametrize("contact", ContactKind)
def test_a_contact_is_written_down_on_a_ticket_that_is_there(
    alice: Actor, ticket: Ticket, contact: ContactKind
) -> None:
    channel = ChannelFactory(kind="manual", settings={"contact": "visit"})
    kind = MessageKind.CUSTOMER if contact.is_inbound else MessageKind.AGENT
    at = now() - timedelta(hours=3)
    for _time in range(2):
        messages.record_contact(
            ticket=ticket, by=alice, channel=channel, html="<p>Agreed on Monday.</p>", at=at,
            kind=contact, sender_name="His wife", client_id="once",
        )  # fmt: skip
    entry = ticket_page(alice, ticket.number).timeline[-1]
    assert (entry.sequence, entry.kind, entry.text) == (2, kind, "Agreed on Monday.")
    assert entry.contact is not None
    assert (entry.contact.label, entry.contact.person, entry.contact.at) == (contact.label, "His wife", at)
    interaction = Interaction.objects.get(channel=channel)
    assert (interaction.ticket, interaction.started_at, interaction.state) == (ticket, at, "closed")
    ticket.refresh_from_db()
    assert (ticket.waiting_since, ticket.preview_kind) == (None, kind)
    assert not Delivery.objects.exists()
    assert Event.objects.filter(kind="message.received" if contact.is_inbound else "message.sent").count() == 1


def test_a_contact_that_cannot_have_been_is_refused(alice: Actor, ticket: Ticket, channel: Channel) -> None:
    phone = ChannelFactory(kind="manual", settings={"contact": "call"})
    told = Event.objects.count()
    for change, error in (
        ({"at": now() + timedelta(hours=1)}, InvalidInput),
        ({"at": now() - timedelta(days=400)}, InvalidInput),
        ({"kind": "sideways"}, InvalidInput),
        ({"html": "<p> </p>"}, InvalidInput),
        ({"channel": channel}, NoReplyChannel),
    ):
        values = {"channel": phone, "html": "<p>x</p>", **change}
        with pytest.raises(error):
            messages.record_contact(ticket=ticket, by=alice, **values)
    assert Message.objects.filter(ticket=ticket).count() == 1
    assert Event.objects.count() == told


def test_a_vendor_writes_down_contacts_on_channels_of_the_contract(
    ticket: Ticket, acting: Acting, outsourcing_agent: User, vendor_team: Team
) -> None:
    phone = ChannelFactory(kind="manual", settings={"contact": "call"})
    with pytest.raises(NotVisible):
        messages.record_contact(ticket=ticket, by=acting(outsourcing_agent), channel=phone, html="<p>x</p>")
    assert Message.objects.filter(ticket=ticket).count() == 1
    grant(vendor_team, ticket.queue, phone)
    messages.record_contact(ticket=ticket, by=acting(outsourcing_agent), channel=phone, html="<p>x</p>")
    assert Message.objects.filter(ticket=ticket).count() == 2


# Taking back


def test_undo_gives_the_words_back_and_sends_nothing(ticket: Ticket, alice: Actor) -> None:
    before = (ticket.status, ticket.preview, ticket.waiting_since, ticket.first_replied_at)
    upload_row = upload(alice, ticket)
    message = write(ticket, alice, draft_file_ids=[upload_row.pk], then_status=Status.PENDING, client_id="f")
    draft = messages.undo_send(message=message, by=alice)
    ticket.refresh_from_db()
    assert (ticket.status, ticket.preview, ticket.waiting_since, ticket.first_replied_at) == before
    assert "Please restart it." in draft.html
    assert DraftFile.objects.get().file_id == upload_row.file_id
    assert Delivery.objects.get().state == DeliveryState.CANCELLED
    assert not SearchRow.objects.filter(pk=message.pk).exists()
    with pytest.raises(UndoTooLate):
        messages.undo_send(message=message, by=alice)
    assert write(ticket, alice, client_id="f").pk != message.pk


def test_undo_is_for_ones_own_message_in_time(ticket: Ticket, alice: Actor, acting: Acting, teammate: User) -> None:
    message = write(ticket, alice)
    with pytest.raises(NotVisible):
        messages.undo_send(message=message, by=acting(teammate))
    with time_machine.travel(now() + timedelta(seconds=11), tick=False), pytest.raises(UndoTooLate):
        messages.undo_send(message=message, by=alice)
    assert Delivery.objects.get().state == DeliveryState.QUEUED


# Drafts


def test_a_draft_survives_and_two_tabs_keep_one(ticket: Ticket, alice: Actor) -> None:
    for html in ("<p>one</p>", "<p>two</p><script>x</script>"):
        drafts.save_draft(by=alice, ticket=ticket, kind=DraftKind.REPLY, html=html, data={"cc": ["x"]})
    assert Draft.objects.get().html == "<p>two</p>"
    write(ticket, alice)
    assert not Draft.objects.exists()


def test_an_empty_draft_is_no_draft(ticket: Ticket, alice: Actor) -> None:
    drafts.save_draft(by=alice, ticket=ticket, kind=DraftKind.NOTE, html="<p>x</p>")
    assert drafts.save_draft(by=alice, ticket=ticket, kind=DraftKind.NOTE, html="") is None
    assert not Draft.objects.exists()


def test_a_draft_needs_a_visible_ticket(ticket: Ticket, acting: Acting, stranger: User) -> None:
    with pytest.raises(NotVisible):
        drafts.save_draft(by=acting(stranger), ticket=ticket, kind=DraftKind.REPLY, html="<p>x</p>")


def test_retry_is_for_who_may_answer(ticket: Ticket, alice: Actor, acting: Acting, stranger: User) -> None:
    write(ticket, alice)
    delivery = Delivery.objects.get()
    Delivery.objects.filter(pk=delivery.pk).update(state=DeliveryState.FAILED, settled_at=now())
    with pytest.raises(NotVisible):
        messages.retry_delivery(ticket=ticket, delivery_id=delivery.pk, by=acting(stranger))
    assert messages.retry_delivery(ticket=ticket, delivery_id=delivery.pk, by=alice).state == DeliveryState.QUEUED


def test_a_merged_tickets_thread_is_answered_from_where_it_was_merged(
    ticket: Ticket, alice: Actor, customer: Customer
) -> None:
    target = TicketFactory(queue=ticket.queue, customer=customer)
    lifecycle.merge_tickets(ticket=ticket, into=target, by=alice)
    write(target, alice)
    assert queued(target)[0].in_reply_to == "first@example.com"


def test_what_is_too_long_says_that_it_was_shortened(ticket: Ticket) -> None:
    long = say(ticket, "", html="<p>word</p>" * 200_001)
    assert (long.notice, len(long.text) <= 500_000) == ("shortened", True)
    assert say(ticket, "x" * 500_001).notice == "shortened"
    assert say(ticket, "x" * 500_000).notice == ""

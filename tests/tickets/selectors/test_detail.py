"""The ticket's page: few queries, everything through the lens, and nothing of what was taken back or is out of sight."""

import dataclasses
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.accounts.models import User
from apps.channels.models import Channel
from apps.core.actor import SYSTEM, Actor
from apps.core.errors import NotVisible
from apps.core.storage import store_file
from apps.customers.models import Customer
from apps.tickets.enums import MessageKind, Status
from apps.tickets.models import Queue, Ticket
from apps.tickets.selectors.customers import customer_tickets, customer_timeline
from apps.tickets.selectors.detail import TicketPage, ticket_for, ticket_page, timeline
from apps.tickets.selectors.history import ticket_history
from apps.tickets.services import assignment, drafts, lifecycle, linking, messages
from apps.tickets.services.timeline import FileToAttach
from tests.factories.channels import ChannelFactory
from tests.factories.customers import TagFactory
from tests.factories.tickets import TicketFactory, grant, say
from tests.tickets.conftest import OWN_ADDRESS, Acting

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("grants")]

SECRETS = ("13800138000", "+8613800138000", "lin@example.com", "林小雨", "boss@example.com", "110101199003078515")


@pytest.fixture
def alice(acting: Acting, agent: User) -> Actor:
    return acting(agent)


def page(acting: Acting, user: User, ticket: Ticket) -> TicketPage:
    return ticket_page(acting(user), ticket.number)


def planted(ticket: Ticket, channel: Channel) -> None:
    """Secrets wherever a customer or an agent can leave them."""
    text = f"I am 林小雨, call 138 0013 8000 or 13800138000, mail lin@example.com, id {SECRETS[-1]}."
    file = store_file(b"secret", name="林小雨 13800138000.txt", by=SYSTEM)
    say(
        ticket,
        text,
        html=f"<p>{text}</p>",
        subject=text,
        quoted=text,
        sender_name="林小雨",
        channel=channel,
        envelope={
            "from": [["林小雨", "lin@example.com"]],
            "to": [["", OWN_ADDRESS]],
            "cc": [["林小雨", "boss@example.com"]],
        },
        files=(FileToAttach(file.pk),),
    )
    say(ticket, f"Note: {text}", kind=MessageKind.NOTE)
    ticket.subject = text
    ticket.save_versioned(update_fields=["subject"])
    lifecycle.change_fields(ticket=ticket, by=SYSTEM, subject=f"New: {text}")
    lifecycle.resolve_ticket(ticket=ticket, by=SYSTEM, wrap_up=lifecycle.WrapUpInput(summary=text))


def strings(value: Any) -> list[str]:
    """Every string in a tree of dataclasses."""
    if isinstance(value, str):
        return [value]
    if dataclasses.is_dataclass(value):
        return [text for field in dataclasses.fields(value) for text in strings(getattr(value, field.name))]
    if isinstance(value, dict):
        return [text for pair in value.items() for text in strings(pair)]
    if isinstance(value, list | tuple | set | frozenset):
        return [text for entry in value for text in strings(entry)]
    return []


def test_no_planted_value_reaches_the_outsourced_agent(
    acting: Acting, outsourcing_agent: User, ticket: Ticket, channel: Channel, customer: Customer
) -> None:
    planted(ticket, channel)
    actor = acting(outsourcing_agent)
    shown = [
        *strings(page(acting, outsourcing_agent, ticket)),
        *strings(timeline(actor, ticket)),
        *strings(ticket_history(actor, ticket)),
        *strings(customer_tickets(actor, customer)),
        *strings(customer_timeline(actor, customer)),
    ]
    leaks = {secret: [text for text in shown if secret in text] for secret in SECRETS}
    assert leaks == {secret: [] for secret in SECRETS}
    assert not [text for text in shown if "138 0013 8000" in text]


def test_the_planted_values_are_there_to_leak(acting: Acting, agent: User, ticket: Ticket, channel: Channel) -> None:
    planted(ticket, channel)
    shown = " ".join([*strings(page(acting, agent, ticket)), *strings(ticket_history(acting(agent), ticket))])
    assert [secret for secret in SECRETS if secret not in shown] == []


def test_files_are_shut_to_masked_viewers(
    acting: Acting, agent: User, outsourcing_agent: User, ticket: Ticket, channel: Channel
) -> None:
    planted(ticket, channel)
    raw = [file for entry in page(acting, agent, ticket).timeline for file in entry.files]
    masked = [file for entry in page(acting, outsourcing_agent, ticket).timeline for file in entry.files]
    assert [file.url.startswith("/desk/files/") for file in raw] == [True]
    assert [(file.url, file.size) for file in masked] == [("", 6)]


@pytest.mark.parametrize("who", ["agent", "outsourcing_agent"])
def test_the_page_takes_few_queries_and_no_more_for_more(
    cast: dict[str, User],
    acting: Acting,
    ticket: Ticket,
    channel: Channel,
    who: str,
    keep_vocabulary: Callable[[], None],
) -> None:
    keep_vocabulary()
    taken = []
    for _round in range(2):
        for number in range(3 if taken else 1):
            say(ticket, f"more {number}", channel=channel, customer=ticket.customer)
            TicketFactory(queue=ticket.queue, channel=channel, customer=ticket.customer)
        actor = acting(cast[who])
        with CaptureQueriesContext(connection) as queries:
            ticket_page(actor, ticket.number)
        taken.append(len(queries))
    assert taken[0] == taken[1]
    assert taken[0] <= (12 if who == "agent" else 14)


def test_what_is_out_of_sight_is_not_found(acting: Acting, stranger: User, ticket: Ticket) -> None:
    with pytest.raises(NotVisible):
        page(acting, stranger, ticket)
    with pytest.raises(NotVisible):
        ticket_for(acting(stranger), 999_999)


def test_facts_and_abilities(acting: Acting, agent: User, outsourcing_agent: User, ticket: Ticket) -> None:
    tag = TagFactory()
    ticket.tags.add(tag)
    ChannelFactory(kind="manual")
    assignment.watch(ticket=ticket, by=acting(agent))
    shown = page(acting, agent, ticket)
    assert (shown.ticket.number, shown.ticket.subject, shown.ticket.customer_name) == (
        ticket.number,
        "Screen broken",
        "林小雨",
    )
    assert shown.ticket.is_watching
    assert shown.ticket.watchers == ("Alice Agent",)
    assert [chip.key for chip in shown.ticket.tags] == [tag.key]
    assert (shown.read_to, shown.last_sequence) == (0, 1)
    assert [field.name for field in dataclasses.fields(shown.may) if not getattr(shown.may, field.name)] == [
        "hand_over"
    ]
    limited = page(acting, outsourcing_agent, ticket).may
    assert (limited.reply, limited.note, limited.claim, limited.edit, limited.resolve) == (True,) * 5
    refused = (limited.assign_others, limited.merge, limited.spam, limited.watch, limited.forward)
    assert refused == (False,) * 5


def test_the_composer_knows_where_an_answer_goes(acting: Acting, agent: User, ticket: Ticket) -> None:
    (route,) = page(acting, agent, ticket).composer.routes
    assert [person.label for person in route.to] == ["Lin Xiaoyu <lin@example.com>"]
    assert [person.label for person in route.cc_all] == ["boss@example.com"]
    assert (route.has_copies, route.html, route.refusal, route.is_default) == (True, True, "", True)


def test_the_composer_says_why_not(acting: Acting, agent: User, ticket: Ticket, queue: Queue) -> None:
    assert page(acting, agent, TicketFactory(queue=queue)).composer.refusal
    Ticket.objects.filter(pk=ticket.pk).update(status=Status.CLOSED)
    assert "closed" in page(acting, agent, ticket).composer.refusal


def test_own_draft_and_uploads_and_nobody_elses(
    acting: Acting, agent: User, teammate: User, ticket: Ticket, alice: Actor
) -> None:
    drafts.save_draft(by=alice, ticket=ticket, kind="reply", html="<p>half</p>")
    drafts.add_draft_file(by=alice, ticket=ticket, name="a.txt", content=b"x")
    mine, theirs = (page(acting, user, ticket).composer for user in (agent, teammate))
    assert mine.reply_draft is not None
    assert mine.reply_draft.html == "<p>half</p>"
    assert [file.name for file in mine.files] == ["a.txt"]
    assert (theirs.reply_draft, theirs.files) == (None, ())


def test_a_message_taken_back_is_gone(acting: Acting, agent: User, ticket: Ticket, alice: Actor) -> None:
    message = messages.reply(ticket=ticket, by=alice, html="<p>Oops</p>")
    entry = page(acting, agent, ticket).timeline[-1]
    assert entry.undo_until is not None
    assert entry.delivery is not None
    messages.undo_send(message=message, by=alice)
    assert [entry.text for entry in page(acting, agent, ticket).timeline] == ["The screen stays black."]


def test_only_the_writer_can_take_back(acting: Acting, teammate: User, ticket: Ticket, alice: Actor) -> None:
    messages.reply(ticket=ticket, by=alice, html="<p>Hi</p>")
    assert page(acting, teammate, ticket).timeline[-1].undo_until is None


def test_newer_entries_are_what_the_page_would_have_at_its_end(ticket: Ticket, alice: Actor) -> None:
    old = timeline(alice, ticket)
    say(ticket, "More.", channel=ticket.channel, customer=ticket.customer)
    assert [*old, *timeline(alice, ticket, after_sequence=1)] == timeline(alice, ticket)


def test_messages_of_merged_tickets_stand_in_one_timeline(
    acting: Acting, agent: User, ticket: Ticket, alice: Actor, queue: Queue
) -> None:
    target = TicketFactory(queue=queue, customer=ticket.customer)
    say(target, "Any news?", customer=ticket.customer)
    lifecycle.merge_tickets(ticket=ticket, into=target, by=alice)
    shown = page(acting, agent, target)
    assert [entry.text for entry in shown.timeline] == ["The screen stays black.", "Any news?", ""]
    assert [entry.ticket_number for entry in shown.timeline] == [ticket.number, target.number, target.number]
    assert f"#{ticket.number}" in shown.timeline[-1].notice_label
    assert shown.ticket.merged_from == (ticket.number,)


def test_pictures_in_a_text_come_from_our_own_address(acting: Acting, agent: User, ticket: Ticket) -> None:
    stored = store_file(b"\x89PNG\r\n\x1a\n" + b"0" * 40, name="p.png", by=SYSTEM)
    html = '<p>See <img src="cid:pic@x"> <img src="cid:missing"></p>'
    say(ticket, "See", html=html, files=(FileToAttach(stored.pk, content_id="pic@x", is_inline=True),))
    shown = page(acting, agent, ticket).timeline[-1].html
    assert 'src="/desk/files/' in shown
    assert "cid:" not in shown


def test_other_tickets_and_links_show_only_what_is_visible(
    acting: Acting, agent: User, supervisor: User, ticket: Ticket, other_queue: Queue, queue: Queue
) -> None:
    seen = TicketFactory(queue=queue, customer=ticket.customer)
    hidden = TicketFactory(queue=other_queue, customer=ticket.customer)
    for other in (seen, hidden):
        linking.link_tickets(ticket=ticket, other=other, by=SYSTEM)
    shown = page(acting, agent, ticket)
    assert [row.number for row in shown.other_tickets] == [row.number for row in shown.links] == [seen.number]
    assert len(page(acting, supervisor, ticket).links) == 2


def test_a_customers_timeline_holds_visible_tickets_only(
    acting: Acting, agent: User, customer: Customer, ticket: Ticket, other_queue: Queue, team: Any
) -> None:
    elsewhere = TicketFactory(queue=other_queue, customer=customer)
    say(elsewhere, "Not for care.", customer=customer)
    assert [entry.text for entry in customer_timeline(acting(agent), customer).entries] == ["The screen stays black."]
    grant(team, other_queue)
    assert len(customer_timeline(acting(agent), customer).entries) == 2


def test_our_own_address_is_nobodys_personal_data(acting: Acting, outsourcing_agent: User, ticket: Ticket) -> None:
    seen = strings(page(acting, outsourcing_agent, ticket))
    assert any(OWN_ADDRESS in text for text in seen)
    assert not any("lin@example.com" in text for text in seen)

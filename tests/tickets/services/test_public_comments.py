"""A public comment is answered before everybody or in private: which ways are open, until when, what each carries and says."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine

from apps.accounts.models import Team, User
from apps.channels.contract import IdentityClaim
from apps.channels.keys import key_of
from apps.channels.models import Channel, Delivery
from apps.core.actor import Actor
from apps.core.clock import now
from apps.tickets.enums import MessageKind, Status
from apps.tickets.errors import ContentRefused, ContentUnconfirmed, NoReplyChannel, NotCarried
from apps.tickets.models import Message, Queue, Ticket
from apps.tickets.selectors.detail import ticket_page
from apps.tickets.selectors.routes import refusal_of, replies_left, window_end
from apps.tickets.services import lifecycle, messages
from apps.tickets.services.messages import open_ways
from tests.support.comments import comments, edits, open_page, removes, writes
from tests.tickets.conftest import Acting, queued

pytestmark = pytest.mark.integration


@pytest.fixture
def page(queue: Queue, team: Team, vendor_team: Team) -> Channel:
    return open_page(queue, team, vendor_team)


@pytest.fixture
def alice(acting: Acting, agent: User) -> Actor:
    return acting(agent)


def answer(ticket: Ticket, by: Actor, html: str = "<p>有的</p>", **values: Any) -> Message:
    return messages.reply(ticket=ticket, by=by, html=html, **values)


def seen(ticket: Ticket) -> list[tuple[bool, str]]:
    return [(way.is_public, refusal_of(way)) for way in open_ways(ticket)]


ASKED = "This channel allows no further answer until the customer writes again."


def test_both_ways_are_known_before_typing(page: Channel, alice: Actor) -> None:
    ticket = comments(page)

    public, private = ticket_page(alice, ticket.number).composer.routes

    assert (public.is_public, public.is_default, public.window_ends_at, public.replies_left) == (True, True, None, None)
    assert (private.is_public, private.refusal, private.replies_left) == (False, "", 1)
    assert private.window_ends_at == ticket.interactions.get().commented_at + timedelta(days=7)
    assert (public.key, private.key) == (f"{page.pk}-public", str(page.pk))
    assert (public.attachments, private.attachments, public.max_length, private.max_length) == (True, False, 8000, 2000)


def test_nothing_is_said_by_itself_under_a_post(page: Channel) -> None:
    ticket = comments(page)

    assert not Delivery.objects.filter(ticket_id=ticket.pk).exists()


def test_an_answer_says_which_it_is_and_is_private_unless_it_says_public(page: Channel, alice: Actor) -> None:
    ticket = comments(page)
    comments(page, "9_2")
    alice.user.signature = "小艾 | 客服中心"

    public, private = answer(ticket, alice, is_public=True), answer(ticket, alice, "<p>请把订单号发给我们</p>")

    assert (public.is_public, private.is_public) == (True, False)
    sent = [(row.is_public, row.comment, row.post, "小艾" in row.text) for row in queued(ticket)]
    assert sent == [(True, "9_2", "PG1_9", False), (False, "9_2", "PG1_9", True)]
    entries = ticket_page(alice, ticket.number).timeline
    assert [entry.is_public for entry in entries] == [True, True, True, False]
    assert [entry.is_private_reply for entry in entries] == [False, False, False, True]
    assert entries[0].post_url == "https://www.facebook.com/PG1_9"


def test_a_private_answer_by_the_window_of_another_chat_is_told_as_private(page: Channel, alice: Actor) -> None:
    chat = writes(page, "在吗")
    ticket = comments(page)

    answer(ticket, alice, is_public=True)
    private = answer(ticket, alice, "<p>请把订单号发给我们</p>")
    plain = answer(chat, alice, "<p>在的</p>")

    assert ("comment" in private.envelope, plain.ticket_id) == (False, chat.pk)
    told = {row.id: (row.is_public, row.is_private_reply) for row in ticket_page(alice, ticket.number).timeline}
    assert list(told.values()) == [(True, False), (True, False), (False, True)]
    assert not any(row.is_private_reply for row in ticket_page(alice, chat.number).timeline)


def test_one_private_answer_for_each_comment_and_any_number_in_public(page: Channel, alice: Actor) -> None:
    ticket = comments(page)
    answer(ticket, alice)
    for _ in range(2):
        answer(ticket, alice, is_public=True)
    before = Message.objects.count()

    with pytest.raises(NoReplyChannel):
        answer(ticket, alice)
    assert (Message.objects.count(), Delivery.objects.count()) == (before, 3)
    assert seen(ticket) == [(True, ""), (False, ASKED)]

    comments(page, "9_2")
    assert seen(ticket) == [(True, ""), (False, "")]


def test_a_private_answer_is_one_message(page: Channel, alice: Actor) -> None:
    ticket = comments(page)

    with pytest.raises(NotCarried):
        answer(ticket, alice, f"<p>{'长' * 2001}</p>")
    assert not Delivery.objects.exists()
    assert len(answer(ticket, alice, f"<p>{'长' * 2001}</p>", is_public=True).text) == 2001


def test_what_was_taken_back_may_be_said_again(page: Channel, alice: Actor) -> None:
    ticket = comments(page)
    for is_public in (True, False):
        messages.undo_send(message=answer(ticket, alice, is_public=is_public), by=alice)

    assert seen(ticket) == [(True, ""), (False, "")]


def test_the_private_answer_has_seven_days_from_the_comment_not_from_its_new_words(page: Channel, alice: Actor) -> None:
    with time_machine.travel(now(), tick=False) as clock:
        ticket = comments(page)
        clock.shift(timedelta(days=6))
        edits(page, "白色呢？")
        assert seen(ticket) == [(True, ""), (False, "")]
        clock.shift(timedelta(days=1, seconds=1))

        assert seen(ticket) == [(True, ""), (False, "The time in which this channel allows an answer is over.")]
        with pytest.raises(NoReplyChannel):
            answer(ticket, alice)


def test_who_removed_their_comment_is_not_answered_under_it(page: Channel, alice: Actor) -> None:
    ticket = comments(page)
    comments(page, "9_2")
    removes(page, "9_2")
    assert [way.comment for way in open_ways(ticket)] == ["9_1", "9_1"]

    removes(page, "9_1")

    assert {refusal for _is_public, refusal in seen(ticket)} == {"There is no comment left to answer; it was removed."}
    with pytest.raises(NoReplyChannel):
        answer(ticket, alice, is_public=True)
    assert not Delivery.objects.exists()


def test_what_they_answer_in_private_comes_to_the_same_ticket(page: Channel, alice: Actor) -> None:
    ticket = comments(page)
    answer(ticket, alice)

    again = writes(page, "订单号是 88")

    assert again == ticket
    private, public = open_ways(ticket)
    assert (private.is_public, private.comment, refusal_of(private), replies_left(private)) == (False, "", "", None)
    assert window_end(private) == private.interaction.last_inbound_at + timedelta(hours=24)
    assert (public.is_public, public.comment) == (True, "9_1")
    kinds = [(row.kind, row.is_public) for row in Message.objects.filter(ticket=ticket).order_by("sequence")]
    assert kinds == [(MessageKind.CUSTOMER, True), (MessageKind.AGENT, False), (MessageKind.CUSTOMER, False)]


def test_without_a_private_answer_or_after_the_ticket_what_they_write_is_new(page: Channel, alice: Actor) -> None:
    ticket = comments(page)
    assert writes(page, "在吗", thread_key=key_of("messenger", "elsewhere")) != ticket

    answer(ticket, alice, then_status=Status.RESOLVED)
    lifecycle.close_ticket(ticket=ticket, by=alice)
    assert writes(page, "在吗") != ticket


def test_a_comment_does_not_open_the_private_window(page: Channel, alice: Actor) -> None:
    """What counts for the messenger is what was written there."""
    with time_machine.travel(now(), tick=False) as clock:
        ticket = comments(page)
        answer(ticket, alice)
        writes(page, "订单号是 88")
        clock.shift(timedelta(hours=25))
        comments(page, "9_2")

        ways = open_ways(ticket)

    assert [(way.is_public, way.comment) for way in ways] == [(True, "9_2"), (False, "9_2")]


# --- Personal data before everybody


def test_personal_data_is_published_only_when_meant(page: Channel, alice: Actor) -> None:
    claim = IdentityClaim("phone", "+8613800138000", verified=True)
    ticket = comments(page, identities=(claim,))
    told = "<p>我们会打 13800138000 联系您</p>"
    before = Message.objects.count()

    with pytest.raises(ContentUnconfirmed) as refused:
        answer(ticket, alice, told, is_public=True)

    assert "13800138000" not in refused.value.told()
    assert (Message.objects.count(), Delivery.objects.count()) == (before, 0)
    assert answer(ticket, alice, told, is_public=True, is_confirmed=True).is_public
    assert not answer(ticket, alice, told).is_public


SPELLED = (
    "打 一三八 零零一三 八〇〇〇",
    "壹叁捌零零壹叁捌零零幺",
    "lin [at] example [dot] com",
    "lin(at)example【点】com",
    "lin at example dot com",
)


def test_what_is_spelled_so_that_no_machine_finds_it_is_personal_too(page: Channel, alice: Actor) -> None:
    ticket = comments(page)

    for told in SPELLED:
        with pytest.raises(ContentUnconfirmed):
            answer(ticket, alice, f"<p>{told}</p>", is_public=True)

    assert not Delivery.objects.exists()
    assert answer(ticket, alice, "<p>第一，二楼的三位同事看 dot 图；六七天，一九九九年 at 八点。</p>", is_public=True)


def test_a_name_known_from_elsewhere_is_personal_and_the_one_they_comment_under_is_not(
    page: Channel, alice: Actor
) -> None:
    ticket = comments(page)
    assert answer(ticket, alice, "<p>小鹿，您好</p>", is_public=True)
    ticket.customer.name = "林小雨"
    ticket.customer.save()

    with pytest.raises(ContentUnconfirmed):
        answer(ticket, alice, "<p>林小雨，您好</p>", is_public=True)


def test_who_sees_it_masked_may_not_publish_it(page: Channel, acting: Acting, outsourcing_agent: User) -> None:
    ticket = comments(page, text="打 13800138000 给我")
    vendor = acting(outsourcing_agent)
    entry = ticket_page(vendor, ticket.number).timeline[0]
    assert ("13800138000" in entry.text, entry.author_name, entry.post_url, entry.is_public) == (False, "小*", "", True)

    with pytest.raises(ContentRefused):
        answer(ticket, vendor, "<p>会打 13800138000</p>", is_public=True, is_confirmed=True)

    assert not Delivery.objects.exists()

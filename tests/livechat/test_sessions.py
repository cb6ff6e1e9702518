"""A visit: begins with its first line, is one contact on the desk, ends once, and what was said before stays readable."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine

from apps.accounts.models import User
from apps.core.actor import SYSTEM, person
from apps.core.clock import now
from apps.customers.models import Identity
from apps.livechat.models import ChatSession
from apps.livechat.services import sessions
from apps.privacy.models import Consent, PrivacyNotice
from apps.sla.models import ChannelPolicy, FollowUp
from apps.tickets.enums import InteractionState, Status
from apps.tickets.models import Interaction, Message, Ticket
from apps.tickets.services import messages
from apps.tickets.services.lifecycle import change_status
from tests.channels.conftest import in_parallel
from tests.factories.sla import CalendarFactory
from tests.factories.tickets import CategoryFactory
from tests.livechat.conftest import Chat

pytestmark = [pytest.mark.integration, pytest.mark.django_db]
PAGE = {
    "url": "https://user:pass@shop.example.com:8443/cart/?reset=secret-4711#secret-4711",
    "title": "Cart",
    "referrer": "https://search.example.com/?q=secret-4711",
    "utm_campaign": "autumn",
}


def configure(chat: Chat, **settings: Any) -> None:
    chat.channel.settings = {**chat.channel.settings, **settings}
    chat.channel.save(update_fields=["settings"])


def close_shop(chat: Chat) -> None:
    """Never open today, and open tomorrow."""
    week = [""] * 7
    week[(now().weekday() + 2) % 7] = "09:00-18:00"
    calendar = CalendarFactory.create(week=week)
    ChannelPolicy.objects.create(channel=chat.channel, calendar=calendar, makes_follow_ups=True)


def test_the_first_line_begins_a_visit_with_what_was_filled_in(chat: Chat) -> None:
    configure(chat, asks_email="required", asks_category="optional")
    wanted = CategoryFactory.create(key="returns")

    told = chat.write("hello", "a", name="李雷", email="Li@Example.com", category="returns", consent=False, **PAGE)
    assert told.status_code == 200, told.content
    assert chat.write("one more thing", "b").json()["sequence"] == 2
    chat.arrive()

    [ticket] = Ticket.objects.all()
    [session] = ChatSession.objects.all()
    [interaction] = Interaction.objects.all()
    assert (ticket.category, ticket.message_count) == (wanted, 2)
    assert session.interaction == interaction
    assert session.details["page"] == {
        "address": "https://shop.example.com:8443/cart/",
        "title": "Cart",
        "referrer": "search.example.com",
        "utm_campaign": "autumn",
    }
    mail = Identity.objects.get(customer=ticket.customer, kind="email")
    assert (mail.value, mail.verified_at) == ("li@example.com", None)
    assert Message.objects.filter(ticket=ticket).order_by("sequence")[0].sender_name == "李雷"
    assert "4711" not in str([row.envelope for row in Message.objects.all()]) + str(session.details)


def test_a_page_at_a_numeric_address_keeps_its_brackets(chat: Chat) -> None:
    chat.write("hello", "a", url="http://[2001:db8::1]:8080/cart/?a=b")

    assert ChatSession.objects.get().details["page"] == {"address": "http://[2001:db8::1]:8080/cart/"}


@pytest.mark.parametrize("strange", ["http://[x", "http://a]b/", "http://℀.com/"], ids=["open", "closed", "unnormal"])
def test_unreadable_addresses_are_left_out(chat: Chat, strange: str) -> None:
    """Any page, and whoever leads to it, may say what it likes: the visit begins all the same."""
    told = chat.write("hello", "a", **{**PAGE, "url": strange, "referrer": strange})

    assert told.status_code == 200, told.content
    chat.arrive()
    assert ChatSession.objects.get().details["page"] == {"title": "Cart", "utm_campaign": "autumn"}


@pytest.mark.parametrize(
    ("settings", "context", "field"),
    [
        ({"asks_email": "required"}, {}, "email"),
        ({"asks_email": "optional"}, {"email": "no address"}, "email"),
        ({"asks_phone": "required"}, {"phone": "12"}, "phone"),
        ({"asks_name": "required"}, {"name": "   "}, "name"),
        ({"asks_category": "optional"}, {"category": "made-up"}, "category"),
        ({"consent": {"en": "I agree."}}, {"consent": "true"}, "consent"),
    ],
    ids=["email", "bad-email", "bad-phone", "blank-name", "category", "consent"],
)
def test_without_what_is_asked_nothing_begins(
    chat: Chat, settings: dict[str, Any], context: dict[str, Any], field: str
) -> None:
    configure(chat, **settings)
    before = chat.all_counts()

    refused = chat.write("hello", "a", **context)

    assert (refused.status_code, refused.json()["code"]) == (422, "livechat.form_incomplete")
    assert [error["field"] for error in refused.json()["errors"]] == [field]
    assert chat.all_counts() == before
    assert chat.log() == []


def test_outside_hours_a_way_to_answer_is_needed_and_a_follow_up_is_made(chat: Chat) -> None:
    close_shop(chat)
    refused = chat.write("anybody?", "a")
    assert (refused.status_code, ChatSession.objects.count()) == (422, 0)

    assert chat.write("anybody?", "a", email="li@example.com").status_code == 200
    chat.arrive()

    assert ChatSession.objects.get().is_away
    assert FollowUp.objects.get().ticket == Ticket.objects.get()


def test_who_is_signed_in_need_not_say_who_they_are(chat: Chat) -> None:
    configure(chat, asks_email="required", consent={"en": "I agree."})
    token = chat.token(name="Li Lei", email="li@example.com")

    assert chat.write("hello", "a", token).status_code == 422
    assert chat.write("hello", "a", token, consent=True).status_code == 200
    chat.arrive()
    assert ChatSession.objects.get().details.keys() == {"consent_at"}
    assert {row.kind for row in Identity.objects.all()} == {"chat_visitor", "email"}


def test_an_end_is_told_on_both_sides_and_the_next_line_begins_anew(chat: Chat) -> None:
    chat.write("hello", "a")
    chat.arrive()

    assert [chat.command("ending").status_code for _ in range(2)] == [200, 200]
    chat.write("me again", "b")
    chat.arrive()

    assert chat.log() == ["hello", "<chat.ended>", "me again"]
    first, second = ChatSession.objects.order_by("pk")
    assert (first.ended_by, second.is_open) == ("visitor", True)
    old, new = Interaction.objects.order_by("pk")
    assert (old.state, new.state) == (InteractionState.CLOSED, InteractionState.OPEN)
    assert old.ticket_id != new.ticket_id
    assert old.ticket.customer_id == new.ticket.customer_id
    notices = Message.objects.filter(ticket_id=old.ticket_id).values_list("notice", flat=True)
    assert list(notices.order_by("sequence")) == ["", "chat_ended_visitor"]


def test_a_visit_that_ended_before_the_desk_knew_of_it_ends_there_too(chat: Chat) -> None:
    chat.write("hello", "a")
    chat.command("ending")
    chat.arrive()

    interaction = Interaction.objects.get()
    assert (interaction.state, interaction.ended_at is None) == (InteractionState.CLOSED, False)


def test_the_desk_ends_the_visit_with_its_ticket(chat: Chat) -> None:
    chat.write("hello", "a")
    chat.arrive()
    change_status(ticket=Ticket.objects.get(), status=Status.RESOLVED, by=SYSTEM)
    chat.arrive()

    assert chat.log() == ["hello", "<chat.ended>"]
    assert ChatSession.objects.get().ended_by == "agent"


def test_silence_ends_only_what_waits_for_the_visitor(chat: Chat) -> None:
    chat.write("hello", "a")
    chat.arrive()
    late = now() + timedelta(minutes=50)
    with time_machine.travel(late, tick=True):
        assert sessions.end_silent() == 0
    chat.answer("We are on it.", "auto", automatic=True)
    with time_machine.travel(late, tick=True):
        assert sessions.end_silent() == 0
    chat.answer("How can I help?")
    assert sessions.end_silent() == 0
    with time_machine.travel(now() + timedelta(minutes=31), tick=True):
        assert sessions.end_silent() == 1
        assert sessions.end_silent() == 0
    assert chat.log() == ["hello", "We are on it.", "How can I help?", "<chat.ended>"]


def test_a_chat_that_waits_for_us_ends_once_its_visitor_is_away_and_goes_on_with_its_ticket(chat: Chat) -> None:
    configure(chat, gone_after_minutes=60)
    chat.write("hello", "a")
    chat.arrive()
    began = now()
    with time_machine.travel(began + timedelta(minutes=50), tick=True):
        chat.standing()  # the page is open still
    with time_machine.travel(began + timedelta(minutes=100), tick=True):
        assert sessions.end_silent() == 0
    with time_machine.travel(began + timedelta(minutes=111), tick=True):
        assert [sessions.end_silent() for _ in range(2)] == [1, 0]
        assert chat.log() == ["hello", "<chat.ended>"]
        assert ChatSession.objects.get().ended_by == "gone"
        assert Interaction.objects.get().state == InteractionState.CLOSED
        [ticket] = Ticket.objects.all()
        assert ticket.status == Status.NEW

        chat.write("are you there now?", "b")
        chat.arrive()

    assert Ticket.objects.get().message_count == 3  # both lines, and the one of the end
    assert ChatSession.objects.open().get().interaction.ticket == ticket  # type: ignore[union-attr]


def test_who_was_answered_after_the_end_answers_on_the_same_ticket(chat: Chat, manager: User) -> None:
    chat.write("hello", "a")
    chat.arrive()
    chat.command("ending")
    ticket = Ticket.objects.get()
    messages.reply(ticket=ticket, by=person(manager), html="<p>One more thing.</p>")
    chat.send()
    assert chat.log() == ["hello", "<chat.ended>", "One more thing."]

    chat.write("thank you", "b")
    chat.arrive()

    assert Ticket.objects.count() == 1
    assert Interaction.objects.filter(ticket=ticket).count() == 2
    assert ChatSession.objects.order_by("pk").last().interaction.ticket == ticket  # type: ignore[union-attr]


def test_who_signs_in_during_a_visit_goes_on_with_it(chat: Chat) -> None:
    user = chat.token()
    chat.write("hello", "a")
    chat.arrive()
    chat.post("session", {"guest_token": chat.guest}, user)

    assert chat.write("it is me", "b", user).status_code == 200
    chat.arrive()

    assert chat.log(user) == ["hello", "it is me"]
    assert (ChatSession.objects.count(), Interaction.objects.get().ticket.message_count) == (1, 2)


@pytest.mark.django_db(transaction=True)
def test_tabs_that_write_at_once_begin_one_visit(chat: Chat) -> None:
    answers = in_parallel(4, lambda number: Chat(chat.channel, guest=chat.guest).write("hi", f"k{number}").status_code)

    assert answers == [200] * 4
    assert ChatSession.objects.count() == 1


def test_a_notice_is_shown_and_remembered_and_agreeing_to_it_is_a_consent(chat: Chat) -> None:
    brand = chat.channel.brand
    for version, days in ((1, 2), (2, 1)):
        PrivacyNotice.objects.create(
            brand=brand,
            version=version,
            text={"en": "How we use your data"},
            needs_consent=True,
            valid_from=now() - timedelta(days=days),
        )

    frame = chat.http.get(f"/chat/{chat.channel.key}/", headers={"Accept-Language": "en"}).content.decode()
    assert f'href="/privacy/{brand.key}/2/"' in frame
    assert 'name="consent"' in frame
    assert chat.write("hello", "a").status_code == 422
    assert chat.write("hello", "a", consent=True, notice="1").status_code == 200
    chat.arrive()

    assert ChatSession.objects.get().details["notice"] == 1
    consent = Consent.objects.get()
    assert consent.customer_id == Ticket.objects.get().customer_id
    assert (consent.purpose, consent.shown, consent.notice and consent.notice.version) == ("service", "chat", 1)
    assert consent.channel_id == chat.channel.pk

"""Where a customer is reached, and what an answer becomes there: known before sending, by the rules of sending."""

from datetime import timedelta

import pytest
import time_machine

from apps.accounts.models import Team, User
from apps.channels.contract import IdentityClaim
from apps.channels.models import Channel, Delivery
from apps.core.actor import Actor
from apps.core.clock import now
from apps.core.errors import PermissionRefused
from apps.customers.models import Identity
from apps.tickets.errors import NoReplyChannel
from apps.tickets.models import Message, Queue, Ticket
from apps.tickets.selectors.detail import ReplyRoute, ticket_page
from apps.tickets.services.messages import preview
from tests.factories.channels import ChannelFactory
from tests.factories.tickets import IntakeRuleFactory, grant
from tests.tickets.conftest import Acting
from tests.tickets.services.test_messenger_ways import WINDOW, _chat, answer, says  # noqa: F401 (a fixture)

pytestmark = [pytest.mark.integration, pytest.mark.django_db]


@pytest.fixture
def chat(db: None, queue: Queue, team: Team) -> Channel:
    channel = ChannelFactory(key="chat", kind="talk", settings={"app": "app-1"})
    IntakeRuleFactory(channel=channel, queue=queue)
    grant(team, queue)
    return channel


@pytest.fixture
def other_chat(chat: Channel, queue: Queue) -> Channel:
    """Another account of the same platform, where the customer has another id."""
    channel = ChannelFactory(key="chat-2", kind="talk", settings={"app": "app-1"})
    IntakeRuleFactory(channel=channel, queue=queue)
    return channel


@pytest.fixture
def alice(acting: Acting, agent: User) -> Actor:
    return acting(agent)


def routes(ticket: Ticket, by: Actor) -> list[ReplyRoute]:
    return list(ticket_page(by, ticket.number).composer.routes)


def test_a_channel_on_which_they_wrote_on_another_ticket_is_offered(
    chat: Channel, other_chat: Channel, channel: Channel, alice: Actor
) -> None:
    proved = (IdentityClaim("email", "lin@example.com", verified=True),)
    says(other_chat, identities=proved)
    ticket = says(chat)
    found = {route.channel_key: route for route in routes(ticket, alice)}
    assert list(found) == ["chat", "support", "chat-2"]
    assert (found["chat-2"].refusal, found["chat-2"].replies_left) == ("", 3)
    assert found["chat-2"].window_ends_at is not None


def test_when_its_window_is_over_the_answer_goes_elsewhere_and_it_says_why(
    chat: Channel, channel: Channel, alice: Actor
) -> None:
    ticket = says(chat, identities=(IdentityClaim("email", "lin@example.com", verified=True),))
    with time_machine.travel(now() + WINDOW + timedelta(minutes=1)):
        mail, messenger = routes(ticket, alice)
    assert (mail.channel_key, mail.refusal, mail.is_default) == ("support", "", True)
    assert messenger.refusal == "The time in which this channel allows an answer is over."


def test_who_wants_no_more_there_is_not_written_to(chat: Channel, channel: Channel, alice: Actor) -> None:
    ticket = says(chat, identities=(IdentityClaim("email", "lin@example.com", verified=True),))
    Identity.objects.filter(kind="chat_id").update(opted_out_at=now())
    messenger = next(route for route in routes(ticket, alice) if route.channel_key == "chat")
    assert messenger.refusal == "The customer does not want to be written to there."
    with pytest.raises(NoReplyChannel):
        answer(ticket, alice, channel=chat)
    assert not Delivery.objects.exists()


def test_a_long_answer_is_counted_as_the_connector_parts_it(chat: Channel, alice: Actor) -> None:
    ticket = says(chat)
    text = "一二三四五六七八九十" * 2
    shown = preview(ticket=ticket, by=alice, html=f"<p>{text}</p>")
    assert (shown.messages, shown.length, shown.segments, shown.refusal) == (2, 20, None, "")
    answer(ticket, alice, f"<p>{text}</p>")
    assert Delivery.objects.count() == shown.messages


def test_what_would_be_refused_is_told_in_the_same_words(chat: Channel, alice: Actor) -> None:
    ticket = says(chat)
    before = Message.objects.count()
    shown = preview(ticket=ticket, by=alice, html="<p>" + "x" * 61 + "</p>")
    assert shown.refusal == "This channel carries at most 60 characters."
    assert (Message.objects.count(), Delivery.objects.count()) == (before, 0)


@pytest.mark.parametrize(
    ("html", "losses"),
    [
        ("<p>plain</p>", ()),
        ("<p><b>bold</b></p>", ("Formatting is lost.",)),
        ('<p><a href="https://a.example/">https://a.example/</a></p>', ()),
        ('<p><a href="https://a.example/">here</a></p>', ("Links are written out.",)),
        ("<ul><li>one</li></ul>", ("Formatting is lost.",)),
    ],
    ids=["plain", "bold", "bare-link", "named-link", "list"],
)
def test_what_is_lost(chat: Channel, alice: Actor, html: str, losses: tuple[str, ...]) -> None:
    assert preview(ticket=says(chat), by=alice, html=html).losses == losses


def test_mail_loses_nothing(ticket: Ticket, grants: None, alice: Actor) -> None:
    assert preview(ticket=ticket, by=alice, html="<p><b>bold</b></p>").losses == ()


def test_text_messages_are_counted_in_segments(chat: Channel, queue: Queue, alice: Actor) -> None:
    sms = ChannelFactory(key="sms", kind="sms_aliyun")
    ticket = says(chat, identities=(IdentityClaim("phone", "+8613800138000", verified=True),))
    shown = preview(ticket=ticket, by=alice, html="<p>" + "字" * 71 + "</p>", channel=sms)
    assert (shown.segments, shown.refusal) == (2, "")


def test_who_may_not_answer_previews_nothing(chat: Channel, acting: Acting, stranger: User) -> None:
    with pytest.raises(PermissionRefused):
        preview(ticket=says(chat), by=acting(stranger), html="<p>x</p>")

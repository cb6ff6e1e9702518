"""What a channel's rules ask of those who write and work on it, and of those who write in."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from apps.accounts.models import Team, User
from apps.channels.contract import Inbound
from apps.channels.keys import key_of
from apps.channels.models import Channel, Delivery, InboundEvent
from apps.core.actor import SYSTEM, Actor
from apps.core.clock import now
from apps.tickets.enums import Breach, LinkPolicy
from apps.tickets.errors import ContentRefused, ContentUnconfirmed, TeamNotAllowed
from apps.tickets.models import ContentRule, IntakeRule, Message, Ticket
from apps.tickets.selectors.choices import assignable_users, teams_with_work
from apps.tickets.services import assignment, messages
from apps.tickets.services.content import findings, require_texts_allowed
from apps.tickets.services.intake import FLOOD, receive
from tests.factories.channels import InboundEventFactory
from tests.factories.customers import TagFactory
from tests.tickets.conftest import queued

pytestmark = [pytest.mark.integration, pytest.mark.django_db, pytest.mark.usefixtures("grants", "rule")]
CARD = "4111 1111 1111 1111"


@pytest.fixture
def alice(agent: User, acting: Callable[..., Actor]) -> Actor:
    return acting(agent)


# Content


@pytest.mark.parametrize(
    ("rule", "html", "told"),
    [
        ({"forbidden_words": "保证 = 尽力"}, "<p>我们保证退款</p>", ["“保证” must not be said here; write “尽力”."]),
        ({"forbidden_words": "Refund"}, "<p>your ＲＥＦＵＮＤ.</p>", ["“Refund” must not be said here."]),
        ({"forbidden_words": "art"}, "<p>We start now</p>", []),
        ({"forbidden_words": "保证", "words_breach": "allow"}, "<p>保证</p>", []),
        ({"link_policy": "none"}, "<p>see www.Example.org/a</p>", ["Links to www.example.org are not sent here."]),
        (
            {"link_policy": "listed", "link_domains": ["harbour.example"]},
            '<p><a href="https://shop.harbour.example/">x</a> <a href="https://badharbour.example/">harbour.example</a></p>',
            ["Links to badharbour.example are not sent here."],
        ),
        ({"link_policy": "none"}, '<p><a href="mailto:a@example.org">write</a></p>', []),
        ({"personal_data": "refuse"}, f"<p>{CARD}</p>", ["The text holds the number of a bank card."]),
        ({"personal_data": "allow"}, f"<p>{CARD}</p>", []),
        ({}, "<p>https://example.org</p>", []),
    ],
    ids=["chinese", "full-width", "inside-a-word", "allowed", "no-links", "listed", "mail", "card", "card-ok", "empty"],
)
def test_what_breaks_a_rule_is_told(channel: Channel, rule: dict[str, object], html: str, told: list[str]) -> None:
    ContentRule.objects.create(channel=channel, **rule)
    assert [finding.text for finding in findings(channel, html)] == told


def test_what_is_refused_goes_nowhere_confirmed_or_not(channel: Channel, ticket: Ticket, alice: Actor) -> None:
    ContentRule.objects.create(channel=channel, personal_data=Breach.REFUSE, forbidden_words="soon", words_breach="ask")
    for confirmed in (False, True):
        with pytest.raises(ContentRefused) as refused:
            messages.reply(ticket=ticket, by=alice, html=f"<p>soon, {CARD}</p>", is_confirmed=confirmed)
        assert CARD not in refused.value.told()
    assert Message.objects.filter(ticket=ticket).count() == 1
    assert not Delivery.objects.exists()


def test_what_the_writer_may_decide_goes_out_once_they_confirm(channel: Channel, ticket: Ticket, alice: Actor) -> None:
    ContentRule.objects.create(channel=channel, forbidden_words="soon", words_breach=Breach.ASK)
    with pytest.raises(ContentUnconfirmed):
        messages.reply(ticket=ticket, by=alice, html="<p>Soon.</p>", client_id="once")
    assert queued(ticket) == []
    messages.reply(ticket=ticket, by=alice, html="<p>Soon.</p>", client_id="once", is_confirmed=True)
    assert [outbound.text for outbound in queued(ticket)] == ["Soon."]


def test_only_the_words_above_a_forwarded_message_are_checked(channel: Channel, ticket: Ticket, alice: Actor) -> None:
    ContentRule.objects.create(channel=channel, forbidden_words="screen\nplease")
    original = Message.objects.get(ticket=ticket)
    assert "screen" in original.text
    with pytest.raises(ContentRefused):
        messages.forward(message=original, to=["repair@partner.example"], html="<p>Please look</p>", by=alice)
    messages.forward(message=original, to=["repair@partner.example"], html="<p>For you</p>", by=alice)
    assert len(queued(ticket)) == 1


def test_an_automatic_text_has_nobody_to_confirm_it(channel: Channel) -> None:
    ContentRule.objects.create(
        channel=channel, forbidden_words="soon", words_breach=Breach.ASK, link_policy=LinkPolicy.NONE
    )
    with pytest.raises(ContentRefused):
        require_texts_allowed(channel, {"zh-hans": "您好", "en": "You hear from us soon"})
    require_texts_allowed(channel, {"zh-hans": "您好", "en": "You hear from us today"})


# Teams


def test_only_the_allowed_teams_get_and_take_a_ticket(
    ticket: Ticket, rule: IntakeRule, alice: Actor, teammate: User, stranger: User, other_team: Team, team: Team
) -> None:
    rule.teams.set([other_team])
    for attempt in (
        lambda: assignment.claim_ticket(ticket=ticket, by=alice),
        lambda: assignment.assign_ticket(ticket=ticket, to=teammate, by=SYSTEM),
        lambda: assignment.assign_ticket(ticket=ticket, to=None, team=team, by=SYSTEM),
    ):
        with pytest.raises(TeamNotAllowed) as refused:
            attempt()
        assert str(other_team.name) in refused.value.told()
    ticket.refresh_from_db()
    assert (ticket.assignee, ticket.team) == (None, None)
    assert teams_with_work(ticket) == []
    rule.teams.set([team])
    assert assignment.assign_ticket(ticket=ticket, to=teammate, by=SYSTEM).assignee == teammate


def test_people_of_other_teams_are_not_offered(
    ticket: Ticket, rule: IntakeRule, supervisor: User, agent: User, outsourcing_agent: User, team: Team,
    acting: Callable[..., Actor],
) -> None:  # fmt: skip
    def offered() -> set[int]:
        return {row.id for row in assignable_users(acting(supervisor), ticket)}

    assert offered() >= {agent.pk, outsourcing_agent.pk}
    rule.teams.set([team])
    assert agent.pk in offered()
    assert outsourcing_agent.pk not in offered()


def test_who_holds_a_ticket_keeps_it_when_the_rule_changes(
    ticket: Ticket, rule: IntakeRule, alice: Actor, other_team: Team
) -> None:
    assignment.claim_ticket(ticket=ticket, by=alice)
    rule.teams.set([other_team])
    assert assignment.claim_ticket(ticket=ticket, by=alice).assignee == alice.user


# What comes in


def arrive(
    channel: Channel, number: int, *, after: timedelta = timedelta(0), sender: str = "lin@example.com"
) -> Message:
    event = InboundEventFactory(channel=channel)
    InboundEvent.objects.filter(pk=event.pk).update(received=now() - timedelta(minutes=10) + after)
    event.refresh_from_db()
    said = Inbound(
        sender_kind="email", sender_value=sender, thread_key=key_of("thread", str(number), sender), text=f"No. {number}"
    )
    result = receive(said, event)
    return Message.objects.get(pk=result.message_id)


def test_beyond_the_rate_messages_are_kept_marked_on_the_newest_ticket(channel: Channel, rule: IntakeRule) -> None:
    rule.new_per_minute = 2
    rule.save()
    kept = [arrive(channel, number, after=timedelta(seconds=number)) for number in range(5)]
    assert [message.notice for message in kept] == ["", "", FLOOD, FLOOD, FLOOD]
    assert len({message.ticket_id for message in kept}) == 2
    assert {message.ticket_id for message in kept[2:]} == {kept[1].ticket_id}
    assert Ticket.objects.count() == 2
    other = arrive(channel, 9, after=timedelta(seconds=6), sender="wu@example.com")
    later = arrive(channel, 10, after=timedelta(seconds=90))
    assert (other.notice, later.notice, Ticket.objects.count()) == ("", "", 4)


def test_a_new_ticket_has_the_tags_of_its_channel(channel: Channel, rule: IntakeRule) -> None:
    tag = TagFactory(key="wholesale")
    rule.tags.set([tag])
    first = arrive(channel, 1)
    assert list(first.ticket.tags.all()) == [tag]
    first.ticket.tags.clear()
    again = arrive(channel, 1, after=timedelta(seconds=5))
    assert (again.ticket, list(again.ticket.tags.all())) == (first.ticket, [])

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
from apps.tickets.enums import Breach, LinkPolicy, Priority, Status
from apps.tickets.errors import ContentRefused, ContentUnconfirmed, TeamNotAllowed
from apps.tickets.models import ContentRule, IntakeRule, Message, Ticket
from apps.tickets.selectors.choices import assignable_users, teams_with_work
from apps.tickets.services import assignment, lifecycle, messages
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


@pytest.mark.parametrize(
    "html",
    [
        "保\u200b证", "保&shy;证", "保\u2060证", "保\ufe0f证", "保\U000e0020证", "guar\u200danteed", "guar&shy;anteed",
        "guаrаntееd", "GUАRАNТЕЕD", "guαranteed",
    ],
)  # fmt: skip
def test_a_forbidden_word_is_seen_through_what_is_not(channel: Channel, html: str) -> None:
    ContentRule.objects.create(channel=channel, forbidden_words="保证\nguaranteed")
    assert len(list(findings(channel, f"<p>是 {html} 的</p>"))) == 1


@pytest.mark.parametrize(
    ("html", "host"),
    [
        ("evil.com/pay", "evil.com"),
        ("看evil.com吧", "evil.com"),
        ("看https://evil.com吧", "evil.com吧"),
        ("h\u200bttps://evil.com", "evil.com"),
        ("ev\u2060il.com", "evil.com"),
        ("evil。com", "evil.com"),
        ("-evil.com.", "evil.com"),
        ("éharbour.com", "éharbour.com"),
        ("t.me/pay", "t.me"),
        ("evil.zz:80/x", "evil.zz"),
        ("https://shop.harbour.com/evil.com/x", ""),
        ("write to lee@mail.evil.com", ""),
        ("Thank you.In the file a.pdf, version 1.2.3, e.g. at 9 a.m./5 p.m.", ""),
    ],
)
def test_a_link_is_one_without_a_scheme_too(channel: Channel, html: str, host: str) -> None:
    ContentRule.objects.create(channel=channel, link_policy=LinkPolicy.LISTED, link_domains=["harbour.com"])
    told = [finding.text for finding in findings(channel, f"<p>{html}</p>")]
    assert told == ([f"Links to {host} are not sent here."] if host else [])


@pytest.mark.parametrize("between", ["<br>", "\u2063", "</p><p>", "、"])
def test_a_card_is_one_in_whatever_parts(channel: Channel, between: str) -> None:
    ContentRule.objects.create(channel=channel, personal_data=Breach.REFUSE)
    assert len(list(findings(channel, f"<p>{CARD.replace(' ', between)}</p>"))) == 1


def test_a_subject_of_ours_is_checked_and_one_of_the_customer_is_not(
    channel: Channel, ticket: Ticket, alice: Actor
) -> None:
    ContentRule.objects.create(channel=channel, forbidden_words=f"soon\n{ticket.subject}")
    original = Message.objects.get(ticket=ticket)
    original.subject = ticket.subject
    original.save(update_fields=["subject"])
    messages.reply(ticket=ticket, by=alice, html="<p>For you</p>")
    sent = Delivery.objects.count()

    with pytest.raises(ContentRefused):
        messages.start_outbound(
            by=alice, channel=channel, subject="Refund soon", html="<p>For you</p>", address="wu@example.com"
        )
    lifecycle.change_fields(ticket=ticket, by=SYSTEM, subject="Refund soon")
    original.subject = ""
    original.save(update_fields=["subject"])
    with pytest.raises(ContentRefused):
        messages.reply(ticket=ticket, by=alice, html="<p>For you</p>")
    with pytest.raises(ContentRefused):
        messages.forward(message=original, to=["repair@partner.example"], html="<p>For you</p>", by=alice)

    assert Delivery.objects.count() == sent


def test_what_is_refused_goes_nowhere_confirmed_or_not(channel: Channel, ticket: Ticket, alice: Actor) -> None:
    ContentRule.objects.create(channel=channel, personal_data=Breach.REFUSE, forbidden_words="soon", words_breach="ask")
    for confirmed in (False, True):
        with pytest.raises(ContentRefused) as refused:
            messages.reply(ticket=ticket, by=alice, html=f"<p>soon, {CARD}</p>", is_confirmed=confirmed)
        assert CARD not in refused.value.told()
        assert refused.value.told().startswith("The channel's rules do not let this out. ")
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
    ContentRule.objects.create(channel=channel, forbidden_words="stays\nplease")
    original = Message.objects.get(ticket=ticket)
    assert "stays" in original.text
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
        lambda: lifecycle.change_fields(ticket=ticket, team=team, by=SYSTEM),
        lambda: lifecycle.open_ticket(subject="Other", channel=ticket.channel, team=team, by=SYSTEM),
    ):
        with pytest.raises(TeamNotAllowed) as refused:
            attempt()
        assert str(other_team.name) in refused.value.told()
    ticket.refresh_from_db()
    assert (ticket.assignee, ticket.team) == (None, None)
    assert Ticket.objects.count() == 1
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


def test_a_team_that_stands_there_from_before_hinders_no_other_change(
    ticket: Ticket, rule: IntakeRule, other_team: Team, team: Team
) -> None:
    lifecycle.change_fields(ticket=ticket, team=team, by=SYSTEM)
    rule.teams.set([other_team])
    changed = lifecycle.change_fields(ticket=ticket, team=team, priority=Priority.HIGH, by=SYSTEM)
    assert (changed.team, changed.priority) == (team, Priority.HIGH)
    assert lifecycle.change_fields(ticket=changed, team=other_team, by=SYSTEM).team == other_team


def test_who_answers_from_another_team_leaves_the_ticket_free(
    ticket: Ticket, rule: IntakeRule, alice: Actor, other_team: Team
) -> None:
    rule.teams.set([other_team])
    messages.reply(ticket=ticket, by=alice, html="<p>We have it here.</p>")
    lifecycle.resolve_ticket(ticket=ticket, by=alice)
    ticket.refresh_from_db()
    assert (ticket.status, ticket.assignee) == (Status.RESOLVED, None)


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

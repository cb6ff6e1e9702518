"""Seeing the desk as somebody else does: what both see and nothing more, without a trace but that it happened."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from apps.accounts.access import access_of
from apps.accounts.looking import may_look_as, session_actor
from apps.accounts.models import Look, Role, StaffSession, Team, User
from apps.accounts.sessions import SessionStore, marks_of
from apps.core import clock
from apps.core.actor import Actor, Face, as_seen_by, person
from apps.core.models import AuditEntry
from apps.privacy.enums import FieldClass, Mode
from apps.privacy.lens import lens_for
from apps.routing.models import DeskConnection
from apps.tickets.enums import DraftKind
from apps.tickets.models import Draft, Mention, ReadMark, SavedView, Ticket
from apps.tickets.selectors import detail
from apps.workbench import presence
from tests.factories.accounts import RoleFactory, UserFactory
from tests.factories.customers import CustomerFactory
from tests.factories.privacy import LensPolicyFactory
from tests.factories.tickets import QueueFactory, TicketFactory, grant, say

pytestmark = [pytest.mark.integration, pytest.mark.django_db]

DESK = "/desk/views/mine/"
WHY = "She says that her list is empty."


@pytest.fixture
def mine(agent: User, team: Team) -> Ticket:
    """In the agent's queue, with a message that she has not read."""
    queue = QueueFactory(key="care")
    grant(team, queue)
    ticket = TicketFactory(queue=queue)
    say(ticket, "Where is my parcel?")
    return ticket


@pytest.fixture
def elsewhere() -> Ticket:
    return TicketFactory(queue=QueueFactory(key="sales"))


@pytest.fixture
def looker(client: Client, manager: User) -> Client:
    client.force_login(manager)
    return client


def look(looker: Client, user: User) -> Look:
    answer = looker.post(reverse("admin:look", args=[user.pk]), {"reason": WHY})
    assert (answer.status_code, answer["Location"]) == (302, "/desk/")
    return Look.objects.get(seen_as=user, ended_at=None)


def page(ticket: Ticket) -> str:
    return reverse("workbench:ticket", args=[ticket.number])


def actor_behind(client: Client, user: User) -> Actor:
    store = SessionStore(client.cookies["sessionid"].value)
    assert store.get("_auth_user_id")
    return session_actor(session=store, user=user, face=Face.DESK)


# What is seen


def test_the_desk_is_that_of_the_other(looker: Client, agent: User, mine: Ticket, elsewhere: Ticket) -> None:
    assert looker.get(page(elsewhere)).status_code == 200
    look(looker, agent)
    assert looker.get(page(mine)).status_code == 200
    assert looker.get(page(elsewhere)).status_code == 404
    assert b"floor" not in looker.get(DESK).content.split(b"</nav>")[0]


def test_nobody_sees_more_than_either(agent: User, stranger: User, supervisor: User, mine: Ticket) -> None:
    """Whoever is behind whom: tickets, permissions, private views and the lens are what both have."""
    other = QueueFactory(key="other")
    grant(Team.objects.get(key="sales"), other)
    held, theirs = TicketFactory(queue=other, assignee=agent), TicketFactory(queue=other)
    SavedView.objects.create(owner=agent, name="Mine", filters={})

    def seen(actor: Actor) -> set[int]:
        return set(Ticket.objects.visible_to(actor).values_list("pk", flat=True))

    assert seen(person(agent)) == {mine.pk, held.pk}
    assert seen(person(stranger)) == {held.pk, theirs.pk}
    for one, another in ((agent, stranger), (stranger, agent)):
        assert seen(as_seen_by(one, behind=another)) == {held.pk}
        assert not SavedView.objects.visible_to(as_seen_by(one, behind=another)).exists()
    for one, another in ((agent, supervisor), (supervisor, agent)):
        both = as_seen_by(one, behind=another)
        assert seen(both) == {mine.pk, held.pk}
        assert both.permissions == person(agent).permissions & person(supervisor).permissions
        assert not access_of(both).sees_all


def test_the_stricter_lens_counts_for_each_class(agent: User, supervisor: User, outsourcing_agent: User) -> None:
    LensPolicyFactory(role=agent.role, field_class=FieldClass.PHONE, mode=Mode.HIDDEN)
    LensPolicyFactory(role=supervisor.role, field_class=FieldClass.EMAIL, mode=Mode.MASKED)
    for one, another in ((agent, supervisor), (supervisor, agent)):
        lens = lens_for(as_seen_by(one, behind=another))
        modes = [lens.mode(kind) for kind in (FieldClass.PHONE, FieldClass.EMAIL, FieldClass.NAME)]
        assert modes == [Mode.HIDDEN, Mode.MASKED, Mode.RAW]
    assert lens_for(as_seen_by(outsourcing_agent, behind=supervisor)).mode(FieldClass.NAME) is Mode.MASKED


def test_unsent_words_stay_their_writers(agent: User, manager: User, mine: Ticket) -> None:
    Draft.objects.create(user=agent, ticket=mine, kind=DraftKind.REPLY, html="<p>not sent</p>")
    assert detail._drafts(person(agent), mine)
    assert detail._drafts(as_seen_by(agent, behind=manager), mine) == {}


def test_the_api_by_session_sees_no_more(looker: Client, agent: User, mine: Ticket, elsewhere: Ticket) -> None:
    Role.objects.filter(key="agent").update(permissions=[*agent.role.permissions, "api.use"])
    look(looker, agent)
    numbers = [row["number"] for row in looker.get("/api/v1/tickets/").json()["results"]]
    assert numbers == [mine.number]
    refused = looker.post("/api/v1/tickets/", {}, content_type="application/json")
    assert (refused.status_code, refused.json()["code"]) == (403, "accounts.only_looking")


# What is refused


def test_nothing_is_written_in_either_name(looker: Client, agent: User, mine: Ticket) -> None:
    look(looker, agent)
    before = mine.version
    for url, data in (
        (reverse("workbench:ticket-notes", args=[mine.number]), {"html": "<p>I was here</p>"}),
        (reverse("accounts:language"), {"language": "zh-hans"}),
        (reverse("workbench:state"), {"state": "available"}),
    ):
        refused = looker.post(url, data)
        assert refused.status_code == 403, url
        assert "only looking" in refused.content.decode() or "closed while" in refused.content.decode()
    toast = looker.post(reverse("workbench:state"), {"state": "available"}, headers={"HX-Request": "true"})
    assert "only looking" in toast["HX-Trigger"]
    for method in ("put", "patch", "delete"):
        assert getattr(looker, method)(page(mine)).status_code == 403
    mine.refresh_from_db()
    assert (mine.version, mine.messages.count()) == (before, 1)
    assert User.objects.get(pk=agent.pk).language == "en"


@pytest.mark.parametrize("url", ["/admin/", "/accounts/security/", "/accounts/security/proof/"])
def test_administration_and_sign_in_are_closed_meanwhile(looker: Client, agent: User, url: str) -> None:
    assert looker.get(url).status_code == 200
    look(looker, agent)
    refused = looker.get(url)
    assert refused.status_code == 403
    assert "accounts/look/end/" in refused.content.decode()


def test_who_may_be_looked_at(manager: User, supervisor: User, agent: User, outsourcing_agent: User, vendor) -> None:
    boss = UserFactory(role=RoleFactory(key="boss", permissions=[*manager.role.permissions, "tickets.ghost"]))
    lead = UserFactory(role="vendor_manager", vendor=vendor)
    gone = UserFactory(is_active=False)
    allowed = [
        user
        for user in (manager, boss, gone, supervisor, agent, outsourcing_agent, lead)
        if may_look_as(person(manager), user)
    ]
    assert allowed == [supervisor, agent, outsourcing_agent, lead]
    assert not may_look_as(person(supervisor), agent)
    assert not may_look_as(as_seen_by(agent, behind=manager), supervisor)
    vendors_boss = UserFactory(role=RoleFactory(key="odd", permissions=["accounts.act_as"]), vendor=vendor)
    assert not may_look_as(person(vendors_boss), outsourcing_agent)


@pytest.mark.parametrize("reason", ["", "   ", "x" * 501])
def test_without_a_reason_nothing_begins(looker: Client, agent: User, reason: str) -> None:
    assert looker.post(reverse("admin:look", args=[agent.pk]), {"reason": reason}).status_code == 200
    assert not Look.objects.exists()
    assert User.objects.get(pk=agent.pk).looked_at_since is None


def test_an_equal_or_a_superior_is_refused(looker: Client, manager: User) -> None:
    boss = UserFactory(role=RoleFactory(key="boss", permissions=[*manager.role.permissions, "tickets.ghost"]))
    for user in (boss, manager):
        assert looker.post(reverse("admin:look", args=[user.pk]), {"reason": WHY}).status_code == 403
    assert not Look.objects.exists()
    assert AuditEntry.objects.filter(action="look.refused", result="refused").count() == 2


def test_it_asks_for_a_fresh_proof(looker: Client, agent: User) -> None:
    StaffSession.objects.update(began=clock.now() - timedelta(hours=1))
    answer = looker.post(reverse("admin:look", args=[agent.pk]), {"reason": WHY})
    assert answer["Location"].startswith(reverse("accounts:proof"))
    assert not Look.objects.exists()


# What it leaves behind


def test_looking_touches_nothing_of_theirs(looker: Client, agent: User, mine: Ticket) -> None:
    Mention.objects.create(user=agent, ticket=mine, message_id=mine.messages.get().pk)
    look(looker, agent)
    for url in (DESK, page(mine), reverse("workbench:my-figures")):
        assert looker.get(url).status_code == 200
    assert not ReadMark.objects.exists()
    assert Mention.objects.get().seen_at is None
    assert not DeskConnection.objects.exists()
    assert not presence.others(mine.pk, None)
    assert User.objects.get(pk=agent.pk).last_login is None
    assert not StaffSession.objects.filter(user=agent).exists()
    body = looker.get(DESK).content.decode()
    assert 'data-behavior="offers"' not in body
    assert 'data-behavior="alerts"' not in body


def test_the_trail_names_both(looker: Client, agent: User, manager: User, mine: Ticket) -> None:
    customer = CustomerFactory()
    Ticket.objects.update(customer=customer)
    row = look(looker, agent)
    looker.get(reverse("workbench:customer", args=[customer.public_id]))
    looker.post(reverse("accounts:look-end"))
    began, viewed, ended = AuditEntry.objects.filter(action__in=["look.began", "customer.view", "look.ended"]).order_by(
        "pk"
    )
    assert {entry.actor_user_id for entry in (began, viewed, ended)} == {manager.pk}
    assert (began.subject_id, began.reason, began.details["look"]) == (agent.pk, WHY, row.pk)
    assert viewed.details["as"] == ended.details["as"] == agent.pk


def test_they_are_told_who_and_why(looker: Client, agent: User) -> None:
    look(looker, agent)
    hers = Client()
    hers.force_login(agent)
    told = "Somebody saw the desk as you"
    assert told in hers.get(DESK).content.decode()
    assert hers.post(reverse("accounts:looks-read")).status_code == 302
    security = hers.get("/accounts/security/").content.decode()
    assert WHY in security
    assert "Mary Manager" in security
    assert told not in hers.get(DESK).content.decode()


def test_every_page_says_who_sees_as_whom(looker: Client, agent: User, mine: Ticket) -> None:
    look(looker, agent)
    for url in (DESK, page(mine), "/admin/", "/desk/nowhere/"):
        body = looker.get(url).content.decode()
        assert "<strong>Mary Manager</strong>" in body, url
        assert "<strong>Alice Agent</strong>" in body
        assert WHY in body


# How it ends


@pytest.fixture
def later() -> Iterator[Callable[..., None]]:
    with time_machine.travel(clock.now().replace(microsecond=0), tick=False) as now:
        yield lambda **span: now.shift(timedelta(**span))


def test_it_ends_by_itself_and_what_was_being_sent_is_done_in_nobodys_name(
    later: Callable[..., None], looker: Client, agent: User, manager: User, mine: Ticket, settings
) -> None:
    look(looker, agent)
    marks = marks_of([StaffSession.objects.get().pk])
    later(minutes=29)
    assert actor_behind(looker, manager).behind == manager
    later(minutes=2)
    assert actor_behind(looker, manager).behind is None
    assert marks_of(marks) != marks  # open sockets look again
    refused = looker.post(reverse("workbench:ticket-notes", args=[mine.number]), {"html": "<p>late</p>"})
    assert (refused.status_code, mine.messages.count()) == (409, 1)
    assert "yourself again" in refused.content.decode()
    ended = Look.objects.get()
    assert ended.ended_at == ended.ends_at
    assert looker.get("/admin/").status_code == 200


def test_a_fragment_of_the_other_desk_becomes_a_new_page(
    later: Callable[..., None], looker: Client, agent: User
) -> None:
    look(looker, agent)
    later(minutes=31)
    assert looker.get(DESK, headers={"HX-Request": "true"})["HX-Refresh"] == "true"
    assert "look/end" not in looker.get(DESK).content.decode()


def test_end_ends_it(looker: Client, agent: User, manager: User) -> None:
    look(looker, agent)
    assert looker.post(reverse("accounts:look-end"))["Location"] == "/desk/"
    assert actor_behind(looker, manager).behind is None
    assert Look.objects.get().ended_at is not None


def test_it_is_over_with_its_session_and_holds_in_no_other(looker: Client, agent: User, manager: User) -> None:
    row = look(looker, agent)
    second = Client()
    second.force_login(manager)
    assert actor_behind(second, manager).behind is None
    StaffSession.objects.filter(user=manager, look=None).update(look=row, user=agent)  # a session of somebody else
    assert (
        session_actor(session=SessionStore(second.cookies["sessionid"].value), user=agent, face=Face.DESK).behind
        is None
    )
    looker.post(reverse("accounts:sign-out"))
    assert Look.objects.get().ended_at is not None


@pytest.mark.parametrize("cut", ["permission", "target", "more"])
def test_it_is_over_when_it_would_not_be_allowed_any_more(looker: Client, agent: User, manager: User, cut: str) -> None:
    look(looker, agent)
    if cut == "permission":
        codes = [code for code in manager.role.permissions if code != "accounts.act_as"]
        Role.objects.filter(pk=manager.role_id).update(permissions=codes)
    elif cut == "target":
        User.objects.filter(pk=agent.pk).update(is_active=False)
    else:
        Role.objects.filter(pk=agent.role_id).update(permissions=[*agent.role.permissions, "tickets.ghost"])
    assert "look/end" not in looker.get(DESK).content.decode()
    assert Look.objects.get().ended_at is not None

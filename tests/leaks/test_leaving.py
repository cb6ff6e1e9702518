"""What leaves by itself, and for whom: mails, calls of webhooks, what a new offer says on a screen, what a chat was."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator

import pytest

from apps.accounts.models import User, Vendor
from apps.alerts.enums import Step
from apps.alerts.services.mailing import mail as mail_alerts
from apps.automation.models import WebhookEndpoint
from apps.automation.services.gathering import gather_events
from apps.automation.services.sending import send_due
from apps.channels.models import Delivery
from apps.tickets.services import lifecycle, messages, offers
from apps.tickets.services.messages import notes
from tests.automation.conftest import SECRET
from tests.factories.alerts import AlertFactory, AlertRuleFactory
from tests.leaks.finding import Find, Finder
from tests.leaks.planted import Group, Planted, Role, word
from tests.leaks.world import World
from tests.support.platform_server import PlatformServer, Scripted, platform_server

pytestmark = [pytest.mark.integration, pytest.mark.timeout(300)]

INTERNAL = ("word in the internal note", "phone in the internal note", "word in the note about the customer",
            "phone in the note about the customer")  # fmt: skip
OWN_SEAL = "reply secret of a ticket"
"""Goes to its customer, so that their answer finds the way back."""


# --- Mail to customers ------------------------------------------------------------------------------------------------


def finds_in_mails(world: World, group: Group) -> list[Find]:
    rows = Delivery.objects.filter(ticket_id=world.tickets[group].pk)
    assert rows
    return Finder(world.secrets).find(*(json.dumps(row.payload, ensure_ascii=False) for row in rows))


@pytest.mark.parametrize("group", [Group.INSIDE, Group.ELSEWHERE], ids=lambda group: group.value)
def test_mail_to_a_customer_holds_nothing_but_what_they_wrote_and_were_answered(world: World, group: Group) -> None:
    """Nor does what is passed on: notes stay, however the mail comes about."""
    lead, ticket = world.actor(Role.SUPERVISOR), world.tickets[group]
    notes.whisper(ticket=ticket, by=lead, text=f"Between us: {word('wra', Group.RIGHTS)} {word('bod', Group.RIGHTS)}")
    first = ticket.messages.filter(kind="customer").order_by("sequence")[0]
    messages.forward(message=first, to=["out@example.org"], html="<p>See below</p>", by=lead)
    finds = finds_in_mails(world, group)
    assert any(find.secret.text == Planted(group).word("bod") for find in finds), "nothing was passed on"
    theirs = [find for find in finds if find.secret.group is group and find.secret.label not in INTERNAL]
    sealed = [
        find for find in finds if find.secret.group is Group.MACHINE and find.secret.label.startswith(OWN_SEAL[:12])
    ]
    assert not [str(find) for find in finds if find not in theirs and find not in sealed]
    assert {find.secret.label for find in sealed} <= {
        OWN_SEAL if group is Group.INSIDE else "reply secret of a hidden ticket"
    }


# --- Webhooks ---------------------------------------------------------------------------------------------------------

READERS = (Role.VENDOR_MANAGER, Role.NEIGHBOUR)
SAYING = ["ticket.*", "message.*", "customer.*", "vendor.*", "alert.*", "reveal.*"]


@pytest.fixture
def receiver() -> Iterator[PlatformServer]:
    with platform_server() as server:
        for role in READERS:
            server.on(f"/{role.name}", Scripted(204, b""))
        yield server


def test_a_webhook_is_told_what_its_person_may_see(world: World, receiver: PlatformServer) -> None:
    """All that happened in this world, from its beginning."""
    finder, wrong = Finder(world.secrets), []
    for role in READERS:
        WebhookEndpoint.objects.create(
            name=role.name, url=f"{receiver.url}/{role.name}", events=SAYING, secret=SECRET,
            acts_as=world.users[role], position=0,
        )  # fmt: skip
    while gather_events() + send_due():
        pass
    for role in READERS:
        told = receiver.at(f"/{role.name}")
        sent = [part for call in told for part in (call.body, json.dumps(call.headers))]
        finds = finder.find(*sent)
        wrong += [f"{role.value}: {find}" for find in finds if not find.secret.is_open_to(role)]
        assert any(find.secret.is_open_to(role) for find in finds), f"{role.value} was told nothing"
    assert not wrong, "\n".join(wrong)


# --- Alerts -----------------------------------------------------------------------------------------------------------


def test_a_mail_about_alerts_tells_of_the_own_floor_only(world: World) -> None:
    """Three were chosen for each: whoever may not see an alert gets no mail of it, whatever it is called."""
    own, other = world.users[Role.VENDOR].vendor, Vendor.objects.get(key="otherline")
    people = [world.users[role] for role in (Role.SUPERVISOR, Role.VENDOR_MANAGER, Role.VENDOR)]
    User.objects.filter(pk__in=[user.pk for user in people]).update(email="")
    for user in people:
        user.email = f"{user.username}@house.example"
        user.save(update_fields=["email"])
    fired = []
    for key, vendor in (("own", own), ("other", other), ("house", None)):
        rule = AlertRuleFactory(
            key=key, name={"en": f"Called floor{key}quox"}, vendor=vendor, ways=["mail"], people=people,
            sender=world.channels["support"],
        )  # fmt: skip
        fired.append((AlertFactory(rule=rule, queue=world.queues["care"]), Step.FIRED, 5))
    mail_alerts(fired)

    told = defaultdict(str)
    for row in Delivery.objects.filter(ticket_id=None):
        told[row.payload["recipients"]["to"][0].partition("@")[0]] += json.dumps(row.payload)
    said = {
        name: {key for key in ("own", "other", "house") if f"floor{key}quox" in text} for name, text in told.items()
    }
    assert said == {"walk-supervisor": {"own", "other", "house"}, "walk-vendor_manager": {"own"}}
    assert "otherline" not in told["walk-vendor_manager"].lower()
    assert not Finder(world.secrets).find(*told.values())


# --- Screens that speak -----------------------------------------------------------------------------------------------


def test_a_new_offer_is_announced_masked(world: World) -> None:
    """Its title is what the desktop's notification says, also over a locked screen."""
    planted, lead = Planted(Group.INSIDE), world.actor(Role.SUPERVISOR)
    ticket = lifecycle.open_ticket(
        subject=f"{planted.word('sub')} of {planted.name}, {planted.phone}", by=lead, queue=world.queues["care"],
        customer=world.customers[Group.INSIDE], channel=world.channels["support"],
    )  # fmt: skip
    offers.offer_ticket(ticket=ticket, to=world.users[Role.VENDOR], seconds=60)
    page = world.client(Role.VENDOR).get("/desk/offers/").content.decode()
    assert "offer-title" in page
    finds = Finder(world.secrets).find(page)
    assert any(find.secret.text == planted.word("sub") for find in finds)
    assert not [str(find) for find in finds if not find.secret.is_open_to(Role.VENDOR)]

"""The small world that is walked: customers in and out of everybody's scope, each full of planted values.

Everything that services can write is written by services, so that texts lie where they lie in a real installation:
in search rows, previews, events, deliveries and the audit trail.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.test import Client

from apps.accounts.models import ApiToken, Team, User
from apps.accounts.models import Role as StaffRole
from apps.accounts.sessions import SessionStore
from apps.channels.contract import InboundFile
from apps.channels.enums import DeliveryState, FailureKind, InboundState
from apps.channels.keys import message_key
from apps.channels.models import BlockedSender, Channel, Delivery, InboundEvent
from apps.core import audit
from apps.core.actor import SYSTEM, Actor, person
from apps.core.clock import now
from apps.core.events import number_events
from apps.core.models import DataKey, StoredFile
from apps.core.storage import store_file
from apps.counter.models import Visit, Window
from apps.counter.services.calling import call_next
from apps.counter.services.seats import take_window
from apps.counter.services.serving import start_serving
from apps.customers.models import Customer, Identity, Organization, Tag
from apps.customers.services import customers, organizations
from apps.knowledge.models import Snippet
from apps.knowledge.services.snippets import create_snippet
from apps.privacy.enums import CameBy, FieldClass, Law, RequestKind, TargetKind
from apps.privacy.models import LegalHold, Reveal, RevealPolicy
from apps.privacy.services.requests import open_request
from apps.qa.models import SurveyResponse
from apps.tickets.enums import Status
from apps.tickets.models import Attachment, DecisionReview, DraftFile, Interaction, Message, Queue, SavedView, Ticket
from apps.tickets.services import assignment, drafts, lifecycle, linking, messages
from apps.tickets.services.lifecycle import WrapUpInput
from apps.tickets.services.threads import reply_token
from tests.factories.accounts import PASSWORD, RoleFactory, TeamFactory, UserFactory, VendorFactory
from tests.factories.channels import ChannelFactory, InboundEventFactory
from tests.factories.counter import BranchFactory, ServiceTypeFactory, WindowFactory, draw
from tests.factories.privacy import RevealFactory
from tests.factories.qa import rated
from tests.factories.tickets import IntakeRuleFactory, QueueFactory, grant, mail, receive, say
from tests.leaks import dealings
from tests.leaks.planted import Group, Planted, Role, Secret, mobile, word
from tests.support.api import token_of

FILE = "text/plain"
SPAM_ADDRESS = "fraudster.grubb@swindlemere.example"
IMAP_PASSWORD = "imap-Quisquiliae-7719"
SMTP_PASSWORD = "smtp-Rhabarber-3381"
FULL = (Group.INSIDE, Group.IN_HOUSE, Group.ELSEWHERE, Group.EXPIRED)
"""The customers that carry every kind of value."""


@dataclass
class World:
    users: dict[Role, User] = field(default_factory=dict)
    tokens: dict[Role, str] = field(default_factory=dict)
    tickets: dict[Group, Ticket] = field(default_factory=dict)
    customers: dict[Group, Customer] = field(default_factory=dict)
    channels: dict[str, Channel] = field(default_factory=dict)
    queues: dict[str, Queue] = field(default_factory=dict)
    secrets: list[Secret] = field(default_factory=list)
    parked: InboundEvent | None = None
    passed_on: InboundEvent | None = None
    submitted: InboundEvent | None = None
    failed: Delivery | None = None
    agent_upload: DraftFile | None = None
    agent_snippet: Snippet | None = None
    shared_snippet: Snippet | None = None
    agent_view: SavedView | None = None
    tag: Tag | None = None
    window: Window | None = None
    visit: Visit | None = None
    reveal: Reveal | None = None
    other_reveal: Reveal | None = None
    reviews: list[tuple[Group, DecisionReview]] = field(default_factory=list)
    ratings: list[tuple[Group, SurveyResponse]] = field(default_factory=list)

    # Who walks

    def client(self, role: Role) -> Client:
        """A browser or a program of that role, with a session of its own."""
        token = self.tokens.get(role)
        if token:
            return Client(headers={"Authorization": f"Bearer {token}", "Accept-Language": "en"})
        client = Client(headers={"Accept-Language": "en"})
        if role in self.users:
            # As the row is now: an object that a test before changed and undid would sign in to a session that never counted.
            client.force_login(User.objects.get(pk=self.users[role].pk))
        return client

    def actor(self, role: Role) -> Actor:
        return person(User.objects.select_related("role", "vendor").get(pk=self.users[role].pk))

    def session_key(self, role: Role) -> str:
        user = self.users[role]
        session = SessionStore()
        session[SESSION_KEY] = str(user.pk)
        session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
        session[HASH_SESSION_KEY] = user.get_session_auth_hash()
        session.save()
        assert session.session_key
        return session.session_key

    # What there is, by whose it is

    @cached_property
    def messages(self) -> list[tuple[Group, Message]]:
        return [(group, row) for group, ticket in self.tickets.items() for row in ticket.messages.order_by("sequence")]

    @cached_property
    def interactions(self) -> list[tuple[Group, Interaction]]:
        return [(group, row) for group, ticket in self.tickets.items() for row in ticket.interactions.order_by("id")]

    @cached_property
    def attachments(self) -> list[tuple[Group, Attachment]]:
        return [(group, row) for group, ticket in self.tickets.items() for row in ticket.attachments.order_by("id")]

    @cached_property
    def organizations(self) -> list[tuple[Group, Organization]]:
        owners = {
            Group.INSIDE: Group.COMPANY,
            Group.ELSEWHERE: Group.ELSEWHERE_COMPANY,
            Group.SELF_EMPLOYED: Group.SOLE_COMPANY,
        }
        return [
            (owners.get(group, group), customer.organization)
            for group, customer in self.customers.items()
            if customer.organization is not None
        ]


def build() -> World:
    world = World()
    _people(world)
    _places(world)
    for group in FULL:
        _customer(world, group)
    _aside(world)
    _third_person(world)
    for group in FULL:
        _second_mail(world, Planted(group))
    _self_employed(world)
    _lonely(world)
    _joined(world)
    _expire(world)
    _operations(world)
    _agents_own(world)
    _revealed(world)
    _reviewed(world)
    _machine(world)
    _counter(world)
    _ratings(world)
    _rights(world)
    dealings.plant(world)
    number_events()
    return world


# People and places


def _counter(world: World) -> None:
    """A branch where the agent serves a customer in everybody's scope; another number waits."""
    by = person(world.users[Role.AGENT])
    service = ServiceTypeFactory(prefix="A", queue=world.queues["care"])
    branch = BranchFactory(
        key="harbour", channel=ChannelFactory(key="hall", kind="counter"), services=[service],
        teams=list(Team.objects.filter(key="care")),
    )  # fmt: skip
    IntakeRuleFactory(channel=branch.channel, queue=world.queues["care"])
    world.window = take_window(window=WindowFactory(branch=branch, label="1"), by=by)
    draw(branch, service)
    called = call_next(window=world.window, by=by)
    assert called is not None
    world.visit = start_serving(visit=called, by=by, ticket=world.tickets[Group.INSIDE])
    draw(branch, service)


def _revealed(world: World) -> None:
    """Everybody may ask for reveals and waits for approval; reasons say the value, as people write them."""
    for role in StaffRole.objects.all():
        role.permissions = [*role.permissions, "privacy.reveal"]
        role.save(update_fields=["permissions"])
        RevealPolicy.objects.create(role=role, approval_classes=FieldClass.values)
    inside, elsewhere = (world.customers[group] for group in (Group.INSIDE, Group.ELSEWHERE))
    why = f"They say {Planted(Group.INSIDE).phone} is theirs"
    world.reveal = RevealFactory(user=world.users[Role.VENDOR], customer_id=inside.pk, reason=why)
    why = f"They say {Planted(Group.ELSEWHERE).phone} is theirs"
    world.other_reveal = RevealFactory(user=world.users[Role.NEIGHBOUR], customer_id=elsewhere.pk, reason=why)


def _reviewed(world: World) -> None:
    """What a person was asked to look at, in words that say values: by the vendor's agent, and by the house elsewhere."""
    for group, role in ((Group.INSIDE, Role.VENDOR), (Group.ELSEWHERE, Role.NEIGHBOUR)):
        why = f"{Planted(group).name} of {Planted(group).phone} objects"
        about = {"ticket": world.tickets[group], "wish": why, "asked_by": world.users[role]}
        world.reviews += [
            (group, DecisionReview.objects.create(**about, kind="closing")),
            (
                group,
                DecisionReview.objects.create(**about, kind="routing", state="upheld", reason=why, settled_at=now()),
            ),
        ]


def _ratings(world: World) -> None:
    """What customers said of their conversations, with their names and numbers in it."""
    for group in FULL:
        planted, ticket = Planted(group), world.tickets[group]
        comment = f"{planted.word('bod')}: this is {planted.name}, call {planted.phone}"
        said = {"comment": comment, "wants_callback": True, "phone": f"+86{planted.phone}"}
        world.ratings.append((group, rated(ticket, 1, interaction=ticket.interactions.first(), **said)))


def _rights(world: World) -> None:
    """A request in somebody's own words, and a hold with its reason."""
    by, said = world.actor(Role.MANAGER), {place: word(place, Group.RIGHTS) for place in ("bod", "not", "sub")}
    customer = world.customers[Group.INSIDE]
    open_request(
        customer_id=customer.pk, kind=RequestKind.ACCESS, law=Law.PIPL, came_by=CameBy.MAIL, by=by,
        asked_by=said["not"], wish=said["bod"],
    )  # fmt: skip
    hold = LegalHold.objects.create(reason=said["sub"], ends_at=now())
    hold.targets.create(kind=TargetKind.CUSTOMER, object_id=customer.pk)
    world.secrets += [
        Secret(label, said[place], Group.RIGHTS)
        for label, place in (("wish of a request", "bod"), ("who made a request", "not"), ("reason of a hold", "sub"))
    ]


def _people(world: World) -> None:
    vendor = VendorFactory(key="brightline", closed_days=7)
    care, sales, idle = (TeamFactory(key=key) for key in ("care", "sales", "idle"))
    outside = TeamFactory(key="brightline-day", vendor=vendor)
    for role, key, extra in (
        (Role.MANAGER, "manager", {"is_staff": True}),
        (Role.SUPERVISOR, "supervisor", {"teams": [care]}),
        (Role.AGENT, "agent", {"teams": [care]}),
        (Role.NEIGHBOUR, "agent", {"teams": [sales]}),
        (Role.NEWCOMER, "agent", {"teams": [idle]}),
        (Role.VENDOR, "vendor_agent", {"teams": [outside], "vendor": vendor}),
        (Role.VENDOR_MANAGER, "vendor_manager", {"teams": [outside], "vendor": vendor}),
    ):
        world.users[role] = UserFactory(username=f"walk-{role.name.lower()}", role=RoleFactory(key=key), **extra)


def _places(world: World) -> None:
    secrets = {"imap_password": IMAP_PASSWORD, "smtp_password": SMTP_PASSWORD}
    servers = {"imap_host": "127.0.0.1", "imap_user": "walk", "smtp_host": "127.0.0.1", "imap_port": 993}
    for key, kind, address in (
        ("support", "email", "support@harbour.example"),
        ("sales-mail", "email", "sales@harbour.example"),
        ("contact-form", "form", ""),
        ("partner-api", "api", ""),
        ("front-desk", "manual", ""),
    ):
        given = {"settings": {**servers, "address": address}, "secrets": secrets} if kind == "email" else {}
        world.channels[key] = ChannelFactory(key=key, kind=kind, **given)
    for key, names in (("care", ("support", "contact-form", "partner-api", "front-desk")), ("sales", ("sales-mail",))):
        world.queues[key] = QueueFactory(key=key)
        for name in names:
            IntakeRuleFactory(channel=world.channels[name], queue=world.queues[key])
    world.queues["legal"] = QueueFactory(key="legal")
    teams = {team.key: team for team in Team.objects.all()}
    grant(teams["care"], world.queues["care"])
    grant(teams["sales"], world.queues["sales"])
    grant(teams["brightline-day"], world.queues["care"], world.channels["support"], world.channels["sales-mail"])
    world.tag = Tag.objects.create(key="wholesale", name={"en": "Wholesale", "zh-hans": "批发"})


_CHANNEL_OF = {
    Group.INSIDE: "support",
    Group.IN_HOUSE: "contact-form",
    Group.EXPIRED: "support",
    Group.ELSEWHERE: "sales-mail",
}


# Customers


def _customer(world: World, group: Group) -> None:
    """Two mails, a note, an answer, a wrap-up, another subject: all that happens to a ticket."""
    planted, lead = Planted(group), world.actor(Role.SUPERVISOR)
    channel = world.channels[_CHANNEL_OF[group]]
    result = receive(
        channel,
        mail(
            _body(planted),
            html=_rich(planted),
            quoted=f"On Monday you wrote: {planted.word('quo')}, ask {mobile(planted.index, 4)}.",
            sender=planted.email,
            name=planted.latin_name,
            subject=f"Order {planted.word('sub')}, call {mobile(planted.index, 7)}",
            message_id=f"first.{group.name.lower()}@mailhost.example",
            envelope={"cc": [[planted.bystander_name, planted.bystander]]},
            attachments=(_file(planted),),
        ),
        _event(channel),
    )
    ticket = Ticket.objects.get(pk=result.ticket_id)
    world.tickets[group] = ticket
    assert ticket.customer is not None
    _fill_customer(world, ticket.customer, planted)
    if group in (Group.INSIDE, Group.ELSEWHERE):
        _company(world, ticket.customer, Group.COMPANY if group is Group.INSIDE else Group.ELSEWHERE_COMPANY)
    messages.add_note(
        ticket=ticket, by=lead, html=f"<p>{planted.word('not')}, reach them at {mobile(planted.index, 5)}</p>"
    )
    if channel.kind == "email":
        messages.reply(ticket=ticket, by=lead, html="<p>We look into it.</p>", cc=[planted.bystander])
    former = f"Order {planted.word('sub')}, call 18{mobile(planted.index, 7)[2:]}"
    lifecycle.change_fields(ticket=Ticket.objects.get(pk=ticket.pk), by=lead, subject=former)
    lifecycle.change_fields(
        ticket=Ticket.objects.get(pk=ticket.pk),
        by=lead,
        subject=f"Order {planted.word('sub')}, call {mobile(planted.index, 7)}",
        tags=[world.tag],
    )
    world.secrets += planted.secrets()


def _event(channel: Channel) -> InboundEvent:
    return InboundEventFactory(channel=channel, state=InboundState.DONE, done_at=now())


def _body(planted: Planted) -> str:
    index = planted.index
    dashed = mobile(index, 1)
    wide = mobile(index, 2).translate(str.maketrans("0123456789", "０１２３４５６７８９"))
    return "\n".join(
        (
            f"Hello, {planted.latin_name} here, {planted.word('bod')}. 我是{planted.name}，叫我{planted.given}。",
            f"Call {dashed[:3]}-{dashed[3:7]}-{dashed[7:]} or {wide} or {' '.join(mobile(index, 3))}.",
            f"身份证 {planted.id_number}，银行卡 {planted.card}，微信号 {planted.handle}。",
            f"我的地址：{planted.street}3单元402室, or {21 + index} {planted.english_street}.",
            f"My number with you is {planted.customer_number}, my own phone +86 {planted.phone[:3]} {planted.phone[3:]}.",
            f"Write to {planted.email} please.",
        )
    )


def _rich(planted: Planted) -> str:
    split = f"17{mobile(planted.index, 4)[2:]}"
    lines = "".join(f"<p>{line}</p>" for line in _body(planted).splitlines())
    return (
        f'{lines}<p>Or <b>{split[:4]}</b>{split[4:7]}<i>{split[7:]}</i> <a href="tel:+86{split}">call</a>'
        f' <a href="https://shop.example/?m={planted.email}" title="{planted.email}">account</a></p>'
    )


def _second_mail(world: World, planted: Planted) -> None:
    """The last public message, whose preview ends inside of a phone number."""
    channel = world.channels[_CHANNEL_OF[planted.group]]
    filler = ("and so on " * 20)[:151]
    receive(
        channel,
        mail(
            f"{filler}{planted.cut_phone} is my other phone.",
            sender=planted.email,
            name=planted.latin_name,
            message_id=f"second.{planted.group.name.lower()}@mailhost.example",
            answers=(f"first.{planted.group.name.lower()}@mailhost.example",),
        ),
        _event(channel),
    )
    world.tickets[planted.group] = Ticket.objects.get(pk=world.tickets[planted.group].pk)


def _file(planted: Planted) -> InboundFile:
    content = f"{planted.word('fil')} for {planted.name}".encode()
    stored = store_file(content, name=planted.file_name, by=SYSTEM)
    return InboundFile(name=planted.file_name, content_type=FILE, content=content, stored_id=stored.pk)


def _fill_customer(world: World, customer: Customer, planted: Planted) -> None:
    lead = world.actor(Role.SUPERVISOR)
    customer = customers.update_customer(customer=customer, by=lead, name=planted.name)
    for kind, value in (("phone", planted.phone), ("external_id", planted.customer_number)):
        customers.add_identity(customer=customer, by=lead, kind=kind, value=value)
    customers.add_note(
        customer=customer, by=lead, body=f"{planted.word('cus')}: {planted.name} answers at {mobile(planted.index, 6)}."
    )
    world.customers[planted.group] = Customer.objects.get(pk=customer.pk)


def _company(world: World, customer: Customer, group: Group) -> None:
    lead, planted = world.actor(Role.SUPERVISOR), Planted(group)
    company = organizations.create_organization(
        name=f"{planted.word('sub')} trading, {mobile(planted.index, 1)}",
        by=lead,
        note=f"ring {mobile(planted.index, 2)}",
    )
    customers.update_customer(customer=Customer.objects.get(pk=customer.pk), by=lead, organization=company)
    for group_of, row in world.customers.items():
        world.customers[group_of] = Customer.objects.get(pk=row.pk)
    world.secrets += [
        Secret("word in the company's name", planted.word("sub"), group, is_personal=False),
        Secret("phone in the company's name", mobile(planted.index, 1), group),
        Secret("phone in the note about the company", mobile(planted.index, 2), group),
    ]


def _aside(world: World) -> None:
    """The inside customer's other ticket, in a queue that only those see who see everything."""
    lead = world.actor(Role.SUPERVISOR)
    ticket = lifecycle.open_ticket(
        subject=f"Contract {word('sub', Group.ASIDE)}",
        by=lead,
        customer=world.customers[Group.INSIDE],
        channel=world.channels["sales-mail"],
        queue=world.queues["legal"],
        note_html=f"<p>{word('not', Group.ASIDE)}</p>",
    )
    say(ticket, f"{word('bod', Group.ASIDE)} please", customer=ticket.customer)
    linking.link_tickets(ticket=world.tickets[Group.INSIDE], other=ticket, by=lead)
    world.tickets[Group.ASIDE] = Ticket.objects.get(pk=ticket.pk)
    world.secrets += [
        Secret(f"word in {place}", word(place, Group.ASIDE), Group.ASIDE, is_personal=False)
        for place in ("sub", "bod", "not")
    ]


def _third_person(world: World) -> None:
    planted = Planted(Group.THIRD)
    receive(
        world.channels["support"],
        mail(
            f"{planted.word('bod')}. My colleague is away.\nRegards\n{planted.latin_name}",
            sender=planted.email,
            name=planted.latin_name,
            message_id="third@mailhost.example",
            reply_token=reply_token(world.tickets[Group.INSIDE]),
        ),
        _event(world.channels["support"]),
    )
    identity = Identity.objects.get(kind="email", value=planted.email)
    assert Message.objects.get(customer=identity.customer).is_third_person
    world.customers[Group.THIRD] = identity.customer
    world.secrets += [
        Secret("word in the body", planted.word("bod"), Group.THIRD, is_personal=False),
        Secret("name", planted.latin_name, Group.THIRD),
        Secret("last name", planted.latin[1], Group.THIRD),
        Secret("e-mail address", planted.email, Group.THIRD),
    ]


def _self_employed(world: World) -> None:
    lead, planted = world.actor(Role.SUPERVISOR), Planted(Group.SELF_EMPLOYED)
    company = organizations.create_organization(name=f"{planted.name}个体经营部", by=lead)
    customer = customers.create_customer(by=lead, name=planted.name, organization=company)
    ticket = lifecycle.open_ticket(
        subject="Invoice", by=lead, customer=customer, channel=world.channels["support"], queue=world.queues["care"]
    )
    say(
        ticket,
        f"Please send it again. {planted.latin_name}",
        customer=customer,
        sender_name=planted.latin_name,
        envelope={"from": [[planted.latin_name, planted.email]], "to": [["", "support@harbour.example"]]},
    )
    summary = f"{planted.word('wra')} settled by phone {mobile(planted.index, 8)} with {planted.name}"
    world.tickets[Group.SELF_EMPLOYED] = lifecycle.resolve_ticket(
        ticket=Ticket.objects.get(pk=ticket.pk), by=lead, wrap_up=WrapUpInput(summary=summary, is_solved=True)
    )
    world.customers[Group.SELF_EMPLOYED] = customer
    world.secrets += [
        Secret("name, also of the company", planted.name, Group.SOLE_COMPANY),
        Secret("name in mails, also in the preview", planted.latin_name, Group.SELF_EMPLOYED),
        Secret("word in the wrap-up", planted.word("wra"), Group.SELF_EMPLOYED, is_personal=False),
        Secret("phone in the wrap-up", mobile(planted.index, 8), Group.SELF_EMPLOYED),
        Secret("e-mail address in the envelope", planted.email, Group.SELF_EMPLOYED),
    ]


def _lonely(world: World) -> None:
    lead, planted = world.actor(Role.SUPERVISOR), Planted(Group.LONELY)
    identities = [("phone", planted.phone), ("email", planted.email)]
    world.customers[Group.LONELY] = customers.create_customer(by=lead, name=planted.name, identities=identities)
    world.secrets += [
        Secret("name", planted.name, Group.LONELY),
        Secret("phone", planted.phone, Group.LONELY),
        Secret("e-mail address", planted.email, Group.LONELY),
    ]


def _joined(world: World) -> None:
    """Without a customer, so that it may be merged into anybody's ticket."""
    lead, planted = world.actor(Role.SUPERVISOR), Planted(Group.JOINED)
    ticket = lifecycle.open_ticket(
        subject=f"{planted.word('sub')}", by=lead, channel=world.channels["sales-mail"], queue=world.queues["sales"]
    )
    say(
        ticket,
        f"{planted.word('bod')}, call {mobile(planted.index, 1)}. {planted.latin_name}",
        sender_name=planted.latin_name,
        envelope={"from": [[planted.latin_name, planted.email]], "to": [["", "sales@harbour.example"]]},
    )
    lifecycle.merge_tickets(
        ticket=Ticket.objects.get(pk=ticket.pk), into=Ticket.objects.get(pk=world.tickets[Group.INSIDE].pk), by=lead
    )
    world.tickets[Group.JOINED] = Ticket.objects.get(pk=ticket.pk)
    world.tickets[Group.INSIDE] = Ticket.objects.get(pk=world.tickets[Group.INSIDE].pk)
    world.secrets += [
        Secret("word in the subject", planted.word("sub"), Group.JOINED, is_personal=False),
        Secret("word in the body", planted.word("bod"), Group.JOINED, is_personal=False),
        Secret("phone in the body", mobile(planted.index, 1), Group.JOINED),
        Secret("name", planted.latin_name, Group.JOINED),
        Secret("e-mail address", planted.email, Group.JOINED),
    ]


def _expire(world: World) -> None:
    ticket = world.tickets[Group.EXPIRED]
    lead = world.actor(Role.SUPERVISOR)
    lifecycle.resolve_ticket(ticket=ticket, by=lead, wrap_up=None)
    lifecycle.close_ticket(ticket=Ticket.objects.get(pk=ticket.pk), by=lead)
    Ticket.objects.filter(pk=ticket.pk).update(closed_at=now() - timedelta(days=30))
    world.tickets[Group.EXPIRED] = Ticket.objects.get(pk=ticket.pk)
    assert world.tickets[Group.EXPIRED].status == Status.CLOSED


# What is not of a ticket


def _operations(world: World) -> None:
    planted, blocked = Planted(Group.OPERATIONS), Planted(Group.BLOCKED)
    world.parked = InboundEventFactory(
        channel=world.channels["support"],
        state=InboundState.PARKED,
        payload=f"From: {planted.email}\r\nSubject: {planted.word('sub')}\r\n\r\n{planted.word('bod')}".encode(),
        envelope={"from": planted.email},
        error_code="channels.unreadable",
        error=f"{planted.word('wra')} cannot be read",
    )
    world.passed_on = InboundEventFactory(channel=world.channels["partner-api"], payload=b"{}")
    world.submitted = InboundEventFactory(channel=world.channels["contact-form"], payload=b"{}")
    channel = world.channels["support"]
    channel.last_error, channel.last_error_code = f"{planted.word('not')} refused us", "channels.unreachable"
    channel.last_error_at = now()
    channel.save()
    world.failed = Delivery.objects.filter(ticket_id=world.tickets[Group.INSIDE].pk).order_by("pk").first()
    assert world.failed is not None
    world.failed.state, world.failed.failure = DeliveryState.FAILED, FailureKind.REJECTED
    world.failed.error = f"550 {planted.word('cus')} no such mailbox"
    world.failed.settled_at = now()
    world.failed.save()
    BlockedSender.objects.create(kind="email", value=SPAM_ADDRESS, blocked_by=world.users[Role.SUPERVISOR])
    audit.record(
        "walk.planted",
        by=world.actor(Role.SUPERVISOR),
        reason=f"{blocked.word('bod')} asked for it",
        details={"note": blocked.word("not")},
    )
    world.secrets += [
        Secret("address in a parked item", planted.email, Group.OPERATIONS),
        Secret("subject of a parked item", planted.word("sub"), Group.OPERATIONS),
        Secret("text of a parked item", planted.word("bod"), Group.OPERATIONS),
        Secret("last error of a channel", planted.word("not"), Group.OPERATIONS),
        Secret("what a platform said", planted.word("cus"), Group.OPERATIONS),
        Secret("address of a blocked sender", SPAM_ADDRESS, Group.BLOCKED),
        Secret("reason in the audit trail", blocked.word("bod"), Group.BLOCKED),
        Secret("details in the audit trail", blocked.word("not"), Group.BLOCKED),
    ]


def _agents_own(world: World) -> None:
    planted, agent = Planted(Group.AGENT_ONLY), world.actor(Role.AGENT)
    ticket = world.tickets[Group.INSIDE]
    drafts.save_draft(by=agent, ticket=ticket, kind="reply", html=f"<p>{planted.word('bod')}</p>", data={})
    world.agent_upload = drafts.add_draft_file(
        by=agent, ticket=ticket, name=f"{planted.word('fil')}.txt", content=planted.word("quo").encode()
    )
    world.agent_snippet = create_snippet(
        by=agent, shortcut="mine", title={"en": planted.word("sub")}, body={"en": f"<p>{planted.word('cus')}</p>"}
    )
    world.shared_snippet = create_snippet(
        by=world.actor(Role.MANAGER),
        scope="all",
        shortcut="greeting",
        title={"en": "Greeting"},
        body={"en": "<p>Dear {{customer.name}}, about {{ticket.subject}}</p>"},
    )
    world.agent_view = SavedView.objects.create(owner=agent.user, name={"en": planted.word("not")}, filters={})
    assignment.watch(ticket=ticket, by=agent)
    world.secrets += [
        Secret("words of a draft", planted.word("bod"), Group.AGENT_ONLY),
        Secret("name of an upload", planted.word("fil"), Group.AGENT_ONLY),
        Secret("content of an upload", planted.word("quo"), Group.AGENT_ONLY),
        Secret("title of a private snippet", planted.word("sub"), Group.AGENT_ONLY),
        Secret("text of a private snippet", planted.word("cus"), Group.AGENT_ONLY),
        Secret("name of a private view", planted.word("not"), Group.AGENT_ONLY),
    ]


def _machine(world: World) -> None:
    """Tokens come last: they need their users' roles to allow them."""
    for role, owner in ((Role.AGENT_TOKEN, Role.AGENT), (Role.VENDOR_TOKEN, Role.VENDOR)):
        world.tokens[role] = token_of(world.users[owner])
    world.secrets += [Secret(label, text, Group.MACHINE) for label, text in _machine_values(world)]


def _machine_values(world: World) -> Iterator[tuple[str, str]]:
    yield "IMAP password", IMAP_PASSWORD
    yield "SMTP password", SMTP_PASSWORD
    yield "password of staff", PASSWORD
    yield "reply secret of a ticket", reply_token(world.tickets[Group.INSIDE])
    yield "reply secret of a hidden ticket", reply_token(world.tickets[Group.ELSEWHERE])
    for user in User.objects.all():
        yield f"password hash of {user.username}", user.password
    for role, plain in world.tokens.items():
        yield str(role.value), plain
    for row in ApiToken.objects.all():
        yield from _written("digest of a token", row.digest)
    for key in DataKey.objects.all():
        yield from _written("wrapped data key", key.wrapped)
    for key in settings.MASTER_KEYS.values():
        yield from _written("master key", key)
    yield from _written("index key", settings.INDEX_KEY)
    for identity in Identity.objects.filter(customer=world.customers[Group.INSIDE]):
        yield from _written("blind index of an identity", identity.value_index)
    for file in StoredFile.objects.all():
        yield "place of a file on disk", file.storage_key
        yield from _written("key of a file", file.file_key)
    for ticket in world.tickets.values():
        for row in ticket.interactions.all():
            yield from _written("thread key", row.thread_key)
    yield from _written("key of a message", message_key("first.inside@mailhost.example"))


def _written(label: str, value: bytes | memoryview) -> Iterator[tuple[str, str]]:
    raw = bytes(value)
    yield f"{label} (hex)", raw.hex()
    yield f"{label} (base64)", base64.b64encode(raw).decode().rstrip("=")

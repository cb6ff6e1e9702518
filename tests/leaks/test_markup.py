"""What people write stays text: a world full of markup, and every page that can show some of it.

Known attacks 1, 2, 4, 9 and 10. Where something is kept as HTML, the cleaning is tested in `tests/core/test_richtext.py`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest
from django.apps import apps

from apps.accounts.models import StaffSession, User
from apps.channels.contract import InboundFile
from apps.core import audit
from apps.core.actor import SYSTEM
from apps.core.fields.translated import TranslatedTextField
from apps.core.storage import store_file
from apps.customers.services import customers, organizations
from apps.tickets.models import Ticket
from apps.tickets.services import drafts, lifecycle, messages
from apps.tickets.services.lifecycle import WrapUpInput
from tests.factories.qa import rated
from tests.factories.tickets import mail, receive
from tests.leaks.planted import Group, Role
from tests.leaks.surfaces import Surface, all_surfaces
from tests.leaks.walking import Call, Route, body_of, routes, undone
from tests.leaks.world import World, _event

pytestmark = [pytest.mark.integration, pytest.mark.timeout(300)]

MARKUP = "\"'></script></title></textarea><img src=x onerror=alert(1)>"
WRITTEN_AS_HTML = frozenset({"knowledge.Snippet"})
"""Cleaned when it is kept, and put into an editor as HTML."""
MASKED_PAGES = frozenset(
    f"workbench:{name}"
    for name in ("list", "search", "ticket", "ticket-history", "ticket-merge", "ticket-links", "customer", "live")
)
"""Texts that were masked are put together anew, so these are asked for as a vendor, too."""
LISTED_MODELS = frozenset(
    (
        "accounts_staffsession", "accounts_user", "core_auditentry", "customers_customer", "customers_organization",
        "contact_channels_channel", "contact_channels_delivery", "contact_channels_inboundevent", "privacy_reveal",
        "privacy_datasubjectrequest", "tickets_queue", "tickets_ticket",
    )
)  # fmt: skip
"""With words of people outside, or with columns of our own making; the others are plain tables and forms of Django's."""
ALIVE = re.compile(rb"<img src=x|<script>alert|<svg[^>]* onload", re.IGNORECASE)


def _marked(world: World) -> World:
    """The same world, in which every thing that an address can name is the one that is full of markup."""
    ticket = _ticket(world)
    customer = ticket.customer
    assert customer is not None
    _words_of_the_house(world)
    return replace(world, tickets=dict.fromkeys(Group, ticket), customers=dict.fromkeys(Group, customer))


def _ticket(world: World) -> Ticket:
    lead, channel = world.actor(Role.SUPERVISOR), world.channels["support"]
    result = receive(
        channel,
        mail(
            f"Hello {MARKUP}",
            html=f"<p>Hello &quot;&gt;{MARKUP}</p><svg onload=alert(1)></svg>",
            quoted=f"You wrote {MARKUP}",
            sender="marked@example.net",
            name=f"Marked {MARKUP}",
            subject=f"Order {MARKUP}",
            message_id="marked@mailhost.example",
            envelope={"cc": [[f"Copied {MARKUP}", "copied@example.net"]]},
            attachments=(_file(),),
        ),
        _event(channel),
    )
    ticket = Ticket.objects.get(pk=result.ticket_id)
    customer = customers.update_customer(customer=ticket.customer, by=lead, name=f"Marked {MARKUP}")
    customers.add_note(customer=customer, by=lead, body=f"Note {MARKUP}")
    customers.add_identity(customer=customer, by=lead, kind="external_id", value=f"K-{MARKUP}")
    company = organizations.create_organization(name=f"Company {MARKUP}", by=lead, note=MARKUP)
    customers.update_customer(customer=type(customer).objects.get(pk=customer.pk), by=lead, organization=company)
    messages.add_note(ticket=ticket, by=lead, html=f"<p>{MARKUP}</p>")
    for subject in (f"Changed {MARKUP}", f"Order {MARKUP}"):
        lifecycle.change_fields(ticket=Ticket.objects.get(pk=ticket.pk), by=lead, subject=subject)
    rated(ticket, 1, interaction=ticket.interactions.first(), comment=f"Bad {MARKUP}", wants_callback=True)
    agent = world.actor(Role.MANAGER)
    drafts.save_draft(by=agent, ticket=ticket, kind="reply", html=f"<p>{MARKUP}</p>", data={"cc": [MARKUP]})
    drafts.add_draft_file(by=agent, ticket=ticket, name=f"Draft {MARKUP}.txt", content=b"x")
    audit.record("walk.planted", by=lead, reason=MARKUP, details={"note": MARKUP})
    lifecycle.resolve_ticket(
        ticket=Ticket.objects.get(pk=ticket.pk), by=lead, wrap_up=WrapUpInput(summary=f"Done {MARKUP}", is_solved=True)
    )
    return Ticket.objects.get(pk=ticket.pk)


def _file() -> InboundFile:
    name = f"{MARKUP}.png"
    stored = store_file(b"hello", name=name, by=SYSTEM)
    return InboundFile(name=name, content_type="image/png", content=b"hello", stored_id=stored.pk)


def _words_of_the_house(world: World) -> None:
    """Names that managers give, what platforms and browsers say of themselves, and what failed."""
    for model in apps.get_models():
        for field in model._meta.concrete_fields:
            if isinstance(field, TranslatedTextField) and model._meta.label not in WRITTEN_AS_HTML:
                model._base_manager.update(**{field.name: {"en": f"Name {MARKUP}", "zh-hans": f"名 {MARKUP}"}})
    User.objects.update(display_name=f"Person {MARKUP}", signature="")
    StaffSession.objects.update(device=f"iPhone Safari {MARKUP}"[:200])
    assert world.parked is not None
    assert world.failed is not None
    for row, fields in (
        (world.parked, {"error": f"Parked {MARKUP}", "envelope": {"from": MARKUP, "subject": MARKUP}}),
        (world.failed, {"error": f"550 {MARKUP}"}),
        (world.channels["support"], {"last_error": f"Refused {MARKUP}"}),
    ):
        for name, value in fields.items():
            setattr(row, name, value)
        row.save()


def _pages(world: World, role: Role) -> Iterator[Call]:
    """Each page once, about the first thing that it can name; of a model of the administration its list and a row."""
    for name, route in routes().items():
        surface: Surface | None = all_surfaces().get(name)
        if surface is None or route.is_api or _is_left_out(route, role):
            continue
        place = next((place for place in surface.places(world) if not place.is_absent), None)
        if place is not None and surface.reads:
            yield Call(route, place, query=surface.reads[0])


def _is_left_out(route: Route, role: Role) -> bool:
    if route.is_admin:
        model, _underscore, page = route.name.removeprefix("admin:").rpartition("_")
        is_plain = bool(model) and (model not in LISTED_MODELS or page not in ("changelist", "change"))
        return role is not Role.MANAGER or is_plain or "/" in route.name
    return role is Role.VENDOR and route.name not in MASKED_PAGES


@dataclass(frozen=True)
class Page:
    call: str
    body: bytes
    policy: str


@pytest.fixture(scope="module")
def kept() -> dict[Role, list[Page]]:
    """Each role looks at its pages once, whichever test asks first."""
    return {}


@pytest.fixture(params=[Role.MANAGER, Role.VENDOR], ids=lambda role: role.value)
def pages(request: pytest.FixtureRequest, world: World, kept: dict[Role, list[Page]]) -> list[Page]:
    role: Role = request.param
    if role not in kept:
        kept[role] = list(_look(_marked(world), role))
    return kept[role]


def _look(world: World, role: Role) -> Iterator[Page]:
    client = world.client(role)
    for call in _pages(world, role):
        with undone():
            response = call.send(client, world)
            body = body_of(response)
        if response.get("Content-Type", "").startswith("text/html"):
            yield Page(str(call), body, response.get("Content-Security-Policy", ""))


def test_markup_is_text_on_every_page(pages: list[Page]) -> None:
    alive = [page.call for page in pages if ALIVE.search(page.body)]
    assert not alive, f"what somebody wrote is markup here: {alive}"
    assert sum(b"onerror=alert(1)" in page.body for page in pages) >= 5


def test_no_page_lets_scripts_of_others_run(pages: list[Page]) -> None:
    """Known attack 11: neither inline nor from a host that anybody may write to."""
    for page in pages:
        policy = dict(part.strip().partition(" ")[::2] for part in page.policy.split(";"))
        sources = policy.get("script-src", policy.get("default-src", "*")).split()
        foreign = {source for source in sources if not source.startswith("'nonce-")} - {"'self'", "'none'"}
        assert foreign <= ({"'unsafe-eval'"} if "/admin/" in page.call else set()), page
        assert policy["base-uri"] == "'none'", page
        assert policy["object-src"] == "'none'", page

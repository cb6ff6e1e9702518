"""Every address there is, and how it is called. A route that is missing here fails the walk.

To add one: `"app:route": read(on=PLACES)` for what is read, `write(Write(data=…), on=PLACES)` for what is written.
`PLACES` are the things that the address names, planted in and out of everybody's scope; see `docs/development/permissions.md`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from typing import Any

from apps.alerts.models import Alert
from apps.automation.models import WebhookDelivery, WebhookEndpoint
from apps.channels.models import ClientFile, Delivery, InboundEvent
from apps.compliance.models import Export, Incident
from apps.core.clock import now
from apps.core.ids import public_id_for
from apps.core.models import AuditEntry
from apps.counter.models import Visit
from apps.counter.tokens import token_of
from apps.customers.models import Customer, CustomerNote, Identity, MergeSuggestion, Organization
from apps.outsourcing.models import Contract, OnboardingStep, Statement
from apps.privacy.models import DataSubjectRequest, Reveal
from apps.qa.models import SurveyResponse
from apps.sla.models import Calendar
from apps.tickets.models import Assignment, Attachment, DecisionReview, DraftFile, IntakeRule, Interaction, Message
from tests.leaks.dealings import OTHER_CONTRACT, OTHER_USERNAME, OWN_CONTRACT
from tests.leaks.planted import Group, Planted, Role
from tests.leaks.walking import ABSENT_NUMBER, Place, Places, Surface, Write, read, write
from tests.leaks.world import World

# --- Things that addresses name --------------------------------------------------------------------------------------


def tickets(world: World) -> Iterator[Place]:
    for group, ticket in world.tickets.items():
        yield Place(group, {"number": ticket.number})
    yield Place(None, {"number": ABSENT_NUMBER}, is_absent=True)


def some_tickets(world: World) -> Iterator[Place]:
    """For small fragments: one ticket inside, one for each way of being outside."""
    for group in (Group.INSIDE, Group.IN_HOUSE, Group.EXPIRED, Group.ELSEWHERE):
        yield Place(group, {"number": world.tickets[group].number})
    yield Place(None, {"number": ABSENT_NUMBER}, is_absent=True)


def _public(model: Any, rows: Iterable[tuple[Group, Any]], name: str = "public_id", **more: Any) -> Iterator[Place]:
    for group, row in rows:
        yield Place(group, {name: row.public_id, **more})
    yield Place(None, {name: public_id_for(model, 10**9), **more}, is_absent=True)


def customers(world: World) -> Iterator[Place]:
    # Seen by whoever sees one of their tickets; who wrote as a third person has none, and the vendor does not see them.
    yield from _public(Customer, ((group, row) for group, row in world.customers.items() if group is not Group.THIRD))


def api_customers(world: World) -> Iterator[Place]:
    for place in customers(world):
        yield Place(place.group, {"customer_id": place.kwargs["public_id"]}, place.is_absent)


def identities_of_customers(world: World) -> Iterator[Place]:
    for group, customer in world.customers.items():
        row = Identity.objects.filter(customer=customer).first()
        if row is not None and group is not Group.THIRD:
            yield Place(group, {"customer_id": customer.public_id, "identity_id": row.public_id})
    absent = {"customer_id": public_id_for(Customer, 10**9), "identity_id": public_id_for(Identity, 10**9)}
    yield Place(None, absent, is_absent=True)


def wishes(world: World) -> Iterator[Place]:
    for place in identities_of_customers(world):
        yield Place(
            place.group,
            {"public_id": place.kwargs["customer_id"], "identity_id": place.kwargs["identity_id"]},
            place.is_absent,
        )


def consents(world: World) -> Iterator[Place]:
    for place in customers(world):
        yield Place(place.group, {**place.kwargs, "purpose": "surveys"}, place.is_absent)


def notes_of_customers(world: World) -> Iterator[Place]:
    for group, customer in world.customers.items():
        row = CustomerNote.objects.filter(customer=customer).first()
        if row is not None:
            yield Place(group, {"customer_id": customer.public_id, "note_id": row.public_id})
    absent = {"customer_id": public_id_for(Customer, 10**9), "note_id": public_id_for(CustomerNote, 10**9)}
    yield Place(None, absent, is_absent=True)


def data_requests(world: World) -> Iterator[Place]:
    """About the inside customer; the house's own, and nobody's but the managers'."""
    for row in DataSubjectRequest.objects.all():
        yield Place(None, {"pk": row.pk})
    yield Place(None, {"pk": ABSENT_NUMBER}, is_absent=True)


def steps_of_requests(world: World) -> Iterator[Place]:
    for place in data_requests(world):
        yield Place(place.group, {**place.kwargs, "step": "refuse"}, place.is_absent)


def webhook_endpoints(world: World) -> Iterator[Place]:
    """None is planted: what an endpoint is told is the feed's, and tested in `tests/automation`."""
    yield from _public(WebhookEndpoint, [])


def webhook_deliveries(world: World) -> Iterator[Place]:
    yield from _public(WebhookDelivery, [])


def suggestions(world: World) -> Iterator[Place]:
    """None is planted: a suggestion is seen by who sees both records, which `tests/customers` asks for."""
    yield from _public(MergeSuggestion, [])


def revealable(world: World) -> Iterator[Place]:
    """Masked values of customers in and out of scope, and the first message of each ticket."""
    for place in identities_of_customers(world):
        yield Place(place.group, {"kind": "identity", "record": place.kwargs["identity_id"]}, place.is_absent)
    for group, row in first_messages(world):
        yield Place(group, {"kind": "message", "record": row.public_id})


def reveals(world: World) -> Iterator[Place]:
    """The vendor's own reveal of a customer inside, with personal data in its reason; and one of somebody else."""
    yield from _public(Reveal, [(Group.INSIDE, world.reveal), (Group.OPERATIONS, world.other_reveal)])


def decision_reviews(world: World) -> Iterator[Place]:
    yield from _public(DecisionReview, world.reviews)


def organizations(world: World) -> Iterator[Place]:
    yield from _public(Organization, world.organizations)


def messages(world: World) -> Iterator[Place]:
    """All of the tickets that a vendor sees, and the first of each of the others."""
    firsts = first_messages(world)
    inside = [(group, row) for group, row in world.messages if group in (Group.INSIDE, Group.SELF_EMPLOYED)]
    yield from _public(Message, dict.fromkeys([*inside, *firsts]))


def first_messages(world: World) -> list[tuple[Group, Message]]:
    firsts: dict[Group, Message] = {}
    for group, row in world.messages:
        firsts.setdefault(group, row)
    return list(firsts.items())


def messages_on_tickets(world: World) -> Iterator[Place]:
    for group, row in first_messages(world):
        yield Place(group, {"number": world.tickets[group].number, "public_id": row.public_id})
    yield Place(None, {"number": ABSENT_NUMBER, "public_id": public_id_for(Message, 10**9)}, is_absent=True)


def interactions(world: World) -> Iterator[Place]:
    yield from _public(Interaction, world.interactions)


def attachments(world: World) -> Iterator[Place]:
    yield from _public(Attachment, world.attachments)


def uploads(world: World) -> Iterator[Place]:
    yield from _public(DraftFile, [(Group.AGENT_ONLY, world.agent_upload)])


def uploads_on_tickets(world: World) -> Iterator[Place]:
    number = world.tickets[Group.INSIDE].number
    yield from _public(DraftFile, [(Group.AGENT_ONLY, world.agent_upload)], number=number)


def snippets(world: World) -> Iterator[Place]:
    assert world.agent_snippet is not None
    assert world.shared_snippet is not None
    yield Place(Group.AGENT_ONLY, {"pk": world.agent_snippet.pk})
    yield Place(None, {"pk": world.shared_snippet.pk})
    yield Place(None, {"pk": ABSENT_NUMBER}, is_absent=True)


def snippets_on_tickets(world: World) -> Iterator[Place]:
    number = world.tickets[Group.INSIDE].number
    assert world.agent_snippet is not None
    assert world.shared_snippet is not None
    yield Place(Group.AGENT_ONLY, {"number": number, "pk": world.agent_snippet.pk})
    yield Place(Group.INSIDE, {"number": number, "pk": world.shared_snippet.pk})
    yield Place(Group.ELSEWHERE, {"number": world.tickets[Group.ELSEWHERE].number, "pk": world.shared_snippet.pk})
    yield Place(None, {"number": number, "pk": ABSENT_NUMBER}, is_absent=True)


def views(world: World) -> Iterator[Place]:
    for key in (
        "open",
        "unassigned",
        "done",
        "queue:care",
        "queue:sales",
    ):
        yield Place(None, {"view": key})
    assert world.agent_view is not None
    yield Place(None, {"view": f"saved:{world.agent_view.pk}"})


def saved_views(world: World) -> Iterator[Place]:
    assert world.agent_view is not None
    yield Place(Group.AGENT_ONLY, {"pk": world.agent_view.pk})
    yield Place(None, {"pk": ABSENT_NUMBER}, is_absent=True)


def channels(world: World) -> Iterator[Place]:
    for channel in world.channels.values():
        yield Place(None, {"public_id": channel.public_id})


def channel_keys(world: World) -> Iterator[Place]:
    for key in world.channels:
        yield Place(None, {"key": key})


def api_channel(world: World) -> Iterator[Place]:
    yield Place(None, {"key": "partner-api"})
    yield Place(None, {"key": "contact-form"})


def form_channel(world: World) -> Iterator[Place]:
    yield Place(None, {"key": "contact-form"})


def linked_files(world: World) -> Iterator[Place]:
    yield Place(None, {"token": "never-signed"}, is_absent=True)


def app_file(world: World) -> Iterator[Place]:
    yield Place(None, {"key": "contact-form", "public_id": public_id_for(ClientFile, 1)})


def visits(world: World) -> Iterator[Place]:
    assert world.visit is not None
    yield Place(Group.INSIDE, {"public_id": world.visit.public_id})
    yield Place(None, {"public_id": public_id_for(Visit, 10**9)}, is_absent=True)


def slips(world: World) -> Iterator[Place]:
    assert world.visit is not None
    yield Place(None, {"key": token_of(world.visit)})


def kiosks(world: World) -> Iterator[Place]:
    assert world.window is not None
    yield Place(None, {"key": world.window.branch.kiosk_key})


def displays(world: World) -> Iterator[Place]:
    assert world.window is not None
    yield Place(None, {"key": world.window.branch.key})


def _window(world: World) -> dict[str, Any]:
    assert world.window is not None
    return {"window": world.window.pk}


def received(world: World) -> Iterator[Place]:
    assert world.submitted is not None
    yield Place(None, {"key": "contact-form", "reference": world.submitted.public_id})


def passed_on(world: World) -> Iterator[Place]:
    assert world.passed_on is not None
    yield Place(None, {"key": "partner-api", "inbound_id": world.passed_on.public_id})
    yield Place(None, {"key": "support", "inbound_id": world.parked.public_id if world.parked else ""})


def parked(world: World) -> Iterator[Place]:
    yield from _public(InboundEvent, [(Group.OPERATIONS, world.parked)])


def deliveries(world: World) -> Iterator[Place]:
    yield from _public(Delivery, [(Group.OPERATIONS, world.failed)])


def colleagues(world: World) -> Iterator[Place]:
    yield Place(None, {"username": world.users[Role.SUPERVISOR].username})
    yield Place(None, {"username": "walk-other-vendor"})


def assignments(world: World) -> Iterator[Place]:
    for place in some_tickets(world):
        yield Place(place.group, {**place.kwargs, "user_id": 0}, place.is_absent)


def helpers_of_tickets(world: World) -> Iterator[Place]:
    for place in some_tickets(world):
        yield Place(place.group, {**place.kwargs, "username": "walk-other-vendor"}, place.is_absent)


def ratings(world: World) -> Iterator[Place]:
    yield from _public(SurveyResponse, world.ratings)


def offers(world: World) -> Iterator[Place]:
    """None is planted: an offer is its agent's alone, which `tests/tickets/services/test_offers.py` asks for."""
    yield Place(None, {"pk": ABSENT_NUMBER}, is_absent=True)


def alerts(world: World) -> Iterator[Place]:
    """None is planted: alerts hold no personal data, and who sees them is asked in `tests/alerts/test_seeing.py`."""
    yield Place(None, {"pk": ABSENT_NUMBER}, is_absent=True)


def alert_rules(world: World) -> Iterator[Place]:
    """None is planted: a rule holds no personal data, and is for those who configure."""
    yield Place(None, {"key": "absent"}, is_absent=True)


def api_alerts(world: World) -> Iterator[Place]:
    """As `alerts`."""
    yield Place(None, {"public_id": public_id_for(Alert, 10**9)}, is_absent=True)


def api_offers(world: World) -> Iterator[Place]:
    yield Place(None, {"public_id": public_id_for(Assignment, 10**9)}, is_absent=True)


def links(world: World) -> Iterator[Place]:
    other = world.tickets[Group.ASIDE].number
    for place in some_tickets(world):
        yield Place(place.group, {**place.kwargs, "kind": "related", "other": other}, place.is_absent)


def contracts(world: World) -> Iterator[Place]:
    yield Place(Group.TERMS, {"number": OWN_CONTRACT})
    yield Place(Group.OPERATIONS, {"number": OTHER_CONTRACT})
    yield Place(None, {"number": "C-0"}, is_absent=True)


def statements(world: World) -> Iterator[Place]:
    """The own company's that was sent and the one that was not, and the other company's."""
    rows = {(row.contract.number, row.version): row for row in Statement.objects.select_related("contract")}
    for group, key in (
        (Group.SETTLED, (OWN_CONTRACT, 1)), (Group.UNSENT, (OWN_CONTRACT, 2)), (Group.BLOCKED, (OTHER_CONTRACT, 1)),
    ):  # fmt: skip
        yield Place(group, {"pk": rows[key].pk})
    yield Place(None, {"pk": ABSENT_NUMBER}, is_absent=True)


def moves_of_statements(world: World) -> Iterator[Place]:
    for place in statements(world):
        yield Place(place.group, {**place.kwargs, "move": "comments"}, place.is_absent)


def companions(world: World) -> Iterator[Place]:
    """Of the own company and of the other one, for a vendor's manager."""
    yield Place(Group.TERMS, {"username": world.users[Role.VENDOR].username})
    yield Place(Group.COLLEAGUES, {"username": OTHER_USERNAME})
    yield Place(None, {"username": "walk-nobody"}, is_absent=True)


def _of_companions(**more: Any) -> Places:
    return lambda world: [Place(at.group, {**at.kwargs, **more}, at.is_absent) for at in companions(world)]


def persons(world: World) -> Iterator[Place]:
    """As `companions`, by the name that the API's addresses use."""
    for place in companions(world):
        yield Place(place.group, {"person": place.kwargs["username"]}, place.is_absent)


def _of_persons(**more: Any) -> Places:
    return lambda world: [Place(at.group, {**at.kwargs, **more}, at.is_absent) for at in persons(world)]


def public_statements(world: World) -> Iterator[Place]:
    for place in statements(world):
        yield Place(place.group, {"public_id": public_id_for(Statement, place.kwargs["pk"])}, place.is_absent)


def rows_of_contracts(world: World) -> Iterator[Place]:
    yield from (Place(None, {"pk": row.pk}) for row in Contract.objects.all())


def incidents(world: World) -> Iterator[Place]:
    yield from (Place(None, {"pk": row.pk}) for row in Incident.objects.all())


def exports(world: World) -> Iterator[Place]:
    yield from (Place(None, {"pk": row.pk}) for row in Export.objects.all())


def scorecard_files(world: World) -> Iterator[Place]:
    for place in contracts(world):
        yield Place(place.group, {**place.kwargs, "kind": "csv"}, place.is_absent)


def no_row(world: World) -> Iterator[Place]:
    """Nothing of the kind is planted: who may open such pages sees all of it, which the app's own tests ask for."""
    yield Place(None, {"pk": ABSENT_NUMBER}, is_absent=True)


def move_of_no_row(world: World) -> Iterator[Place]:
    yield Place(None, {"pk": ABSENT_NUMBER, "move": "end"}, is_absent=True)


# --- Ways to ask -----------------------------------------------------------------------------------------------------

FROM, TO = (f"{now() + timedelta(days=days):%Y-%m-%dT%H:%M:%SZ}" for days in (-300, 60))
FIGURES = f"measure=answered,waiting&from={FROM}&to={TO}"

# A search says again what was typed, so whole planted values are asked for in `test_oracles.py` instead.
SEARCH = tuple(f"q={text}" for text in ("Order", "and so on", "0000"))


def form(data: Any = None, *, method: str = "post", query: str = "") -> Write:
    return Write(method, {} if data is None else data, "form", query)


def json(data: Any = None, *, method: str = "post") -> Write:
    return Write(method, {} if data is None else data, "json")


def upload(data: Any = None) -> Write:
    return Write("post", {} if data is None else data, "upload")


def _agent(world: World) -> int:
    return world.users[Role.AGENT].pk


def _with(surface: Surface, *writes: Write) -> Surface:
    """Read and written at one address."""
    return Surface(surface.places, surface.reads, writes, surface.both, surface.is_public, surface.methods)


# --- The desk ----------------------------------------------------------------------------------------------------------

DESK: dict[str, Surface] = {
    "workbench:home": read(),
    "workbench:views": read(both=True),
    "workbench:list": read("", on=views, both=True),
    "workbench:list-rows": read("ids=1,2,3", on=views),
    "workbench:counts": read(),
    "workbench:saved-view-new": _with(
        read("view=open&priority=40"),
        form({"name": "Kept", "scope": "private", "query": "view=open&priority=40"}),
        form(),
    ),
    "workbench:saved-view": _with(
        read("own=1", on=saved_views), form({"name": "Kept", "scope": "private", "query": "view=open"})
    ),
    "workbench:saved-view-removal": write(form(), on=saved_views),
    "workbench:saved-view-restoration": write(form(query="kept=broken")),
    "workbench:live": read("", "after=0", "after=3", "after=99999"),
    "workbench:search": read(*SEARCH, both=True),
    "workbench:state": _with(read(), form({"state": "busy"}), form({"state": "asleep"})),
    "workbench:state-choices": read(),
    "workbench:offers": read(),
    "workbench:offer-acceptance": write(form(), on=offers),
    "workbench:offer-refusal": write(form(), on=offers),
    "workbench:next-ticket": write(form()),
    "workbench:chats": read("", both=True),
    "workbench:own-chats": read(),
    # None is planted: chats have leak tests of their own in `tests/livechat/test_supervising.py`.
    "workbench:chat-watch": read(on=some_tickets, both=True),
    "workbench:chat-whisper": _with(read(on=some_tickets, both=True), form({"text": "Look"}), form({})),
    "workbench:chat-joining": write(form(), on=some_tickets),
    "workbench:chat-takeover": _with(read(on=some_tickets, both=True), form({"why": "Because"}), form({})),
    "workbench:floor": read("", both=True),
    "workbench:person-state": _with(
        read(on=colleagues, both=True), form({"state": "busy:", "why": "because"}), form({"state": "busy:"})
    ),
    "workbench:my-figures": read(),
    "workbench:scorecards": read(),
    "workbench:scorecard": read("", "period=today", on=contracts),
    "workbench:scorecard-file": read("period=week", on=scorecard_files),
    "workbench:statements": read(),
    "workbench:statement": read(on=statements),
    "workbench:statement-file": read(on=statements),
    "workbench:statement-move": write(form({"text": "Too much"}), form(), on=moves_of_statements),
    "workbench:wallboard": read("", both=True),
    "workbench:alerts": read("", "after=0", "after=x"),
    "workbench:alert-acknowledgement": write(form(), on=alerts),
    "workbench:ticket-new": _with(
        read("", both=True),
        form({"kind": "internal", "subject": "Task", "text": "Please look.", "client_id": "w1"}),
        form({}),
    ),
    "workbench:conversation-new": _with(
        read("", both=True),
        form(lambda world: {"channel": world.channels["support"].pk, "html": "x", "client_id": "w2"}),
        form({}),
    ),
    "workbench:conversation-draft": write(form({"html": "<p>x</p>"}), form(method="delete")),
    "workbench:conversation-uploads": write(upload()),
    "workbench:conversation-upload": write(form(method="delete"), on=uploads),
    "workbench:conversation-snippets": read("", "q=walk"),
    "workbench:conversation-snippet": write(form(), on=snippets),
    "workbench:ticket": read(on=tickets, both=True),
    "workbench:ticket-history": read(on=tickets),
    "workbench:ticket-presence": read(on=some_tickets),
    "workbench:ticket-chat": read(on=some_tickets),
    "workbench:ticket-chat-end": _with(read(on=some_tickets), form(), form({"then": "mail", "email": "x"})),
    "workbench:ticket-chat-transcript": _with(read(on=some_tickets), form({"email": "out@example.org"}), form()),
    "workbench:ticket-mentions": read("", "q=walk", on=some_tickets),
    "workbench:ticket-choices-queue": read(on=some_tickets),
    "workbench:ticket-choices-category": read(on=some_tickets),
    "workbench:ticket-choices-tags": read(on=some_tickets),
    "workbench:ticket-assignment": _with(
        read(on=some_tickets),
        form({"claim": "1"}),
        form(lambda world: {"to": world.users[Role.VENDOR].pk}),
        form({"version": "1", "to": ""}),
    ),
    "workbench:ticket-assignment-undo": write(form(), on=assignments),
    "workbench:ticket-transfer": _with(
        read(on=some_tickets, both=True),
        form(lambda world: {"target": f"queue:{world.queues['care'].pk}", "whisper": "Look"}),
        form(lambda world: {"target": f"user:{world.users[Role.VENDOR].pk}"}),
        form({"target": "house"}),
        form({}),
    ),
    "workbench:ticket-hand-over": _with(
        read(on=some_tickets, both=True), form({"cause": "complaint", "whisper": "Look"}), form({})
    ),
    "workbench:ticket-helpers": _with(
        read(on=some_tickets, both=True), form(lambda world: {"helper": world.users[Role.NEIGHBOUR].pk}), form({})
    ),
    "workbench:ticket-helper-removal": write(form(), on=assignments),
    "workbench:ticket-status": write(
        form({"status": "pending"}), form({"status": "hold", "version": "1"}), on=some_tickets
    ),
    "workbench:ticket-fields": write(
        form({"subject": "Another subject"}),
        form({"priority": "4", "version": "1"}),
        form({"subject": "x", "version": "1"}),
        on=some_tickets,
    ),
    "workbench:ticket-tags": write(form(lambda world: {"tags": world.tag.pk if world.tag else 0}), on=some_tickets),
    "workbench:ticket-resolution": _with(
        read(on=some_tickets, both=True), form({"outcome": "yes", "summary": "Done."}), form({"outcome": "maybe"})
    ),
    "workbench:ticket-watch": write(form(), form(query="undo=1"), on=some_tickets),
    "workbench:ticket-spam": write(form(), form(query="block=1"), form(query="undo=1"), on=some_tickets),
    "workbench:ticket-merge": _with(
        read(on=some_tickets, both=True),
        form(lambda world: {"into": world.tickets[Group.ASIDE].number}),
        form(lambda world: {"into": world.tickets[Group.ELSEWHERE].number}),
        form({"into": ABSENT_NUMBER}),
    ),
    "workbench:ticket-unmerge": write(form(), on=tickets),
    "workbench:ticket-links": _with(
        read(on=some_tickets, both=True),
        form(lambda world: {"q": world.tickets[Group.ASIDE].number}),
        form(lambda world: {"q": world.tickets[Group.ELSEWHERE].number}),
        form({"q": ABSENT_NUMBER}),
    ),
    "workbench:ticket-link-choices": read("", "q=1", on=some_tickets),
    "workbench:ticket-link": write(form(), form(query="undo=1"), on=links),
    "workbench:ticket-replies": write(
        form({"html": "<p>Hello</p>"}), form({"html": "<p>Hello</p>", "to": "not an address"}), form(), on=some_tickets
    ),
    "workbench:ticket-previews": write(form({"html": "<p>Hello</p>"}), form({"channel": "0"}), on=some_tickets),
    "workbench:ticket-notes": write(
        form(lambda world: {"html": "<p>Look</p>", "mentions": _agent(world)}),
        form(
            lambda world: {"html": "<p>Look</p>", "files": world.agent_upload.public_id if world.agent_upload else ""}
        ),
        on=some_tickets,
    ),
    "workbench:ticket-contacts": _with(
        read(on=some_tickets, both=True),
        form({"kind": "call_in", "at": "2026-01-05T09:00", "text": "Called back.", "channel": "1", "client_id": "c"}),
        form(),
    ),
    "workbench:ticket-proofs": _with(
        read(on=some_tickets, both=True), form({"kind": "phone", "value": "+8613900001111", "method": "code"}), form()
    ),
    "workbench:ticket-unread": write(form(), on=some_tickets),
    "workbench:ticket-draft": write(
        form({"kind": "reply", "html": "<p>Hello</p>"}), form(method="delete", query="kind=reply"), on=some_tickets
    ),
    "workbench:ticket-uploads": write(upload(), on=some_tickets),
    "workbench:ticket-upload": write(form(method="delete"), on=uploads_on_tickets),
    "workbench:ticket-snippets": read("", "q=m", on=some_tickets),
    "workbench:ticket-snippet": write(form(), on=snippets_on_tickets),
    "workbench:snippets": read(),
    "workbench:snippet-new": _with(
        read(), form({"shortcut": "new", "scope": "private", "title_en": "New", "body_en": "Hello"})
    ),
    "workbench:snippet": _with(
        read(on=snippets), form({"shortcut": "mine", "scope": "private", "title_en": "Changed"})
    ),
    "workbench:snippet-removal": write(form(), on=snippets),
    "workbench:message-undo": write(form(), on=messages_on_tickets),
    "workbench:message-retry": write(form(), on=messages_on_tickets),
    "workbench:message-forward": _with(
        read(on=messages_on_tickets, both=True),
        form({"to": "out@example.org", "html": "See below", "client_id": "w2"}),
        form(),
    ),
    "workbench:customers": read("", "q=0000", "q=example.com", "q=nobody@example.com", "cursor=broken"),
    "workbench:customer": read(on=customers),
    "workbench:customer-suggestions": read("", "cursor=broken"),
    "workbench:customer-suggestion": write(form({"decision": "accept"}), form(), on=suggestions),
    "workbench:customer-details": _with(
        read(on=customers, both=True),
        form({"name": "", "level": "gold", "version": "1"}),
        form({"name": "", "level": "gold", "version": "99"}),
    ),
    "workbench:customer-identities": _with(
        read(on=customers),
        form({"kind": "email", "value": "more@example.com"}),
        form(lambda world: {"kind": "email", "value": Planted(Group.ELSEWHERE).domain}),
    ),
    "workbench:customer-wish": write(form({"is_opted_out": "1"}), on=wishes),
    "workbench:customer-consent": write(form({"is_allowed": "0"}), on=consents),
    "workbench:customer-minor": _with(
        read(on=customers),
        form({"is_minor": "1", "guardian_name": "Lee", "guardian_handle": "13800001111"}),
    ),
    "workbench:customer-notes": write(form({"body": "Called back."}), form(), on=customers),
    "workbench:ticket-reviews": _with(
        read(on=some_tickets, both=True), form({"kind": "escalation", "wish": "She objects"}), form({})
    ),
    "workbench:reviews": read("", both=True),
    "workbench:review-settlement": write(
        form({"outcome": "upheld", "reason": "Looked at"}), form({}), on=decision_reviews
    ),
    "workbench:reveals": read("", both=True),
    "workbench:reveal-news": read("", "after=0", "after=x"),
    "workbench:reveal-decision": write(form({"decision": "approve"}), form({"decision": "decline"}), on=reveals),
    "workbench:reveal": _with(
        read(on=revealable, both=True),
        form({"field": "value", "reason_kind": "deliver", "reason": "The courier asks"}),
        form({}),
    ),
    "workbench:watermark": read(),
    "workbench:styleguide": read(),
    "outsourcing:people": read(),
    "outsourcing:person-new": _with(read(), form({"username": "walk-made"}), form()),
    "outsourcing:person": _with(read(on=companions), form({"display_name": "Walked"}), form()),
    "outsourcing:person-suspension": write(form(), on=companions),
    "outsourcing:person-reinstatement": write(form(), on=companions),
    "outsourcing:person-link": write(form(), on=companions),
    "outsourcing:person-second-factor": write(form(), on=companions),
    "outsourcing:person-sign-out": write(form(), on=companions),
    "outsourcing:person-step": write(form({"to": "done"}), on=_of_companions(pk=ABSENT_NUMBER)),
    "outsourcing:person-certificate": write(
        form({"level": "3", "until": "2030-01-01"}), on=_of_companions(skill="absent")
    ),
    "counter:window": read(),
    "counter:line": read("", "mark=A001.serving.1"),
    "counter:seat": write(form(_window), form()),
    "counter:seat-end": write(form()),
    "counter:calls": write(form({"seen": ""}), form()),
    "counter:visit-calls": write(form({"seen": ""}), on=visits),
    "counter:visit-absence": write(form(), on=visits),
    "counter:visit-service": write(form({"contact": "nobody@example.com", "name": "New"}), on=visits),
    "counter:visit-proof": write(
        form({"proof": "document", "document": "passport", "tail": "90AB"}), form({"proof": "document"}), on=visits
    ),
    "counter:visit-transfer": write(form(_window), form(), on=visits),
    "counter:visit-end": write(form({"summary": "Done", "outcome": "open"}), form(), on=visits),
    "tickets:attachment": read("", "download=1", on=attachments),
    "tickets:upload": read(on=uploads),
    "channels:health": read(both=True),
    "channels:channel": read(on=channels),
    "channels:check": write(form(), on=channels),
    "channels:replay": write(form(), on=channels),
    "channels:parked": read(on=parked),
    "channels:parked-repair": write(form({"text": "Subject: mended\r\n\r\nText"}), form(), on=parked),
    "channels:parked-replay": write(form(), on=parked),
    "channels:parked-discard": write(form({"reason": "Nothing in it"}), form(), on=parked),
    "channels:parked-original": read(on=parked),
    "channels:resend": write(form(), on=deliveries),
}

# --- The API -----------------------------------------------------------------------------------------------------------

API: dict[str, Surface] = {
    "api:schema": read("format=json"),
    "api:docs": read(),
    "api:errors": read(public=True),
    "api:error": read(on=lambda world: [Place(None, {"code": "tickets.closed"})], public=True),
    "api:me": read(),
    "api:users": read("", "search=walk"),
    "api:user": read(on=colleagues),
    "api:break-reasons": read(),
    "api:agent-states": read(),
    "api:agent-state": _with(
        read(on=colleagues), json({"state": "busy", "why": "because"}, method="put"), json({"state": "x"}, method="put")
    ),
    "api:agent-state-changes": read(),
    "api:contracts": read("", "state=active"),
    "api:contract": read(on=lambda world: [Place(None, {"number": "C-0"}, is_absent=True)]),
    "api:contract-scorecard": read("", "period=today", on=contracts),
    "api:contract-duties": read(on=contracts),
    "api:statements": read("", "state=sent"),
    "api:statement": read(on=public_statements),
    "api:statement-moves": write(json({"move": "comment", "text": "x"}), on=public_statements),
    "api:vendor-people": read("", "is_active=true"),
    "api:vendor-person": read(on=persons),
    "api:vendor-person-certificate": write(
        json({"level": 3, "certified_until": "2030-01-01"}, method="put"), on=_of_persons(skill="absent")
    ),
    "api:vendor-person-step": write(
        json(method="put"), json(method="delete"), on=_of_persons(step=public_id_for(OnboardingStep, ABSENT_NUMBER))
    ),
    "api:vendor-person-suspension": write(json({"reason": ""}, method="put"), json(method="delete"), on=persons),
    "api:metrics": read(FIGURES, f"{FIGURES}&by=queue", "measure=answered"),
    "api:metrics-live": read(),
    "api:metrics-definitions": read(),
    "api:offers": read(),
    "api:offer-acceptance": write(json(), on=api_offers),
    "api:offer-refusal": write(json(), on=api_offers),
    "api:ticket-offers": write(
        json({"agent": "walk-other-vendor"}),
        json({"agent": "nobody-of-this-name", "seconds": 1}),
        on=some_tickets,
    ),
    "api:teams": read(),
    "api:skills": read(),
    "api:customers": _with(
        read("", "level=standard", "sort=created"),
        json({"name": "New", "identities": [{"kind": "email", "value": "new@example.com"}]}),
        json({"name": 1}),
    ),
    "api:customer": _with(read(on=customers), json({"level": "gold"}, method="patch")),
    "api:customer-identities": _with(read(on=api_customers), json({"kind": "email", "value": "more@example.com"})),
    "api:customer-identity": write(json(method="delete"), on=identities_of_customers),
    "api:customer-merge": write(
        json(lambda world: {"into": world.customers[Group.INSIDE].public_id}),
        json(lambda world: {"into": world.customers[Group.LONELY].public_id}),
        json(method="delete"),
        on=api_customers,
    ),
    "api:customer-notes": _with(read(on=api_customers), json({"body": "Called back."})),
    "api:customer-consents": _with(
        read(on=api_customers), json({"purpose": "surveys", "is_allowed": False}, method="put")
    ),
    "api:customer-note": write(json(method="delete"), on=notes_of_customers),
    "api:identities": read("kind=email&value=nobody@example.com", ""),
    "api:organizations": _with(read("", "level=standard"), json({"name": "Another company"})),
    "api:organization": _with(read(on=organizations), json({"level": "gold"}, method="patch")),
    "api:merge-suggestions": read(),
    "api:merge-suggestion-decision": write(
        json({"decision": "accept"}, method="put"), json({}, method="put"), on=suggestions
    ),
    "api:tags": read(),
    "api:reveals": _with(
        read("", "state=shown"),
        json(
            lambda world: {
                "record": "identity",
                "id": Identity.objects.filter(customer=world.customers[Group.ELSEWHERE])[0].public_id,
                "field": "value",
                "reason_kind": "deliver",
                "reason": "The courier asks",
            }
        ),
        json(
            lambda world: {
                "record": "identity",
                "id": Identity.objects.filter(customer=world.customers[Group.INSIDE])[0].public_id,
                "field": "value",
                "reason_kind": "deliver",
                "reason": "The courier asks",
            }
        ),
        json({}),
    ),
    "api:reveal": read(on=reveals),
    "api:channels": read(),
    "api:contact-options": read("", "lang=en", public=True),
    "api:channel": read(on=channel_keys),
    "api:inbound-messages": write(
        json(
            {
                "message_id": "w-1",
                "sender": {"kind": "email", "value": "new@example.com", "name": "New"},
                "subject": "Hello",
                "text": "Hello",
            }
        ),
        json({}),
        on=api_channel,
    ),
    "api:inbound-message": read(on=passed_on),
    "api:snippets": _with(
        read(), json({"shortcut": "new", "title": {"en": "New"}, "body": {"en": "Hello"}}), json({"scope": "team"})
    ),
    "api:snippet": _with(read(on=snippets), json({"title": {"en": "Changed"}}, method="patch"), json(method="delete")),
    "api:tickets": _with(
        read("", "status=open", "is_merged=true", "is_spam=true", "sort=-created", "assignee=none"),
        json({"subject": "Task", "note": {"text": "Look"}}),
        json(lambda world: {"subject": "Task", "customer": world.customers[Group.ELSEWHERE].public_id}),
        json({"subject": 7}),
    ),
    "api:ticket": _with(read(on=tickets), json({"subject": "Another subject"}, method="patch")),
    "api:ticket-status": write(json({"status": "pending"}, method="put"), on=some_tickets),
    "api:ticket-assignment": write(
        json({"assignee": None}, method="put"), json({"assignee": "walk-vendor"}, method="put"), on=some_tickets
    ),
    "api:ticket-transfer": write(
        json({"assignee": "walk-vendor", "whisper": "Look"}),
        json({"queue": "sales"}),
        json({"to_house": True}),
        json({}),
        on=some_tickets,
    ),
    "api:ticket-watch": write(json(method="put"), json(method="delete"), on=some_tickets),
    "api:ticket-helpers": read(on=some_tickets),
    "api:ticket-helper": write(json(method="put"), json(method="delete"), on=helpers_of_tickets),
    "api:ticket-links": _with(
        read(on=some_tickets),
        json(lambda world: {"ticket": world.tickets[Group.ASIDE].number}),
        json(lambda world: {"ticket": world.tickets[Group.SELF_EMPLOYED].number}),
    ),
    "api:ticket-link": write(json(method="delete"), on=links),
    "api:ticket-merge": write(
        json(lambda world: {"into": world.tickets[Group.ASIDE].number}), json(method="delete"), on=some_tickets
    ),
    "api:ticket-spam": write(
        json({"is_spam": True}, method="put"),
        json({"is_spam": True, "block_sender": True}, method="put"),
        on=some_tickets,
    ),
    "api:ticket-history": read(on=tickets),
    "api:ticket-messages": _with(
        read("", "after_sequence=1", on=tickets),
        json({"kind": "reply", "html": "<p>Hello</p>"}),
        json({"kind": "note", "text": "Look", "mentions": ["walk-agent"]}),
        json(lambda world: {"kind": "note", "text": "x", "attachments": [world.agent_upload.public_id]}),
        json({}),
    ),
    "api:ticket-reply-routes": read(on=some_tickets),
    "api:ticket-timers": read(on=some_tickets),
    "api:ticket-reply-preview": write(json({"text": "Hello"}), json({"html": 7}), on=some_tickets),
    "api:ticket-proofs": write(
        json({"kind": "phone", "value": "+8613900001111"}),
        json(
            lambda world: {"identity": Identity.objects.filter(customer=world.customers[Group.ELSEWHERE])[0].public_id}
        ),
        json({}),
        on=some_tickets,
    ),
    "api:ticket-interactions": read(on=tickets),
    "api:message": _with(read(on=messages), json(method="delete")),
    "api:message-forward": write(json({"to": ["out@example.org"], "text": "See below"}), json({}), on=messages),
    "api:interactions": read("", "state=open"),
    "api:interaction": read(on=interactions),
    "api:attachments": write(
        upload(lambda world: {"ticket": world.tickets[Group.INSIDE].number}),
        upload(lambda world: {"ticket": world.tickets[Group.ELSEWHERE].number}),
    ),
    "api:attachment": read(on=attachments),
    "api:attachment-content": read(on=attachments),
    "api:events": read("", "after=3", "limit=1000"),
    "api:queues": read(),
    "api:survey-responses": read("", "score=1", "sort=answered_at"),
    "api:survey-response": read(on=ratings),
    "api:webhook-event-types": read(),
    "api:webhook-endpoints": _with(
        read(), json({"name": "CRM", "url": "http://127.0.0.1:9/hook", "events": ["*"]}), json({"events": ["nothing"]})
    ),
    "api:webhook-endpoint": _with(
        read(on=webhook_endpoints), json({"events": ["*"]}, method="patch"), json(method="delete")
    ),
    "api:webhook-state": write(json({"is_enabled": False}, method="put"), on=webhook_endpoints),
    "api:webhook-signing-key": write(json(), on=webhook_endpoints),
    "api:webhook-tests": write(json(), on=webhook_endpoints),
    "api:webhook-deliveries": read("", "state=failed", on=webhook_endpoints),
    "api:webhook-replays": _with(read(on=webhook_endpoints), json({"since": "2026-01-30T00:00:00Z"})),
    "api:webhook-delivery": read(on=webhook_deliveries),
    "api:webhook-attempts": _with(read(on=webhook_deliveries), json()),
    "api:alert-rules": _with(
        read(), json({"key": "walk", "name": {"en": "Walk"}, "measure": "waiting", "ways": ["screen"]}), json({})
    ),
    "api:alert-rule": _with(read(on=alert_rules), json({"limit": 3}, method="patch"), json(method="delete")),
    "api:alerts": read("", "state=open"),
    "api:alert": read(on=api_alerts),
    "api:alert-acknowledgement": write(json(method="put"), on=api_alerts),
    "api:categories": read(),
    "api:unknown": Surface(lambda world: [Place(None)], reads=(), methods=("get",), is_public=True),
}


def _no_provider(world: World) -> Iterator[Place]:
    """The world has none: whatever is named, is absent."""
    return iter([Place(None, {"key": "nowhere"}, is_absent=True)])


# --- Open to everybody ---------------------------------------------------------------------------------------------------

OPEN: dict[str, Surface] = {
    "start": Surface(methods=("post", "put", "patch", "delete"), is_public=True),
    "favicon": read(public=True),
    "javascript-catalog": read(public=True),
    "privacy:notice": read(on=lambda world: [Place(None, {"brand": "nobody"}, is_absent=True)], public=True),
    "privacy:notice-version": read(
        on=lambda world: [Place(None, {"brand": "nobody", "version": 1}, is_absent=True)], public=True
    ),
    # Names nobody, and is a secret by itself; a forged one is refused.
    "privacy:choices": Surface(
        lambda world: [Place(None, {"token": "forged:token:here"}, is_absent=True)],
        writes=(form({"purpose": "surveys"}),),
        is_public=True,
    ),
    "privacy:proof": Surface(
        lambda world: [Place(None, {"link": "never-sent"}, is_absent=True)], writes=(form({}),), is_public=True
    ),
    "privacy:ask": Surface(
        lambda world: [Place(None, {"token": "forged:token:here"}, is_absent=True)],
        reads=(),
        writes=(form({"kind": "erasure"}),),
        is_public=True,
    ),
    # Django's own; it does nothing but for POST.
    "set_language": Surface(
        reads=("",),
        writes=(form({"language": "en", "next": "/desk/"}),),
        is_public=True,
        methods=("put", "patch", "delete"),
    ),
    "accounts:sign-in": Surface(
        reads=("", "next=/desk/"),
        writes=(
            form({"username": "walk-agent", "password": "wrong"}),
            form({"username": "nobody", "password": "wrong"}),
        ),
        is_public=True,
    ),
    # Open to who typed the right password a moment ago; everybody else is sent back to the beginning.
    "accounts:second-factor": Surface(writes=(form({"code": "123456"}),), is_public=True),
    "accounts:second-factor-new": Surface(writes=(form({"code": "123456"}),), is_public=True),
    # Opens to who was given the link.
    "accounts:entry": Surface(
        lambda world: [Place(None, {"uid": "1", "token": "never-made"}, is_absent=True)],
        writes=(form({"password": "walked in here", "again": "walked in here"}),),
        is_public=True,
    ),
    "accounts:second-factor-removal": write(form()),
    **{
        f"accounts:{name}": Surface(_no_provider, reads, writes, is_public=True)
        for name, reads, writes in (
            ("sso", ("",), ()),
            ("sso-callback", ("", "code=x&state=y"), ()),
            ("sso-end", (), (form({"logout_token": "x.y.z"}),)),
            ("sso-leaving", ("",), ()),
        )
    },
    "accounts:sso-proof": read(on=_no_provider),
    "accounts:sso-connect": read(on=_no_provider),
    "accounts:sso-removal": write(form(), on=_no_provider),
    "accounts:recovery-codes": write(form()),
    "accounts:key-new": Surface(writes=(form({"name": "Walk", "answer": "{}"}),), is_public=True),
    "accounts:key-options": Surface(reads=(), writes=(form(),), is_public=True),
    "accounts:key-challenge": Surface(reads=(), writes=(form(),), is_public=True),
    "accounts:key": write(form({"name": "Walk"}), on=lambda world: iter([Place(None, {"key_id": 0}, is_absent=True)])),
    "accounts:key-removal": write(form(), on=lambda world: iter([Place(None, {"key_id": 0}, is_absent=True)])),
    "accounts:security": read(),
    "accounts:look-end": write(form()),
    "accounts:looks-read": write(form()),
    "accounts:session": write(form(), on=lambda world: iter([Place(None, {"session_id": "0" * 40}, is_absent=True)])),
    "accounts:other-sessions": write(form()),
    "accounts:proof": Surface(reads=("",), writes=(form({"password": "wrong"}),)),
    "accounts:time-left": Surface(writes=(form(),)),
    "accounts:sign-out": Surface(reads=(), writes=(form(),), is_public=True),
    "accounts:language": Surface(reads=(), writes=(form({"language": "en"}),), is_public=True),
    "conversation:page": Surface(
        reads=("", "t=nothing&lang=en"), writes=(form({"digits": "0000"}), form({"text": "Hello"})), is_public=True
    ),
    "conversation:confirmation": Surface(
        reads=("", "t=x:y:z&lang=en"), writes=(form({"agrees": "yes"}),), is_public=True
    ),
    "sla:contact": read("", "lang=en", public=True),
    "counter:kiosk": Surface(kiosks, ("", "lang=en"), (form({"service": "service-a"}), form()), is_public=True),
    "counter:display": Surface(displays, is_public=True, both=True),
    "counter:visitor": Surface(slips, is_public=True, both=True),
    "counter:slip": Surface(slips, is_public=True, both=True),
    "counter:visitor-leaving": Surface(slips, (), (form(),), is_public=True),
    "channels:form": Surface(form_channel, ("", "embed=1&lang=en"), (form({}),), is_public=True),
    "channels:form-embed": Surface(form_channel, is_public=True),
    "channels:form-received": Surface(received, is_public=True),
    # The world has no app, so all of them name a channel of another kind.
    **{
        f"channels:app-{name}": Surface(form_channel, reads, writes, is_public=True)
        for name, reads, writes in (
            ("session", ("",), (json({}),)),
            ("messages", ("", "after=1"), (json({}),)),
            ("receipts", (), (json({"read": 1}),)),
            ("files", (), (json({}),)),
            ("privacy", ("",), (json({"purpose": "surveys", "is_allowed": False}),)),
            ("privacy-requests", (), (json({"kind": "access"}),)),
        )
    },
    "channels:app-file": Surface(app_file, is_public=True),
    # Nor has it a chat.
    "livechat:loader": Surface(form_channel, is_public=True),
    "livechat:frame": Surface(form_channel, is_public=True),
    "livechat:typing": Surface(form_channel, (), (json({}),), is_public=True),
    "livechat:ending": Surface(form_channel, (), (json({}),), is_public=True),
    "livechat:rating": Surface(form_channel, ("",), (json({"visit": 1, "score": 5}),), is_public=True),
    "livechat:transcript": Surface(form_channel, (), (json({"email": "x@example.org"}),), is_public=True),
    "channels:hook": Surface(channel_keys, ("",), (Write("post", {"hello": 1}, "json"),), is_public=True),
    "channels:linked-file": Surface(linked_files, is_public=True),
}


def webhook_pages() -> dict[str, Surface]:
    """The steps that build a webhook channel. The world has none, so all of them name what is not there."""

    def absent(world: World) -> list[Place]:
        return [Place(None, {"pk": ABSENT_NUMBER}, is_absent=True)]

    steps = ("access", "message", "answers", "live")
    return {
        "admin:webhook-new": _with(read(), form()),
        **{f"admin:webhook-{step}": _with(read(on=absent), form()) for step in steps},
        **{f"admin:webhook-{step}": write(form(), on=absent) for step in ("former", "preview", "send", "try")},
        **{f"admin:webhook-{page}": read(on=absent) for page in ("last", "calls", "definition")},
    }


def outgoing_webhook_pages() -> dict[str, Surface]:
    """The world has no endpoint: see `webhook_endpoints`."""

    def absent(world: World) -> list[Place]:
        return [Place(None, {"pk": ABSENT_NUMBER}, is_absent=True)]

    return {
        "admin:outgoing-webhook": read("", "state=failed", "cursor=broken", on=absent),
        **{f"admin:outgoing-webhook-{part}": write(form(), on=absent) for part in ("test", "key", "state")},
        "admin:outgoing-webhook-replay": write(form({"since": "2026-01-30T00:00"}), form(), on=absent),
        "admin:outgoing-delivery": read(on=absent),
        "admin:outgoing-delivery-resend": write(form(), on=absent),
    }


# --- The administration --------------------------------------------------------------------------------------------------

ADMIN_PAGES: dict[str, Surface] = {
    "admin:index": _with(read(), form()),
    "admin:search": read("s=ticket"),
    "admin:livechat-widget": read(on=lambda world: [Place(None, {"pk": ABSENT_NUMBER}, is_absent=True)]),
    "admin:login": _with(read(), form()),
    "admin:logout": write(form()),
    "admin:password_change": _with(read(), form()),
    "admin:password_change_done": _with(read(), form()),
    "admin:autocomplete": read(
        "app_label=tickets&model_name=intakerule&field_name=queue&term=",
        "app_label=tickets&model_name=ticket&field_name=customer&term=",
        "app_label=customers&model_name=identity&field_name=customer&term=a",
    ),
    "admin:jsi18n": read(),
    "admin:view_on_site": read(on=lambda world: [Place(None, {"content_type_id": "1", "object_id": "1"})]),
    "admin:app_list": _with(read(on=lambda world: [Place(None, {"app_label": label}) for label in ADMIN_APPS]), form()),
    "admin:access": _with(read(), form()),
    "admin:skills": _with(read(), form()),
    "admin:vendor-people": read(on=lambda world: [Place(None, {"pk": world.users[Role.VENDOR].vendor_id})]),
    "admin:vendor-move": write(
        form(), on=lambda world: [Place(None, {"pk": world.users[Role.VENDOR].vendor_id, "move": "end"})]
    ),
    "admin:vendor-person": read(on=lambda world: [Place(None, {"pk": world.users[Role.VENDOR].pk})]),
    "admin:vendor-person-step": write(
        form({"to": "done"}), on=lambda world: [Place(None, {"pk": world.users[Role.VENDOR].pk, "step": ABSENT_NUMBER})]
    ),
    "admin:vendor-person-certificate": write(
        form({"level": "3", "until": "2030-01-01"}),
        on=lambda world: [Place(None, {"pk": world.users[Role.VENDOR].pk, "skill": "absent"})],
    ),
    "admin:vendor-person-move": write(
        form(), on=lambda world: [Place(None, {"pk": world.users[Role.VENDOR].pk, "move": "end"})]
    ),
    "admin:contract": read(on=rows_of_contracts),
    "admin:look": _with(
        read(on=lambda world: [Place(None, {"pk": world.users[Role.VENDOR].pk})]), form({"reason": "x"})
    ),
    "admin:retention": read(),
    "admin:data-map": read("", "q=phone", "all=1"),
    "admin:data-map-file": read(on=lambda world: [Place(None, {"kind": "csv"}), Place(None, {"kind": "xlsx"})]),
    "admin:contract-processing": read(on=rows_of_contracts),
    "admin:contract-ending": write(
        form({"declared_by": "x"}),
        on=lambda world: [Place(None, {"pk": ABSENT_NUMBER, "step": "files"}, is_absent=True)],
    ),
    "admin:contract-move": _with(
        read(on=lambda world: [Place(None, {"pk": ABSENT_NUMBER, "move": "end"}, is_absent=True)]),
        form({"reason": "x"}),
    ),
    "admin:incident": read(on=incidents),
    "admin:incident-export": write(form(), on=incidents),
    "admin:incident-move": write(form({"reason": "x"}), on=move_of_no_row),
    "admin:audit-pack": _with(read(), form()),
    "admin:export": read(on=exports),
    "admin:export-file": write(form(), on=exports),
    "admin:export-move": write(form({"reason": "x"}), on=move_of_no_row),
    "admin:privacy-request-new": _with(
        read("", "q=walk-nobody"),
        form({"kind": "access", "law": "pipl", "came_by": "mail"}),
    ),
    "admin:privacy-request": read(on=data_requests),
    "admin:privacy-step": write(form({"words": "x"}), on=steps_of_requests),
    "admin:privacy-package": write(form(), on=no_row),
    "admin:sla-trial": _with(read(), form()),
    "admin:routing-trial": _with(read("", "trial-ticket=1001", "trial-latest=x"), form()),
    "admin:routing-rules": _with(read(on=no_row), form()),
    "admin:routing-rules-order": write(form({"rule": "1"}), on=no_row),
    "admin:routing-rule-switch": write(form({"to": "off"}), on=no_row),
    "admin:calendar-year": read(
        on=lambda world: [Place(None, {"pk": row.pk, "year": 2026}) for row in Calendar.objects.all()]
    ),
    "admin:calendar-import": write(
        form({"year": "2026", "source": "cn"}),
        form({"year": "x"}),
        on=lambda world: [Place(None, {"pk": row.pk}) for row in Calendar.objects.all()],
    ),
    **webhook_pages(),
    **outgoing_webhook_pages(),
    "admin/(?P<url>.*)$": read(on=lambda world: [Place(None, {"url": "nothing/here"})]),
}

Rows = Callable[[World], Iterable[Any]]


def _rows_of(name: str) -> Rows:
    return lambda world: list(getattr(world, name).values())


# Every registered model, and which of its rows are opened.
ADMIN_MODELS: dict[str, Rows] = {
    "alerts.alertrule": lambda world: [],
    "alerts.alert": lambda world: [],
    "outsourcing.impactassessment": lambda world: _all("outsourcing", "ImpactAssessment"),
    "compliance.incident": lambda world: _all("compliance", "Incident"),
    "compliance.export": lambda world: _all("compliance", "Export"),
    "core.auditentry": lambda world: AuditEntry.objects.filter(action="walk.planted"),
    "core.event": lambda world: [],
    "core.datakey": lambda world: _all("core", "DataKey"),
    "accounts.skill": lambda world: [],
    "accounts.identityprovider": lambda world: [],
    "accounts.staffsession": lambda world: _all("accounts", "StaffSession"),
    "accounts.agentskill": lambda world: [],
    "accounts.look": lambda world: [],
    "outsourcing.supportaccess": lambda world: [],
    "accounts.role": lambda world: [world.users[Role.VENDOR].role],
    "accounts.team": lambda world: [],
    "accounts.vendor": lambda world: [world.users[Role.VENDOR].vendor],
    "accounts.brand": lambda world: [world.channels["support"].brand],
    "accounts.apitoken": lambda world: world.users[Role.AGENT].api_tokens.all(),
    "accounts.user": lambda world: [world.users[Role.AGENT]],
    "privacy.lenspolicy": lambda world: [],
    "privacy.datasubjectrequest": lambda world: _all("privacy", "DataSubjectRequest"),
    "privacy.privacynotice": lambda world: [],
    "privacy.legalhold": lambda world: _all("privacy", "LegalHold"),
    "privacy.requestterm": lambda world: [],
    "privacy.retentionrule": lambda world: [],
    "privacy.retentionrun": lambda world: [],
    "privacy.reveal": lambda world: [world.reveal],
    "privacy.revealpolicy": lambda world: [],
    "privacy.screenpolicy": lambda world: [],
    "customers.customer": _rows_of("customers"),
    "customers.organization": lambda world: [row for _group, row in world.organizations],
    "customers.tag": lambda world: [world.tag],
    "automation.webhookendpoint": lambda world: [],
    "contact_channels.blockedsender": lambda world: _all("contact_channels", "blockedsender"),
    "contact_channels.channel": _rows_of("channels"),
    "contact_channels.inboundevent": lambda world: [world.parked],
    "contact_channels.delivery": lambda world: [world.failed],
    "counter.branch": lambda world: [world.window.branch if world.window else None],
    "counter.servicetype": lambda world: [],
    "counter.window": lambda world: [world.window],
    "livechat.invitation": lambda world: [],
    "metrics.servicegoal": lambda world: [],
    "outsourcing.contract": lambda world: _all("outsourcing", "Contract"),
    "knowledge.snippet": lambda world: [world.shared_snippet, world.agent_snippet],
    "qa.survey": lambda world: [world.ratings[0][1].survey],
    "routing.routingqueue": lambda world: [],
    "routing.routingrule": lambda world: [],
    "routing.learnedrecord": lambda world: [],
    "routing.vendorattempt": lambda world: [],
    "routing.breakreason": lambda world: [],
    "tickets.handoverreason": lambda world: [],
    "routing.capacityrule": lambda world: [],
    "routing.agentstatechange": lambda world: [],
    "sla.calendar": lambda world: Calendar.objects.all()[:1],
    "sla.calendarday": lambda world: [],
    "sla.channelpolicy": lambda world: [],
    "sla.policy": lambda world: [],
    "tickets.queue": lambda world: [world.queues["care"]],
    "tickets.category": lambda world: [],
    "tickets.savedview": lambda world: [world.agent_view],
    "tickets.contentrule": lambda world: [],
    "tickets.intakerule": lambda world: IntakeRule.objects.all()[:1],
    "tickets.ticket": _rows_of("tickets"),
}
ADMIN_APPS = sorted({label.partition(".")[0] for label in ADMIN_MODELS})


def _all(app: str, model: str) -> Iterable[Any]:
    from django.apps import apps

    return apps.get_model(app, model)._default_manager.all()


def _objects(rows: Rows) -> Places:
    return lambda world: [Place(None, {"object_id": str(row.pk)}) for row in rows(world) if row is not None]


def admin_surfaces() -> dict[str, Surface]:
    """The pages that the administration makes for each model."""
    found = dict(ADMIN_PAGES)
    for label, rows in ADMIN_MODELS.items():
        stem, on = f"admin:{label.replace('.', '_')}", _objects(rows)
        found[f"{stem}_changelist"] = _with(read("", "q=1001"), form())
        found[f"{stem}_add"] = _with(read(), form())
        found[f"{stem}_change"] = _with(read(on=on), form())
        found[f"{stem}_delete"] = _with(read(on=on), form())
        found[f"{stem}_history"] = _with(read(on=on))
        found[f"admin/{label.replace('.', '/')}/<path:object_id>/"] = read(on=on)
    return found


def all_surfaces() -> dict[str, Surface]:
    return {**DESK, **API, **OPEN, **admin_surfaces()}


# --- What is no address --------------------------------------------------------------------------------------------------

# Files that leave: routes whose answers are downloads.
EXPORTS = frozenset(
    {
        "tickets:attachment",
        "tickets:upload",
        "api:attachment-content",
        "channels:parked-original",
        "api:schema",
        "workbench:scorecard-file",
        "workbench:statement-file",
        "admin:data-map-file",
    }
)

# Sockets: consumer → (what the browser says to it, what the layer says to it).
SOCKETS = {"DeskConsumer": ({"view", "typing"}, {"live_hint"})}
# Sockets of customers' clients: address → what the client may ask, beside proving who it is.
PUBLIC_SOCKETS = {
    "app/v1/<slug:key>/socket/": {
        "message.create",
        "messages.list",
        "receipt",
        "typing",
        "chat.end",
        "chat.rating",
        "chat.rate",
        "chat.transcript",
    }
}
# What a frame may hold. Ids and versions only: a page then asks the ordinary view.
FRAME = frozenset({"kind", "id", "version", "position"})

# Background tasks by name. Their arguments lie in the broker, so none may carry data.
TASKS = frozenset({"core.look"})

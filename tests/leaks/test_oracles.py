"""Hidden values cannot be guessed: whatever they are, lists, order, counts, searches and filters answer the same.

Differential tests: every answer is taken down, a hidden value is exchanged for another one, and every answer is the
same afterwards, byte for byte.
"""

from __future__ import annotations

import re
from html import unescape
from urllib.parse import unquote_plus

import pytest
import time_machine

from apps.core.clock import now
from apps.customers.identities import tail_of
from apps.customers.models import Customer, CustomerNote, Identity
from apps.privacy.detection import find_spans, pack
from apps.privacy.enums import FieldClass, Mode
from apps.privacy.pseudonyms import ALPHABET, LENGTH
from apps.tickets.models import Message, SearchRow, Ticket
from apps.tickets.services.searching import index_message, index_subject
from tests.factories.privacy import LensPolicyFactory
from tests.leaks.finding import Finder, folded
from tests.leaks.planted import Group, Planted, Role, mobile
from tests.leaks.surfaces import API, DESK
from tests.leaks.walking import Call, body_of, is_hidden, reads_of, routes, undone, without_changes
from tests.leaks.world import World

pytestmark = [pytest.mark.integration, pytest.mark.timeout(300)]

VENDORS = (Role.VENDOR, Role.VENDOR_TOKEN)
# What lists, counts and orders, and what shows one thing.
ASKED = (
    "workbench:views", "workbench:list", "workbench:counts", "workbench:search", "workbench:customers", "workbench:ticket",
    "workbench:customer", "workbench:ticket-mentions", "workbench:live",
    "api:tickets", "api:ticket", "api:customers", "api:customer", "api:organizations", "api:identities", "api:interactions",
    "api:ticket-messages", "api:ticket-history", "api:events", "api:users",
)  # fmt: skip

# Nobody's, what holds the exchanged values, and what is hidden.
COMPARED = {None, Group.INSIDE, Group.ELSEWHERE}


MODES = (Mode.MASKED, Mode.TOKENIZED, Mode.HIDDEN)


def shown_by(world: World, mode: Mode) -> None:
    """To the vendor, everything that is personal is shown in this way, also where it stands in a text. Masked is what
    the world begins with.
    """
    role = world.users[Role.VENDOR].role
    assert role is not None
    kinds = set(FieldClass) - {FieldClass.FREE_TEXT} if mode is not Mode.MASKED else ()
    for kind in kinds:
        LensPolicyFactory(role=role, field_class=kind, mode=mode)


_TOKEN = re.compile(rf"(?<![0-9A-Za-z])[{ALPHABET}]{{{LENGTH}}}(?![0-9A-Za-z])")
_INITIALS = re.compile(r'(<span class="avatar"[^>]*>)[^<]{1,2}')


def unnamed(text: str) -> str:
    """Without pseudonyms: another value has another one, which is all that they tell."""
    return _TOKEN.sub("·", _INITIALS.sub(r"\1·", text))


def answers(world: World, role: Role) -> dict[str, str]:
    """Every answer that the role gets, by what was asked; headers that name the moment are left out."""
    client, there, found = world.client(role), routes(), {}
    for name in ASKED:
        route = there[name]
        if route.is_api != (role is Role.VENDOR_TOKEN):
            continue
        surface = {**DESK, **API}[name]
        for call in reads_of(route, surface, world, role):
            if call.place.group not in COMPARED:
                continue
            with undone():
                response = call.send(client, world)
                found[str(call)] = f"{response.status_code} {unnamed(without_changes(body_of(response).decode()))}"
    return found


# What is exchanged. What a masked viewer sees of a value (its ends) stays.


def exchange_hidden_parts(world: World) -> None:
    """Other digits and letters of the inside customer, behind the same mask."""
    planted = Planted(Group.INSIDE)
    customer = world.customers[Group.INSIDE]
    other = {planted.given: f"{planted.given[0]}曈", planted.phone: f"{planted.phone[:3]}9090{planted.phone[7:]}"}
    for line in range(1, 9):
        number = mobile(planted.index, line)
        other[number] = f"{number[:3]}9090{number[7:]}"
    _rewrite(customer, other)


def exchange_whole_values(world: World) -> None:
    """Other ends and another length, too: who is shown nothing of a value learns neither."""
    planted = Planted(Group.INSIDE)
    other = {planted.name: "马晓峰", planted.given: "晓峰", planted.phone: "19933334444"}
    for line in range(1, 9):
        other[mobile(planted.index, line)] = f"1993333{line:04d}"
    _rewrite(world.customers[Group.INSIDE], other)


def exchange_everything_outside(world: World) -> None:
    """Whatever the vendor does not see may be anything at all."""
    for group in (Group.ELSEWHERE, Group.IN_HOUSE, Group.EXPIRED):
        number = f"1370000000{Planted(group).index}"
        _rewrite(world.customers[group], {Planted(group).name: "另外一人", Planted(group).phone: number})
        ticket = world.tickets[group]
        ticket.subject = "Completely different, and much longer than before"
        ticket.save(update_fields=["subject"])


def _rewrite(customer: Customer, other: dict[str, str]) -> None:
    def exchanged(text: str) -> str:
        for old, new in other.items():
            dashed = f"{old[:3]}-{old[3:7]}-{old[7:]}"
            text = text.replace(old, new).replace(dashed, f"{new[:3]}-{new[3:7]}-{new[7:]}")
            text = text.replace(" ".join(old), " ".join(new))
        return text

    customer = Customer.objects.get(pk=customer.pk)
    customer.name = exchanged(customer.name)
    customer.save(update_fields=["name"])
    for identity in Identity.objects.filter(customer=customer):
        identity.value = exchanged(identity.value)
        identity.tail = tail_of(identity.kind, identity.value)
        identity.save(update_fields=["value", "tail"])
    for note in CustomerNote.objects.filter(customer=customer):
        note.body = exchanged(note.body)
        note.save(update_fields=["body"])
    for ticket in Ticket.objects.filter(customer=customer):
        ticket.subject, ticket.preview = exchanged(ticket.subject), exchanged(ticket.preview)
        ticket.save(update_fields=["subject", "preview"])
        SearchRow.objects.filter(ticket_id=ticket.pk).delete()
        index_subject(ticket)
        for message in Message.objects.filter(ticket=ticket):
            message.text, message.html = exchanged(message.text), exchanged(message.html)
            message.quoted = exchanged(message.quoted)
            message.spans = pack(find_spans(message.text))
            message.save(update_fields=["text", "html", "quoted", "spans"])
            index_message(ticket, message)


@pytest.mark.parametrize("mode", MODES, ids=lambda mode: mode.value)
@pytest.mark.parametrize("role", VENDORS, ids=lambda role: role.value)
def test_answers_do_not_depend_on_what_is_hidden(world: World, role: Role, mode: Mode) -> None:
    shown_by(world, mode)
    with time_machine.travel(now(), tick=False):
        before = answers(world, role)
        with undone():
            (exchange_hidden_parts if mode is Mode.MASKED else exchange_whole_values)(world)
            exchange_everything_outside(world)
            after = answers(world, role)
    different = [
        f"{asked}\n  {_difference(before[asked], after[asked])}" for asked in before if before[asked] != after[asked]
    ]
    assert len(before) > 30
    assert not different, "\n".join(different)


def test_the_exchange_shows_to_who_may_see_it(world: World) -> None:
    """Else the comparison would compare nothing."""
    there = routes()
    ticket = next(
        call
        for call in reads_of(there["workbench:ticket"], DESK["workbench:ticket"], world, Role.AGENT)
        if call.place.group is Group.INSIDE
    )
    before = body_of(ticket.send(world.client(Role.AGENT), world)).decode()
    exchange_hidden_parts(world)
    after = body_of(ticket.send(world.client(Role.AGENT), world)).decode()
    exchanged = f"{Planted(Group.INSIDE).given[0]}曈"
    assert exchanged in after
    assert exchanged not in before


def _difference(one: str, other: str) -> str:
    shorter = min(len(one), len(other))
    at = next((place for place, (left, right) in enumerate(zip(one, other, strict=False)) if left != right), shorter)
    return f"…{one[max(0, at - 80) : at + 80]!r}\n  …{other[max(0, at - 80) : at + 80]!r}"


# Searching, with the hidden value typed in


def typed(world: World) -> list[str]:
    """Whole values and parts of them, planted inside behind the mask and outside of scope."""
    inside, elsewhere, company = Planted(Group.INSIDE), Planted(Group.ELSEWHERE), Planted(Group.ELSEWHERE_COMPANY)
    return [
        mobile(inside.index, 1),
        mobile(inside.index, 1)[:7],
        mobile(inside.index, 7),
        inside.name,
        inside.name[2:],
        inside.id_number,
        inside.card,
        inside.handle,
        inside.street[:3],
        inside.latin[0],
        inside.latin[1],
        inside.domain,
        f"@{inside.domain}",
        inside.phone[-4:],
        elsewhere.name,
        elsewhere.email,
        elsewhere.phone,
        elsewhere.domain,
        elsewhere.phone[-4:],
        elsewhere.word("bod"),
        elsewhere.word("sub"),
        company.word("sub"),
        str(world.tickets[Group.ELSEWHERE].number),
        str(world.tickets[Group.EXPIRED].number),
        Planted(Group.IN_HOUSE).word("bod"),
        Planted(Group.LONELY).email,
    ]


# Typed in the same ways, and nobody's.
INVENTED = (
    "99999999999",
    "9876",
    "987654321098765432",
    "qqqqqqqqqqq",
    "无此人",
    "nobody@nowhere.example",
    "@nowhere.example",
)


_DRAWING = re.compile(r"<svg.*?</svg>", re.DOTALL)


@pytest.mark.parametrize("mode", MODES, ids=lambda mode: mode.value)
@pytest.mark.parametrize("page", ["/desk/search/", "/desk/customers/"])
def test_a_hidden_value_finds_what_an_invented_one_finds(world: World, page: str, mode: Mode) -> None:
    """Equal to the byte but for what was typed: no hit, no count, no word more."""
    shown_by(world, mode)
    client, headers, wrong = world.client(Role.VENDOR), {"HX-Request": "true"}, []

    def ask(text: str) -> str:
        with undone():
            body = body_of(client.get(page, {"q": text}, headers=headers)).decode()
        # Drawings are full of numbers, among them perhaps the one that was typed.
        body = _DRAWING.sub("", without_changes(body))
        return folded(unquote_plus(unescape(body))).replace(folded(text), "")

    nothing = {ask(text) for text in INVENTED}
    for text in typed(world) if mode is Mode.MASKED else typed(world)[::2]:
        answer = ask(text)
        if answer not in nothing:
            wrong.append(f"{text}: {_difference(next(iter(nothing)), answer)}")
    assert not wrong, "\n".join(wrong)


def test_a_known_value_finds_its_customer_masked_and_only_inside(world: World) -> None:
    """Who was told a whole number may look it up: inside of their scope, and sees no more than before."""
    client, finder = world.client(Role.VENDOR), Finder(world.secrets)
    inside = body_of(client.get("/desk/customers/", {"q": Planted(Group.INSIDE).phone})).decode()
    assert world.customers[Group.INSIDE].public_id in inside
    typed_in = {find.secret.label for find in finder.find(inside) if not find.secret.is_open_to(Role.VENDOR)}
    assert typed_in == {"phone"}
    for group in (Group.ELSEWHERE, Group.IN_HOUSE, Group.EXPIRED, Group.LONELY):
        answer = body_of(client.get("/desk/customers/", {"q": Planted(group).phone})).decode()
        assert world.customers[group].public_id not in answer


# Parameters that reach for columns (bad input 75, 81)

HIDDEN_COLUMNS = (
    "name_index", "customer__identities__value", "assignee__password", "channel__secrets", "payload", "preview", "terms",
)  # fmt: skip
LOOKUPS = ("", "__startswith", "__gt")


@pytest.mark.parametrize("name", ["api:tickets", "api:customers", "api:organizations", "api:users", "api:interactions"])
def test_no_parameter_of_the_api_reaches_a_column(world: World, name: str) -> None:
    client, path = world.client(Role.VENDOR_TOKEN), Call(routes()[name], next(iter(API[name].places(world)))).path()
    for column in HIDDEN_COLUMNS:
        for lookup in LOOKUPS:
            assert client.get(path, {f"{column}{lookup}": "1"}).status_code == 400, f"{name}?{column}{lookup}"
        assert client.get(path, {"sort": f"-{column}"}).status_code == 400, f"{name}?sort=-{column}"
    for choice in ("fields", "include", "expand", "omit", "format"):
        assert client.get(path, {choice: HIDDEN_COLUMNS[0]}).status_code == 400, f"{name}?{choice}"


def test_no_parameter_of_the_desk_changes_a_list_by_a_column(world: World) -> None:
    client = world.client(Role.VENDOR)

    def rows(**query: str) -> str:
        with undone():
            body = body_of(client.get("/desk/views/open/", query, headers={"HX-Request": "true"})).decode()
        return without_changes(body)

    with time_machine.travel(now(), tick=False):  # rows tell how long ago things were
        plain = rows()
        for column in HIDDEN_COLUMNS:
            for query in (
                {column: "1"},
                {f"{column}__startswith": "1"},
                {"sort": column},
            ):
                assert rows(**query) == plain, query


@pytest.mark.parametrize("model", ["customers/customer", "tickets/ticket", "accounts/user", "contact_channels/channel"])
def test_no_filter_of_the_administration_reaches_a_column(world: World, model: str) -> None:
    client = world.client(Role.MANAGER)
    for column in HIDDEN_COLUMNS:
        with undone():
            response = client.get(f"/admin/{model}/", {f"{column}__startswith": "1"})
        assert response.status_code in {302, 400}, f"{model}?{column} {response.status_code}"


def test_every_hidden_place_is_hidden_from_the_vendor(world: World) -> None:
    """The world has something outside of scope in each way, else the tests above compare nothing."""
    surface = DESK["workbench:ticket"]
    hidden = {place.group for place in surface.places(world) if is_hidden(Role.VENDOR, place)}
    assert hidden == {Group.IN_HOUSE, Group.EXPIRED, Group.ELSEWHERE, Group.ASIDE, Group.JOINED}

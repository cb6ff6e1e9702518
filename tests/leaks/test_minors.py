"""A minor among what is planted: who sees everybody else as they are, and not minors, meets no value of theirs.

The customer inside is marked as a minor with a guardian, and in-house people walk again with the stricter expectation.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytest_django.plugin import DjangoDbBlocker

from apps.core.clock import now
from apps.customers.models import Customer
from apps.customers.services.customers import add_note
from apps.customers.services.minors import GuardianInput, set_minor
from apps.privacy.lens import Lens
from tests.leaks.finding import Finder
from tests.leaks.planted import Group, Planted, Role, Secret, mobile
from tests.leaks.surfaces import all_surfaces
from tests.leaks.walking import Call, Place, everything_of, routes, undone
from tests.leaks.world import World

pytestmark = [pytest.mark.integration, pytest.mark.timeout(300)]

# In-house people who see everybody else as they are.
WITHOUT = (Role.SUPERVISOR, Role.AGENT, Role.AGENT_TOKEN)
GUARDIAN = (
    Secret("name of the guardian", "慕容堃渤", Group.INSIDE),
    Secret("phone of the guardian", mobile(15, 2), Group.INSIDE),
)


@pytest.fixture(scope="module")
def minors_world(built_world: World, django_db_blocker: DjangoDbBlocker) -> Iterator[World]:
    with django_db_blocker.unblock(), undone():
        _mark(built_world)
        yield built_world


def _mark(world: World) -> None:
    by, customer = world.actor(Role.MANAGER), Customer.objects.get(pk=world.customers[Group.INSIDE].pk)
    name, phone = (secret.text for secret in GUARDIAN)
    guardian = GuardianInput(name=name, handle=phone, consented_on=now().date())
    set_minor(customer=customer, is_minor=True, guardian=guardian, by=by)
    add_note(customer=Customer.objects.get(pk=customer.pk), body=f"Ask {name} at {phone}.", by=by)


def secrets_of(world: World) -> list[Secret]:
    return [row for row in world.secrets if row.group is Group.INSIDE and row.is_personal] + list(GUARDIAN)


def _calls(world: World, role: Role) -> Iterator[Call]:
    for name, surface in all_surfaces().items():
        route = routes().get(name)
        if route is None or not surface.reads or route.is_api != (role is Role.AGENT_TOKEN):
            continue
        for place in _asked(surface.places(world)):
            for query in surface.reads:
                if surface.both:
                    yield Call(route, place, query=query, htmx=True)
                if not surface.both or query == surface.reads[0]:
                    yield Call(route, place, query=query)


def _asked(places: Iterator[Place]) -> Iterator[Place]:
    """What is of the minor, and what is of nobody."""
    return (place for place in places if place.group is Group.INSIDE or (place.group is None and not place.is_absent))


@pytest.mark.parametrize("role", WITHOUT, ids=lambda role: role.value)
def test_no_answer_shows_a_minor_to_who_may_not_see_them(minors_world: World, role: Role, record_property) -> None:
    finder, client, wrong, asked = Finder(secrets_of(minors_world)), minors_world.client(role), [], 0
    client.raise_request_exception = False
    for call in _calls(minors_world, role):
        with undone():
            response = call.send(client, minors_world)
            wrong += [f"{call} shows {find}" for find in finder.find(*everything_of(response))]
        wrong += [f"{call} answered {response.status_code}"] if response.status_code >= 500 else []
        asked += response.status_code == 200
    record_property("walk", f"{role.value}, a minor: {asked} answers, {len(wrong)} found")
    assert not wrong, "\n".join(sorted(set(wrong)))
    assert asked > 30


def test_who_may_see_minors_sees_them_as_they_are(minors_world: World) -> None:
    """Else the walk would find nothing because nothing is there."""
    finder, client = Finder(secrets_of(minors_world)), minors_world.client(Role.MANAGER)
    number, customer = minors_world.tickets[Group.INSIDE].number, minors_world.customers[Group.INSIDE].public_id
    seen: set[str] = set()
    for path in (f"/desk/tickets/{number}/", f"/desk/customers/{customer}/"):
        seen |= {find.secret.label for find in finder.find(*everything_of(client.get(path)))}
    assert seen >= {"name", "phone", "identity document", "name of the guardian", "phone of the guardian"}


def test_the_walk_would_find_what_is_shown_without_the_stricter_lens(
    minors_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Lens, "of", lambda lens, is_minor: lens)
    finder, client = Finder(secrets_of(minors_world)), minors_world.client(Role.AGENT)
    answer = client.get(f"/desk/tickets/{minors_world.tickets[Group.INSIDE].number}/")
    assert {find.secret.label for find in finder.find(*everything_of(answer))} >= {"name", "phone"}


@pytest.mark.parametrize("page", ["/desk/search/", "/desk/customers/"])
def test_what_is_masked_of_a_minor_finds_nobody(minors_world: World, page: str) -> None:
    planted, client = Planted(Group.INSIDE), minors_world.client(Role.AGENT)
    mine = (str(minors_world.tickets[Group.INSIDE].number), minors_world.customers[Group.INSIDE].public_id)
    typed = (
        planted.name,
        planted.phone[-4:],
        planted.domain,
        planted.id_number,
        planted.card,
        mobile(planted.index, 1),
    )
    for text in typed:
        with undone():
            answer = client.get(page, {"q": text}, headers={"HX-Request": "true"}).content.decode()
        found = [one for one in mine if f"/{one}/" in answer]
        assert not found, f"{text} finds {found}"
    told = client.get("/desk/customers/", {"q": planted.phone}).content.decode()
    assert mine[1] in told, "who was told a whole number may look it up"

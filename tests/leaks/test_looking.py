"""A manager who sees the desk as somebody else gets that person's answers: nothing more, and nothing is written."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import pytest
from django.apps import apps
from django.test import Client

from apps.accounts.models import Look, StaffSession, User
from apps.core.actor import as_seen_by, person
from apps.core.clock import now
from tests.leaks.planted import Role
from tests.leaks.surfaces import all_surfaces
from tests.leaks.test_reading import walk
from tests.leaks.world import World

pytestmark = [pytest.mark.integration, pytest.mark.timeout(300)]


@dataclass
class Behind:
    """The world in which whoever comes as `seen_as` is the manager."""

    world: World

    def __getattr__(self, name: str) -> object:
        return getattr(self.world, name)

    def client(self, role: Role) -> Client:
        client = self.world.client(Role.MANAGER)
        look = Look.objects.create(
            user=self.world.users[Role.MANAGER],
            seen_as=self.world.users[role],
            reason="The walk.",
            began=now(),
            ends_at=now() + timedelta(hours=1),
        )
        StaffSession.objects.filter(user=look.user).update(look=look)
        return client


def test_no_page_shows_more_than_the_other_sees(world: World) -> None:
    pages = {name: surface for name, surface in all_surfaces().items() if name.startswith("workbench:")}
    done = walk(Behind(world), Role.VENDOR, pages)  # type: ignore[arg-type]  # stands in for the world
    assert not done.wrong, "\n".join(sorted(set(done.wrong)))
    assert done.seen, "The walk met nothing of what the other does see."
    assert {"workbench:ticket", "workbench:list"} <= done.opened


@pytest.mark.parametrize("closed", ["admin:index", "accounts:security"])
def test_what_is_closed_meanwhile_is_closed_for_managers_too(world: World, closed: str) -> None:
    done = walk(Behind(world), Role.VENDOR, {closed: all_surfaces()[closed]})  # type: ignore[arg-type]  # see above
    assert not done.wrong
    assert not done.opened


def test_every_door_opens_for_both_or_not_at_all(world: World) -> None:
    """Each `visible_to` there is, whoever is behind whom."""
    scoped = [model for model in apps.get_models() if hasattr(model._default_manager.get_queryset(), "visible_to")]
    assert len(scoped) > 50
    pairs = [
        (Role.AGENT, Role.MANAGER),
        (Role.VENDOR, Role.MANAGER),
        (Role.NEIGHBOUR, Role.AGENT),
        (Role.SUPERVISOR, Role.AGENT),
    ]
    people = {
        role: User.objects.select_related("role", "vendor").get(pk=world.users[role].pk)
        for role in Role
        if role in world.users
    }
    wider = []
    for one, another in pairs:
        actors = as_seen_by(people[one], behind=people[another]), person(people[one]), person(people[another])
        for model in scoped:
            both, first, second = (
                set(model._default_manager.get_queryset().visible_to(actor).values_list("pk", flat=True))
                for actor in actors
            )
            if not both <= first & second:
                wider.append(f"{model._meta.label} as {one.value}, behind it {another.value}")
    assert not wider, "\n".join(wider)

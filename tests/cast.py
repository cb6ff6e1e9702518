"""The people that tests speak of. They have no grants of queues and channels: a test grants what it needs to teams.

agent and teammate work in `team`, the supervisor and the manager see everything, the outsourcing agent works in the
team of a vendor, and the stranger is an in-house agent of another team.
"""

from collections.abc import Callable

import pytest

from apps.accounts.models import Team, User, Vendor
from apps.core.actor import Actor, Face, person
from tests.factories.accounts import TeamFactory, UserFactory, VendorFactory

CAST = ("agent", "teammate", "supervisor", "manager", "outsourcing_agent", "stranger")


@pytest.fixture
def team(db: None) -> Team:
    return TeamFactory(key="care")


@pytest.fixture
def other_team(db: None) -> Team:
    return TeamFactory(key="sales")


@pytest.fixture
def vendor(db: None) -> Vendor:
    return VendorFactory(key="brightline")


@pytest.fixture
def vendor_team(vendor: Vendor) -> Team:
    return TeamFactory(key="brightline-day", vendor=vendor)


@pytest.fixture
def agent(team: Team) -> User:
    return UserFactory(username="alice", display_name="Alice Agent", teams=[team])


@pytest.fixture
def teammate(team: Team) -> User:
    return UserFactory(username="tom", display_name="Tom Teammate", teams=[team])


@pytest.fixture
def supervisor(team: Team) -> User:
    return UserFactory(username="susan", display_name="Susan Supervisor", role="supervisor", teams=[team])


@pytest.fixture
def manager(db: None) -> User:
    return UserFactory(username="mary", display_name="Mary Manager", role="manager", is_staff=True)


@pytest.fixture
def outsourcing_agent(vendor: Vendor, vendor_team: Team) -> User:
    return UserFactory(
        username="oliver", display_name="Oliver Outsourced", role="vendor_agent", vendor=vendor, teams=[vendor_team]
    )


@pytest.fixture
def stranger(other_team: Team) -> User:
    return UserFactory(username="steve", display_name="Steve Stranger", teams=[other_team])


@pytest.fixture
def cast(
    agent: User, teammate: User, supervisor: User, manager: User, outsourcing_agent: User, stranger: User
) -> dict[str, User]:
    return dict(zip(CAST, (agent, teammate, supervisor, manager, outsourcing_agent, stranger), strict=True))


@pytest.fixture
def acting() -> Callable[..., Actor]:
    """`acting(agent)`: a fresh actor, as a new request would have it: nothing remembered from before."""

    def act(user: User, face: Face = Face.DESK) -> Actor:
        return person(User.objects.select_related("role", "vendor").get(pk=user.pk), face)

    return act

"""What grants open. Channels stand for queues and categories, too: the codename tells the kinds apart here."""

import pytest

from apps.accounts import access as access_module
from apps.accounts.access import Access, access_of, group_grants, register_grants
from apps.accounts.models import Team, User, Vendor
from apps.channels.models import Channel, ChannelGroupObjectPermission
from apps.core.actor import SYSTEM, Actor, ActorKind, Face
from apps.core.actor import token as token_actor
from tests.cast import CAST
from tests.factories.accounts import BrandFactory, TeamFactory

pytestmark = pytest.mark.integration


@pytest.fixture(autouse=True)
def sources(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(access_module, "_sources", {})
    register_grants("channel", group_grants(ChannelGroupObjectPermission, "serve_channel"))
    register_grants("queue", group_grants(ChannelGroupObjectPermission, "view_channel"))
    register_grants("category", group_grants(ChannelGroupObjectPermission, "change_channel"))


@pytest.fixture
def channel(db: None) -> Channel:
    return Channel.objects.create(key="mail", brand=BrandFactory(), kind="email", name={"en": "Mail"})


def grant(team: Team, channel: Channel, codename: str) -> None:
    from django.contrib.auth.models import Permission

    permission = Permission.objects.get(content_type__app_label="contact_channels", codename=codename)
    ChannelGroupObjectPermission.objects.create(group=team.group, permission=permission, content_object=channel)


def opened(access: Access) -> tuple[object, ...]:
    return (
        access.sees_all,
        access.is_outsourced,
        bool(access.queue_ids),
        bool(access.channel_ids),
        None if access.category_ids is None else bool(access.category_ids),
        access.closed_days,
    )


def test_what_each_of_the_cast_may_reach(
    cast: dict[str, User], team: Team, vendor_team: Team, channel: Channel, acting
) -> None:
    for each in (team, vendor_team):
        grant(each, channel, "serve_channel")
        grant(each, channel, "view_channel")

    assert {name: opened(access_of(acting(cast[name]))) for name in CAST} == {
        "agent": (False, False, True, True, None, None),
        "teammate": (False, False, True, True, None, None),
        "supervisor": (True, False, True, True, None, None),
        "manager": (True, False, False, False, None, None),
        "outsourcing_agent": (False, True, True, True, None, 7),
        "stranger": (False, False, False, False, None, None),
    }


def test_granted_ids_are_read_in_one_query_and_once(
    agent: User, team: Team, channel: Channel, acting, django_assert_num_queries
) -> None:
    grant(team, channel, "serve_channel")
    actor = acting(agent)
    with django_assert_num_queries(1):
        assert access_of(actor).channel_ids == (channel.pk,)
        assert access_of(actor).queue_ids == ()


def test_two_teams_with_one_grant_give_it_once(agent: User, team: Team, channel: Channel, acting) -> None:
    second = TeamFactory()
    agent.groups.add(second.group)
    for each in (team, second):
        grant(each, channel, "view_channel")
    assert access_of(acting(agent)).queue_ids == (channel.pk,)


def test_team_that_is_switched_off_gives_nothing(agent: User, team: Team, channel: Channel, acting) -> None:
    grant(team, channel, "view_channel")
    team.is_active = False
    team.save()
    assert access_of(acting(agent)).queue_ids == ()


def test_categories_limit_a_vendor_once_granted_or_when_it_is_marked_so(
    outsourcing_agent: User, agent: User, vendor: Vendor, vendor_team: Team, team: Team, channel: Channel, acting
) -> None:
    assert access_of(acting(outsourcing_agent)).category_ids is None
    vendor.limits_categories = True
    vendor.save()
    assert access_of(acting(outsourcing_agent)).category_ids == ()
    grant(vendor_team, channel, "change_channel")
    grant(team, channel, "change_channel")
    assert access_of(acting(outsourcing_agent)).category_ids == (channel.pk,)
    assert access_of(acting(agent)).category_ids is None


def test_vendor_that_is_switched_off_reaches_nothing(
    outsourcing_agent: User, vendor: Vendor, vendor_team: Team, channel: Channel, acting
) -> None:
    grant(vendor_team, channel, "view_channel")
    vendor.is_active = False
    vendor.save()
    actor = acting(outsourcing_agent)
    assert opened(access_of(actor)) == (False, True, False, False, False, 0)
    assert actor.permissions == frozenset()


def test_role_that_sees_all_does_not_in_the_hands_of_a_vendor(
    outsourcing_agent: User, supervisor: User, acting
) -> None:
    outsourcing_agent.role = supervisor.role
    outsourcing_agent.save()
    assert not access_of(acting(outsourcing_agent)).sees_all


def test_token_is_narrowed_by_its_scopes(manager: User) -> None:
    narrow = token_actor(manager, token_id=1, scopes=frozenset({"tickets.view"}))
    wide = token_actor(manager, token_id=1, scopes=frozenset({"tickets.view", "tickets.view_all", "never.given"}))
    assert (access_of(narrow).sees_all, access_of(wide).sees_all) == (False, True)
    assert wide.permissions == {"tickets.view", "tickets.view_all"}


def test_system_reaches_everything_and_nobody_nothing(db: None) -> None:
    assert access_of(SYSTEM).sees_all
    nobody = Actor(kind=ActorKind.PERSON, face=Face.PORTAL)
    assert opened(access_of(nobody)) == (False, True, False, False, False, 0)


def test_a_kind_without_a_source_opens_nothing(agent: User, team: Team, channel: Channel, acting) -> None:
    grant(team, channel, "serve_channel")
    assert access_of(acting(agent)).channel_ids == (channel.pk,)

    del access_module._sources["channel"]
    assert access_of(acting(agent)).channel_ids == ()

    access_module._sources.clear()
    assert access_of(acting(agent)).queue_ids == ()


# Staff and teams


def test_vendor_people_do_not_learn_of_other_vendors(cast: dict[str, User], vendor_team: Team, acting) -> None:
    from tests.factories.accounts import UserFactory, VendorFactory

    rival = VendorFactory()
    rival_team = TeamFactory(vendor=rival)
    rival_agent = UserFactory(role="vendor_agent", vendor=rival)
    actor = acting(cast["outsourcing_agent"])

    seen = set(User.objects.visible_to(actor))
    assert cast["agent"] in seen
    assert cast["outsourcing_agent"] in seen
    assert rival_agent not in seen
    assert rival_team not in Team.objects.visible_to(actor)
    assert vendor_team in Team.objects.visible_to(actor)
    assert rival_agent in User.objects.visible_to(acting(cast["agent"]))
    assert not User.objects.visible_to(Actor(kind=ActorKind.PERSON, face=Face.PORTAL)).exists()

"""Who may know of channels, raw input and deliveries."""

import pytest
from django.contrib.auth.models import Group, Permission

from apps.accounts.models import Team, User
from apps.channels.models import BlockedSender, Channel, ChannelGroupObjectPermission, Delivery, InboundEvent
from apps.core.actor import SYSTEM, Actor, ActorKind, Face
from tests.channels.conftest import actor_for
from tests.factories.channels import ChannelFactory, DeliveryFactory, InboundEventFactory

pytestmark = pytest.mark.integration

STRANGER = Actor(kind=ActorKind.PERSON, face=Face.PORTAL)


@pytest.fixture
def two_channels(db: None) -> tuple[Channel, Channel]:
    granted, other = ChannelFactory.create(key="granted"), ChannelFactory.create(key="other")
    InboundEventFactory.create(channel=granted)
    DeliveryFactory.create(channel=granted)
    BlockedSender.objects.create(kind="email", value="x@example.com")
    return granted, other


def seen(actor: Actor) -> tuple[list[str], int, int, int]:
    return (
        sorted(Channel.objects.visible_to(actor).values_list("key", flat=True)),
        InboundEvent.objects.visible_to(actor).count(),
        Delivery.objects.visible_to(actor).count(),
        BlockedSender.objects.visible_to(actor).count(),
    )


def test_in_house_staff_know_every_channel(
    two_channels: tuple[Channel, Channel], agent: User, supervisor: User
) -> None:
    both = ["granted", "other"]

    assert seen(actor_for(agent)) == (both, 0, 0, 1)
    assert seen(actor_for(supervisor)) == (both, 1, 1, 1)
    assert seen(SYSTEM) == (both, 1, 1, 1)


def test_an_outsourced_agent_knows_what_the_contract_opens(
    two_channels: tuple[Channel, Channel], vendor_agent: User
) -> None:
    assert seen(actor_for(vendor_agent)) == ([], 0, 0, 0)
    group = Group.objects.create(name="north")
    Team.objects.create(key="north", name={"en": "North"}, group=group, vendor=vendor_agent.vendor)
    vendor_agent.groups.add(group)
    ChannelGroupObjectPermission.objects.create(
        content_object=two_channels[0],
        group=group,
        permission=Permission.objects.get(content_type__app_label="contact_channels", codename="serve_channel"),
    )

    assert seen(actor_for(vendor_agent)) == (["granted"], 0, 0, 0)


def test_a_stranger_knows_nothing(two_channels: tuple[Channel, Channel]) -> None:
    assert seen(STRANGER) == ([], 0, 0, 0)

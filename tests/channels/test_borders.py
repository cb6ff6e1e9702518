"""What leaves the region that the installation is at home in needs a legal basis before it begins."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse
from django.utils import translation
from pytest_django import Settings

from apps.accounts.models import User
from apps.channels import registry
from apps.channels.borders import crosses_border, lacks_basis, region_of
from apps.channels.connectors.webhook.services import go_live
from apps.channels.enums import Region, TransferBasis
from apps.channels.errors import BasisMissing
from apps.channels.models import Channel
from apps.channels.selectors.borders import notices, transfers
from apps.core.actor import person
from tests.factories.channels import ChannelFactory, default_brand
from tests.factories.tickets import QueueFactory

pytestmark = [pytest.mark.integration, pytest.mark.django_db]
ABROAD = {"server_region": "", "transfer_basis": "", "transfer_note": ""}


@pytest.fixture(autouse=True)
def _at_home_in_china(settings: Settings) -> None:
    settings.HOME_REGION = "mainland"


@pytest.mark.unit
def test_every_kind_says_where_its_servers_stand() -> None:
    regions = {known.kind: known.region for known in registry.all()}
    assert all(isinstance(region, Region) for region in regions.values())
    assert {kind for kind, region in regions.items() if region == Region.MAINLAND} >= {
        "wechat_oa", "wechat_mini", "wecom_kf", "douyin", "weibo", "feishu", "dingtalk", "qq", "sms_aliyun",
    }  # fmt: skip
    assert {kind for kind, region in regions.items() if region == Region.US} >= {
        "slack", "discord", "x", "whatsapp", "messenger", "instagram", "sms_twilio",
    }  # fmt: skip


def test_what_crosses_depends_on_where_one_is_at_home(settings: Settings) -> None:
    wechat, slack, mail = (ChannelFactory.build(kind=kind) for kind in ("wechat_oa", "slack", "email"))
    assert [crosses_border(row) for row in (wechat, slack, mail)] == [False, True, False]

    settings.HOME_REGION = "eu"
    assert [crosses_border(row) for row in (wechat, slack, mail)] == [True, True, False]

    mail.server_region = Region.US
    assert region_of(mail) == Region.US
    assert crosses_border(mail)


def _form(**values: Any) -> dict[str, Any]:
    names = {"key": "abroad", "name_zh_hans": "国外", "name_en": "Abroad", "brand": default_brand().pk}
    return {"kind": "slack", "default_language": "en", "is_active": "on", **names, **ABROAD, **values}


def test_a_channel_abroad_is_not_switched_on_without_a_basis(client: Any, manager: User) -> None:
    client.force_login(manager)
    add = reverse("admin:contact_channels_channel_add")

    with translation.override("en"):
        refused = client.post(add, _form(), headers={"accept-language": "en"})

    assert refused.status_code == 200
    assert set(refused.context["adminform"].form.errors) == {"transfer_basis"}
    assert not Channel.objects.filter(key="abroad").exists()

    client.post(add, _form(is_active=""))
    assert not Channel.objects.get(key="abroad").is_active
    client.post(add, _form(key="agreed", transfer_basis=TransferBasis.CONTRACT_PIPL, transfer_note="2026-11"))
    assert Channel.objects.get(key="agreed").is_active


def test_going_live_asks_for_it_too(manager: User) -> None:
    channel = ChannelFactory(kind="webhook", is_active=False, server_region=Region.EU)

    with pytest.raises(BasisMissing):
        go_live(channel=channel, queue=QueueFactory().pk, by=person(manager))

    channel.refresh_from_db()
    assert not channel.is_active


def test_one_that_is_on_goes_on_with_a_warning(manager: User, agent: User) -> None:
    channel = ChannelFactory(kind="slack", key="running")
    assert lacks_basis(channel)

    assert [notice.url for notice in notices(person(manager))] == [
        reverse("admin:contact_channels_channel_change", args=[channel.pk])
    ]
    assert not list(notices(person(agent)))
    assert [(row.channel, row.region, row.basis) for row in transfers()] == [("running", "us", "")]

    channel.transfer_basis = TransferBasis.CONSENT
    channel.save(update_fields=["transfer_basis"])
    assert not list(notices(person(manager)))

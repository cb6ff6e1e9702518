"""A manager cannot ask for an alert that never fires, is never over, or reaches nobody."""

from typing import Any

import pytest
from django.contrib.admin import site

from apps.accounts.models import User
from apps.alerts.admin import AlertRuleAdmin
from apps.alerts.forms import AlertRuleForm
from apps.alerts.models import AlertRule
from apps.channels.models import Channel
from tests.alerts.conftest import lead_of
from tests.channels.connectors.email.conftest import mail_channel
from tests.factories.accounts import TeamFactory, VendorFactory
from tests.factories.channels import ChannelFactory
from tests.factories.tickets import grant

pytestmark = pytest.mark.integration

GOOD = {
    "key": "crowded", "name_zh_hans": "太多", "name_en": "Crowded", "is_active": "on", "measure": "waiting", "comparison": "above",
    "limit": "5", "margin": "0", "hold_seconds": "60", "quiet_minutes": "15", "ways": ["screen"],
}  # fmt: skip


def errors(**values: Any) -> set[str]:
    form = AlertRuleForm({**GOOD, **values})
    return set() if form.is_valid() else set(form.errors)


@pytest.mark.parametrize(
    ("values", "wrong"),
    [
        ({}, set()),
        ({"margin": "5"}, set()),
        ({"margin": "6"}, {"margin"}),
        ({"comparison": "below", "limit": "0"}, {"limit"}),
        ({"measure": "service_level", "limit": "101"}, {"limit"}),
        ({"measure": "service_level", "limit": "100"}, {"limit"}),
        ({"measure": "service_level", "comparison": "below", "limit": "80", "margin": "21"}, {"margin"}),
        ({"measure": "service_level", "comparison": "below", "limit": "80", "margin": "20"}, set()),
        ({"measure": "channel", "comparison": "below", "limit": "7", "margin": "9"}, set()),
        ({"ways": []}, {"ways"}),
        ({"ways": ["mail"]}, {"people", "sender"}),
        ({"hold_seconds": "3601"}, {"hold_seconds"}),
    ],
)
def test_what_can_be_asked_for(db: None, values: dict[str, Any], wrong: set[str]) -> None:
    assert errors(**values) == wrong


def test_places_fit_what_is_measured(queue) -> None:
    channel = ChannelFactory()
    assert errors(channel=channel.pk) == {"channel"}
    assert errors(measure="channel", queue=queue.pk) == {"queue"}
    assert errors(measure="channel", channel=channel.pk) == set()


def test_a_vendors_floor_has_somebody_who_sees_it(queue, other_queue, vendor, vendor_team, vendor_lead) -> None:
    assert errors(vendor=vendor.pk) == {"vendor"}
    grant(vendor_team, queue, ChannelFactory())
    assert errors(vendor=vendor.pk) == errors(vendor=vendor.pk, queue=queue.pk) == set()
    assert errors(vendor=vendor.pk, queue=other_queue.pk) == {"queue"}
    assert errors(vendor=vendor.pk, measure="channel") == {"vendor"}
    assert errors(vendor=VendorFactory().pk) == {"vendor"}


def test_mail_goes_to_supervisors_of_the_floor_by_a_mailbox(
    agent, supervisor, queue, vendor, vendor_team, vendor_lead
) -> None:
    for user in (agent, supervisor, vendor_lead):
        user.email = f"{user.username}@house.example"
        user.save()
    sender = mail_channel()
    grant(vendor_team, queue, sender)
    mail = {"ways": ["mail"], "sender": sender.pk}
    assert errors(**mail, people=[supervisor.pk]) == set()
    assert errors(**mail, people=[supervisor.pk, agent.pk]) == {"people"}
    assert errors(**mail, people=[vendor_lead.pk]) == {"people"}
    both = [supervisor.pk, vendor_lead.pk]
    assert errors(**mail, people=both, vendor=vendor.pk) == set()
    rival = VendorFactory()
    grant(TeamFactory(vendor=rival), queue, sender)
    rita = lead_of(rival, TeamFactory(vendor=rival), username="rita")
    assert errors(**mail, people=[*both, rita.pk], vendor=vendor.pk) == {"people"}


def test_the_page_offers_the_mailboxes_that_one_may_see(rf, acting, manager, vendor_lead, vendor_team) -> None:
    ours, theirs, _hall = (ChannelFactory(kind=kind) for kind in ("email", "email", "form"))
    grant(vendor_team, theirs)

    def offered(user: User) -> set[Channel]:
        request = rf.get("/")
        request.actor = acting(user)
        return set(AlertRuleAdmin(AlertRule, site).get_form(request).base_fields["sender"].queryset)

    assert offered(manager) == {ours, theirs}
    assert offered(vendor_lead) == {theirs}

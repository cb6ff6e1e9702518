"""A manager cannot ask for an alert that never fires, is never over, or reaches nobody."""

from typing import Any

import pytest

from apps.alerts.forms import AlertRuleForm
from apps.alerts.models import AlertRule
from tests.channels.connectors.email.conftest import mail_channel
from tests.factories.channels import ChannelFactory

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


def test_mail_goes_to_supervisors_of_the_house_by_a_mailbox(agent, supervisor, vendor_lead) -> None:
    for user in (agent, supervisor, vendor_lead):
        user.email = f"{user.username}@house.example"
        user.save()
    sender, hall = mail_channel(), ChannelFactory(kind="form")
    mail = {"ways": ["mail"], "sender": sender.pk}
    assert errors(**mail, people=[supervisor.pk]) == set()
    assert errors(**mail, people=[supervisor.pk, agent.pk]) == {"people"}
    assert errors(**mail, people=[vendor_lead.pk]) == {"people"}
    assert errors(**{**mail, "sender": hall.pk}, people=[supervisor.pk]) == {"sender"}
    assert not AlertRule.objects.exists()

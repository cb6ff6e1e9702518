"""What leaves the house: calls of webhooks and mails, once for each crossing."""

import json
from email import message_from_bytes, policy

import pytest

from apps.accounts.services.users import deactivate_user
from apps.alerts.models import Alert
from apps.alerts.services.acknowledging import acknowledge
from apps.channels.models import Delivery
from apps.channels.services import outbox
from apps.core.actor import SYSTEM
from apps.core.events import number_events
from apps.core.models import Event
from apps.tickets.models import Queue
from tests.alerts.conftest import Floor, history
from tests.automation.conftest import endpoint_for, is_genuine, receiver, run  # noqa: F401 (fixtures)
from tests.channels.connectors.email.conftest import mail_channel, smtp  # noqa: F401 (fixtures)
from tests.factories.alerts import AlertRuleFactory

pytestmark = pytest.mark.integration


def test_webhooks_hear_the_three_steps_signed(floor: Floor, acting, supervisor, manager, agent, receiver, endpoint_for):  # noqa: F811
    receiver.on("/agent", {})
    endpoint_for(manager, events=["alert.*"])
    endpoint_for(agent, events=["alert.*"], path="/agent")
    AlertRuleFactory(key="crowded", ways=["webhook"])
    AlertRuleFactory(key="silent", ways=["screen"])
    floor.at(0, waiting=5)
    acknowledge(alert=Alert.objects.get(rule__key="crowded"), by=acting(supervisor))
    floor.at(5, waiting=0)
    number_events()
    run()

    calls = receiver.at("/hook")
    told = [json.loads(call.body) for call in calls]
    assert all(is_genuine(call) for call in calls)
    assert [each["type"] for each in told] == ["alert.fired", "alert.acknowledged", "alert.cleared"]
    data = [each["data"]["data"] for each in told]
    common = {
        "rule": "crowded",
        "measure": "waiting",
        "comparison": "above",
        "limit": 2,
        "queue": "care",
        "channel": None,
        "vendor": None,
    }
    alert = Alert.objects.get(rule__key="crowded").public_id
    assert data == [
        {**common, "alert": alert, "figure": 5},
        {**common, "alert": alert, "figure": 5, "user": "susan"},
        {**common, "alert": alert, "figure": 0, "reason": "back"},
    ]
    # Whoever does not supervise is told nothing by an endpoint either.
    assert not receiver.at("/agent")


def test_each_person_gets_one_mail_a_look_in_their_language(floor: Floor, smtp, supervisor, manager, teammate):  # noqa: F811
    for user, language in ((supervisor, "zh-hans"), (manager, "en"), (teammate, "en")):
        user.email, user.language = f"{user.username}@house.example", language
        user.save()
    sender = mail_channel(smtp_port=smtp.port)
    for measure, limit in (("waiting", 2), ("oldest_wait", 300)):
        AlertRuleFactory(
            measure=measure, limit=limit, ways=["mail"], sender=sender, people=[supervisor, manager, teammate]
        )
    floor.at(0, waiting=5, oldest_wait=372)
    floor.at(5, waiting=6, oldest_wait=377)
    while outbox.send_due():
        pass

    # The team mate was chosen once and does not supervise: what they may not see is not sent to them.
    mails = {recipients[0]: message_from_bytes(raw, policy=policy.default) for _from, recipients, raw in smtp.mails}
    assert sorted(mails) == ["mary@house.example", "susan@house.example"]
    english = mails["mary@house.example"]
    assert english["Subject"] == "2 new alerts"
    assert english["Auto-Submitted"] == "auto-generated"
    text = english.get_content()
    assert "Care: 5 tickets wait (more than 2)" in text
    assert "Care: the longest wait is 6:12 (more than 5:00)" in text
    assert "/desk/wallboard/" in text
    assert "售后" in mails["susan@house.example"].get_content()

    deactivate_user(user=supervisor, by=SYSTEM)
    floor.at(10)
    while outbox.send_due():
        pass
    assert [recipients for _from, recipients, _raw in smtp.mails[2:]] == [["mary@house.example"]]


def test_a_mailbox_that_is_switched_off_stops_no_alert(floor: Floor, queue: Queue, manager) -> None:
    manager.email = "mary@house.example"
    manager.save()
    sender = mail_channel()
    AlertRuleFactory(ways=["mail", "webhook"], sender=sender, people=[manager])
    sender.is_active = False
    sender.save()

    assert floor.at(0, waiting=5) == 1
    assert history() == [("fired", 5)]
    assert Event.objects.filter(kind="alert.fired").count() == 1
    assert not Delivery.objects.exists()

"""Who sees alerts, who takes care of them, and what a page hears."""

import pytest
from django.utils import translation

from apps.alerts.errors import AlertOver
from apps.alerts.models import Alert, AlertChange, AlertRule
from apps.alerts.selectors import last_news, news_after, open_alerts
from apps.alerts.services.acknowledging import acknowledge
from apps.core.errors import NotVisible, PermissionRefused
from apps.core.models import Event
from tests.alerts.conftest import Floor, lead_of
from tests.factories.accounts import TeamFactory, VendorFactory
from tests.factories.alerts import AlertFactory, AlertRuleFactory
from tests.factories.channels import ChannelFactory
from tests.factories.tickets import grant

pytestmark = pytest.mark.integration


def test_alerts_are_for_those_who_supervise_the_house(
    acting, cast, team, vendor_team, vendor_lead, shift_lead, queue, other_queue
) -> None:
    channel = ChannelFactory(key="hall")
    grant(team, queue)
    grant(vendor_team, queue, channel)
    AlertFactory(queue=queue)
    AlertFactory(queue=other_queue)
    AlertFactory(queue=None, channel=channel)
    AlertFactory(queue=queue, state="cleared")

    people = {**cast, "vendor_lead": vendor_lead, "shift_lead": shift_lead}
    seen = {
        name: sorted(
            row.queue.key if row.queue else row.channel.key for row in Alert.objects.visible_to(acting(user)).open()
        )
        for name, user in people.items()
    }
    everything = ["care", "hall", "sales"]
    assert {name: found for name, found in seen.items() if found} == {
        "supervisor": everything, "manager": everything, "shift_lead": ["care"],
    }  # fmt: skip
    rules = {name: AlertRule.objects.visible_to(acting(user)).count() for name, user in people.items()}
    assert {name for name, count in rules.items() if count} == {"manager"}


def test_the_first_who_takes_care_stands(acting, supervisor, manager, queue) -> None:
    alert = AlertFactory(rule__ways=["screen", "webhook"], queue=queue)
    acknowledge(alert=alert, by=acting(supervisor))
    acknowledge(alert=alert, by=acting(manager))

    alert.refresh_from_db()
    assert alert.acknowledged_by == supervisor
    assert list(AlertChange.objects.values_list("step", "by")) == [("acknowledged", supervisor.pk)]
    assert Event.objects.get().kind == "alert.acknowledged"
    card = open_alerts(acting(manager))[0]
    assert (card.is_acknowledged, card.acknowledged_by, card.tone) == (True, "Susan Supervisor", "warning")


def test_nobody_else_takes_care_and_nothing_that_is_over(
    acting, agent, vendor_lead, shift_lead, supervisor, queue
) -> None:
    alert, over = AlertFactory(queue=queue), AlertFactory(queue=queue, state="cleared")
    for user, row, error in (
        (agent, alert, PermissionRefused),
        (vendor_lead, alert, NotVisible),
        (shift_lead, alert, NotVisible),
        (supervisor, over, AlertOver),
    ):
        with pytest.raises(error):
            acknowledge(alert=row, by=acting(user))
    assert not Alert.objects.exclude(acknowledged_at=None).exists()
    assert not AlertChange.objects.exists()
    assert not Event.objects.exists()


def test_news_are_told_from_where_one_asked_last(floor: Floor, acting, supervisor, vendor_lead) -> None:
    AlertRuleFactory()
    begun = last_news(acting(supervisor))
    floor.at(0, waiting=5)
    AlertRuleFactory(key="silent", ways=["mail"])
    AlertRuleFactory(measure="free_agents", comparison="below", limit=1)
    with translation.override("en"):
        first = news_after(acting(supervisor), begun)
        floor.at(5, waiting=0, agents_free=0)
        then = news_after(acting(supervisor), first.after)
        nothing = news_after(acting(supervisor), then.after)
    assert (first.words, first.is_good) == ("Alert: Care: 5 tickets wait (more than 2)", False)
    assert then.words == "1 new alert · 1 alert is over"
    assert (nothing.words, nothing.after) == ("", then.after)
    assert news_after(acting(vendor_lead), begun).words == ""


def test_a_vendors_floor_is_for_its_supervisors_and_the_house(
    acting, cast, vendor, vendor_team, vendor_lead, queue, other_queue
):
    rival = VendorFactory()
    rival_team = TeamFactory(vendor=rival)
    rival_lead = lead_of(rival, rival_team, username="rita")
    for team in (vendor_team, rival_team):
        grant(team, queue, ChannelFactory())
    own = AlertFactory(queue=queue, rule__vendor=vendor)
    rivals = AlertFactory(queue=queue, rule__vendor=rival)
    of_a_queue_out_of_sight = AlertFactory(queue=other_queue, rule__vendor=vendor)
    of_the_house = AlertFactory(queue=queue)

    people = {**cast, "vendor_lead": vendor_lead, "rival_lead": rival_lead}
    seen = {name: set(Alert.objects.visible_to(acting(user))) for name, user in people.items()}
    everything = {own, rivals, of_a_queue_out_of_sight, of_the_house}
    assert {name: found for name, found in seen.items() if found} == {
        "supervisor": everything, "manager": everything, "vendor_lead": {own}, "rival_lead": {rivals},
    }  # fmt: skip

    # Of several floors one line of the wallboard can have only one colour: that of the viewer's own.
    coloured = {
        name: [card.queue_id for card in open_alerts(acting(people[name]))] for name in ("manager", "vendor_lead")
    }
    assert coloured == {"manager": [None, None, None, queue.pk], "vendor_lead": [queue.pk]}
    with pytest.raises(NotVisible):
        acknowledge(alert=rivals, by=acting(vendor_lead))
    acknowledge(alert=own, by=acting(vendor_lead))
    assert list(AlertChange.objects.values_list("alert", "by")) == [(own.pk, vendor_lead.pk)]

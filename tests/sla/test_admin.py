"""Managers say what is promised, and try it out."""

import pytest
from django.urls import reverse

from apps.core.models import AuditEntry
from apps.sla.models import Escalation, Policy, PolicyTarget, Recount
from tests.factories.sla import PolicyFactory
from tests.factories.tickets import TicketFactory

pytestmark = pytest.mark.integration

INLINE = "escalations"
POSTED = {
    "key": "gold",
    "name_zh_hans": "金牌",
    "name_en": "Gold",
    "position": "1",
    "is_active": "on",
    "priorities": ["30", "40"],
    "customer_levels": ["vip"],
    "paused_in": ["pending"],
    "pausing": ["resolution"],
    "warn_at": "80, 50",
    "first_reply_all": "60",
    "first_reply_40": "15",
    "first_reply_measure": "working",
    "resolution_all": "480",
    "resolution_measure": "wall",
    f"{INLINE}-TOTAL_FORMS": "1",
    f"{INLINE}-INITIAL_FORMS": "0",
    f"{INLINE}-0-share": "80",
    f"{INLINE}-0-target": "",
    f"{INLINE}-0-action": "call_supervisors",
}


@pytest.fixture
def post(client):
    def send(user, **changes):
        client.force_login(user)
        return client.post(reverse("admin:sla_policy_add"), {**POSTED, **changes})

    return send


def test_a_manager_promises_something_in_one_form(post, manager):
    answer = post(manager)

    assert answer.status_code == 302, answer.context["errors"]
    policy = Policy.objects.get(key="gold")
    assert (policy.priorities, policy.customer_levels, policy.warn_at) == ([30, 40], ["vip"], [50, 80])
    assert set(PolicyTarget.objects.values_list("target", "priority", "minutes", "measure")) == {
        ("first_reply", None, 60, "working"),
        ("first_reply", 40, 15, "working"),
        ("resolution", None, 480, "wall"),
    }
    assert list(Escalation.objects.values_list("share", "action")) == [(80, "call_supervisors")]
    assert Recount.objects.exists()
    assert AuditEntry.objects.filter(action="sla.policy.targets").exists()


@pytest.mark.parametrize(
    "changes",
    [
        {f"{INLINE}-0-share": "70"},  # no warning of this policy
        {f"{INLINE}-0-action": "call_person"},  # whom?
        {"is_default": "on"},  # with conditions
        {"warn_at": "120"},
        {"first_reply_all": "", "first_reply_40": "", "resolution_all": ""},
    ],
    ids=["share", "person", "default", "warning", "nothing"],
)
def test_what_makes_no_sense_is_refused(post, manager, changes):
    answer = post(manager, **changes)

    assert answer.status_code == 200
    assert not Policy.objects.exists()
    assert not Recount.objects.exists()


@pytest.mark.parametrize("user", ["agent", "supervisor", "outsourcing_agent"])
def test_nobody_else_sees_or_changes_it(post, client, user, request):
    answer = post(request.getfixturevalue(user))

    assert answer.status_code in (302, 403, 404)
    assert not Policy.objects.exists()
    assert client.get(reverse("admin:sla-trial")).status_code in (302, 403, 404)


def test_trying_it_out_says_what_would_be_due(client, manager):
    policy = PolicyFactory(targets={"first_reply": 120}, warn_at=[50])
    client.force_login(manager)

    page = client.get(
        reverse("admin:sla-trial"), {"policy": policy.pk, "opened": "2026-03-06T17:00", "priority": "20"}
    ).content.decode()

    assert "2026-03-06 18:00" in page  # half of the time, at the end of Friday
    assert "2026-03-09 10:00" in page  # an hour of Monday morning


def test_trying_it_out_on_a_ticket_says_why(client, manager):
    strict = PolicyFactory(key="strict", is_default=False, priorities=[40], targets={"resolution": 5})
    PolicyFactory(key="standard", targets={"resolution": 60})
    ticket = TicketFactory()
    client.force_login(manager)

    answer = client.get(reverse("admin:sla-trial"), {"ticket": ticket.number})

    assert [(verdict.policy.key, bool(verdict.unmet)) for verdict in answer.context["verdicts"]] == [
        ("strict", True),
        ("standard", False),
    ]
    assert answer.context["chosen"].key == "standard"
    assert strict.pk != answer.context["chosen"].pk
    assert client.get(reverse("admin:sla-trial"), {"ticket": 10**9}).status_code == 422


@pytest.mark.parametrize("opened", ["0001-01-01T00:00", "1969-12-31T23:59", "2100-01-01T00:00", "9999-12-31T23:59"])
def test_trying_it_out_refuses_moments_that_calendars_do_not_reach(client, manager, opened):
    policy = PolicyFactory(targets={"first_reply": 120})
    client.force_login(manager)

    answer = client.get(reverse("admin:sla-trial"), {"policy": policy.pk, "opened": opened})

    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == ["opened"]
    assert "was_asked" not in answer.context

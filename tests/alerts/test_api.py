"""Rules of alerts and alerts for other systems: the same checks as in the administration, the same alerts as on screens."""

import pytest

from apps.alerts.models import Alert, AlertChange, AlertRule
from apps.core.models import AuditEntry
from tests.factories.alerts import AlertFactory, AlertRuleFactory
from tests.factories.channels import ChannelFactory
from tests.factories.tickets import grant

pytestmark = [pytest.mark.integration, pytest.mark.django_db]

NEW = {
    "key": "crowded",
    "name": {"en": "Crowded"},
    "measure": "waiting",
    "queue": "care",
    "limit": 5,
    "ways": ["screen"],
}


def test_a_manager_makes_changes_and_deletes_a_rule(api, manager, queue) -> None:
    client = api(manager)
    made = client.post("alert-rules/", NEW)
    assert (made.status_code, made["Location"]) == (201, "http://testserver/api/v1/alert-rules/crowded/")
    (listed,) = client.get("alert-rules/").json()["results"]
    assert listed == client.get("alert-rules/crowded/").json() == made.json()
    expected = {"queue": "care", "limit": 5, "comparison": "above", "vendor": None, "people": [], "is_active": True}
    assert expected.items() <= listed.items()

    changed = client.patch("alert-rules/crowded/", {"limit": 9, "margin": 2}).json()
    assert changed == {**listed, "limit": 9, "margin": 2, "updated": changed["updated"]}
    assert client.patch("alert-rules/crowded/", {"limit": 9}).status_code == 200  # nothing new, nothing to record

    rising = AlertFactory(rule=AlertRule.objects.get(), queue=queue, state="rising", fired_at=None)
    assert client.delete("alert-rules/crowded/").status_code == 204
    assert not AlertRule.objects.exists()
    assert not Alert.objects.filter(pk=rising.pk).exists()
    told = AuditEntry.objects.filter(action__startswith="alerts.").order_by("pk")
    assert [entry.action.rpartition(".")[2] for entry in told] == ["created", "changed", "deleted"]
    assert told[1].details == {"limit": [5, 9], "margin": [0, 2]}


def test_what_would_reach_nobody_or_has_a_history_is_refused(api, manager, agent, vendor, queue) -> None:
    agent.email = "alice@house.example"
    agent.save()
    hall, mail = ChannelFactory(kind="form"), ChannelFactory(kind="email")
    rule = AlertFactory(rule=AlertRuleFactory(key="old", limit=4), queue=queue).rule
    client, before = api(manager), list(AlertRule.objects.values())

    def refused(method: str, path: str, body: object = None) -> tuple[int, set[str]]:
        answer = getattr(client, method)(path, *([] if body is None else [body]))
        return answer.status_code, {error["field"] for error in answer.json().get("errors", ())}

    assert refused("post", "alert-rules/", {**NEW, "key": "old"}) == (422, {"key"})
    assert refused("post", "alert-rules/", {**NEW, "margin": 6}) == (422, {"margin"})
    assert refused("post", "alert-rules/", {**NEW, "vendor": vendor.key}) == (422, {"vendor"})
    assert refused("post", "alert-rules/", {**NEW, "ways": ["mail"]}) == (422, {"people", "sender"})
    by_mail = {**NEW, "ways": ["mail"], "people": ["alice"]}
    assert refused("post", "alert-rules/", {**by_mail, "sender": mail.key}) == (422, {"people"})
    assert refused("post", "alert-rules/", {**by_mail, "sender": hall.key})[1] == {"sender"}
    assert refused("patch", "alert-rules/old/", {"measure": "service_level", "limit": 101}) == (422, {"limit"})
    assert client.delete("alert-rules/old/").json()["code"] == "alerts.rule_has_history"
    assert (list(AlertRule.objects.values()), AlertRule.objects.get()) == (before, rule)
    assert not AuditEntry.objects.filter(action__startswith="alerts.").exists()


def test_rules_are_for_who_configures(api, agent, supervisor, vendor_lead, queue) -> None:
    AlertRuleFactory(key="old")
    before = list(AlertRule.objects.values())
    for user in (agent, supervisor, vendor_lead):
        client = api(user)
        answers = [
            client.get("alert-rules/"),
            client.post("alert-rules/", NEW),
            client.patch("alert-rules/old/", {"limit": 1}),
            client.delete("alert-rules/old/"),
        ]
        assert {answer.json()["code"] for answer in answers} == {"core.permission_refused"}, user
    assert list(AlertRule.objects.values()) == before


def test_alerts_are_those_of_ones_floor_and_one_takes_care_of_them(
    api, agent, supervisor, vendor, vendor_team, vendor_lead, queue
) -> None:
    grant(vendor_team, queue, ChannelFactory())
    whole = AlertFactory(rule__key="whole", queue=queue)
    part = AlertFactory(rule__key="part", rule__vendor=vendor, queue=queue)
    over = AlertFactory(rule__key="over", queue=queue, state="cleared")
    AlertFactory(rule__key="rising", queue=queue, state="rising", fired_at=None)

    def listed(user: object, **asked: str) -> list[str]:
        return [row["rule"] for row in api(user).get("alerts/", **asked).json()["results"]]

    assert listed(supervisor) == ["over", "part", "whole"]
    assert listed(supervisor, state="open") == ["part", "whole"]
    assert listed(vendor_lead) == ["part"]
    assert api(agent).get("alerts/").json()["code"] == "core.permission_refused"

    hidden = api(vendor_lead).put(f"alerts/{whole.public_id}/acknowledgement/")
    late = api(supervisor).put(f"alerts/{over.public_id}/acknowledgement/")
    assert (hidden.status_code, late.json()["code"]) == (404, "alerts.over")
    assert not AlertChange.objects.exists()

    taken = api(vendor_lead).put(f"alerts/{part.public_id}/acknowledgement/").json()
    assert (taken["acknowledged_by"], taken["vendor"], taken["queue"], taken["state"]) == (
        "lena", vendor.key, "care", "open",
    )  # fmt: skip
    assert api(supervisor).put(f"alerts/{part.public_id}/acknowledgement/").json()["acknowledged_by"] == "lena"
    assert api(supervisor).get(f"alerts/{part.public_id}/").json()["words"].startswith("Care (")
    assert AlertChange.objects.get().by == vendor_lead

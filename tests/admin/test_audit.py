"""What auditors find and take away."""

import csv
import io
import json

import pytest
from django.urls import reverse

from apps.core import audit
from apps.core.actor import person
from apps.core.admin import audit as page
from apps.core.models import AuditEntry
from tests.factories.accounts import UserFactory

pytestmark = pytest.mark.integration
LIST = "admin:core_auditentry_changelist"


@pytest.fixture
def trail(agent, manager):
    """By action: what Alice and Mary did."""
    hers = person(agent, ip="192.0.2.7")
    return {
        "customer.revealed": audit.record(
            "customer.revealed", by=hers, subject_type="customers.customer", subject_id=12, reason="=1+1 王小明 asked"
        ),
        "ticket.viewed": audit.record("ticket.viewed", by=hers, subject_type="tickets.ticket", subject_id=120),
        "role.changed": audit.record("role.changed", by=person(manager), details={"name": ["a", "@b"]}),
    }


def found(office, text):
    shown = office.get(reverse(LIST), {"q": text}).context["cl"].result_list
    return sorted(row.action for row in shown)


def export(office, kind, rows, **query):
    data = {"action": f"export_{kind}", "_selected_action": [row.pk for row in rows]}
    return office.post(reverse(LIST, query=query), data)


@pytest.mark.parametrize(
    ("text", "actions"),
    [
        ("alice", ["customer.revealed", "ticket.viewed"]),
        ("192.0.2.7", ["customer.revealed", "ticket.viewed"]),
        ("role.changed", ["role.changed"]),
        ("tickets.ticket", ["ticket.viewed"]),
        ("customers.customer 12", ["customer.revealed"]),
        ("customers.customer 1", []),
        ("customers.customer 99999999999999999999", []),
        ("ali", []),
        ("reveal", ["customer.revealed"]),
        ("Viewed", ["ticket.viewed"]),
        ("e", ["customer.revealed", "role.changed", "ticket.viewed"]),
        ("%", []),
    ],
)
def test_entries_are_found_by_what_an_auditor_knows(office, trail, text, actions):
    assert found(office, text) == actions


def test_an_export_holds_what_was_chosen_and_is_an_entry_itself(office, trail, manager):
    chosen = [trail["customer.revealed"], trail["role.changed"]]
    answer = export(office, "json", chosen, o="-1")
    assert answer["Content-Disposition"].endswith('.jsonl"')
    newest, oldest = (json.loads(line) for line in answer.content.decode().splitlines())
    assert (newest["action"], newest["username"], newest["details"]) == ("role.changed", "mary", {"name": ["a", "@b"]})
    assert (oldest["ip"], oldest["subject"], oldest["reason"]) == ("192.0.2.7", 12, "=1+1 王小明 asked")
    written = AuditEntry.objects.get(action="audit.exported")
    assert (written.actor_user_id, written.details) == (manager.pk, {"entries": 2, "as": "jsonl", "asked": "o=-1"})


def test_no_cell_of_a_sheet_is_a_formula(office, trail):
    content = export(office, "csv", trail.values()).content
    assert content.startswith(b"\xef\xbb\xbf")
    rows = {row["action"]: row for row in csv.DictReader(io.StringIO(content.decode("utf-8-sig")))}
    assert rows["customer.revealed"]["reason"] == "'=1+1 王小明 asked"
    assert json.loads(rows["role.changed"]["details"]) == {"name": ["a", "@b"]}
    assert rows["ticket.viewed"]["user"].isdecimal()


def test_too_much_at_once_is_refused(office, trail, monkeypatch):
    monkeypatch.setattr(page, "EXPORT_LIMIT", 2)
    answer = export(office, "csv", trail.values())
    assert answer.status_code == 302
    assert not AuditEntry.objects.filter(action="audit.exported").exists()


def test_only_auditors_export(client, trail):
    client.force_login(UserFactory(role="supervisor", is_staff=True))
    assert export(client, "csv", trail.values()).status_code in (302, 403)
    assert not AuditEntry.objects.filter(action="audit.exported").exists()


def test_the_list_asks_no_more_for_more_entries(office, trail, django_assert_max_num_queries):
    def asked():
        with django_assert_max_num_queries(40) as counted:
            office.get(reverse(LIST))
        return len(counted)

    asked()
    few = asked()
    for _ in range(3):
        audit.record("ticket.viewed", by=person(UserFactory()))
    assert asked() == few

"""Incidents: clocks, telling, closing, and the command for the hour of need."""

from datetime import timedelta

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.urls import reverse

from apps.compliance.errors import ToldAlready
from apps.compliance.models import Incident
from apps.compliance.services.incidents import close_incident, tell_authority
from apps.core import audit
from apps.core.actor import person
from apps.core.clock import now
from apps.core.errors import NotVisible, PermissionRefused
from apps.core.models import AuditEntry
from apps.core.sealed_zip import unzipped
from tests.factories.compliance import IncidentFactory

pytestmark = pytest.mark.integration


def test_the_authority_has_72_hours(boss):
    incident = IncidentFactory()
    with time_machine.travel(incident.detected_at + timedelta(hours=71, minutes=59)):
        assert not incident.is_overdue
    with time_machine.travel(incident.detected_at + timedelta(hours=72, minutes=1)):
        assert incident.is_overdue
        assert not tell_authority(incident=incident, by=boss, reason="No. 17").is_overdue
    with pytest.raises(ToldAlready):
        tell_authority(incident=incident, by=boss, reason="again")


def test_each_step_is_in_the_trail_with_its_reason(boss):
    incident = IncidentFactory()
    tell_authority(incident=incident, by=boss, reason="No. 17")
    close_incident(incident=incident, by=boss, reason="Disks are encrypted")
    entries = AuditEntry.objects.filter(subject_type="compliance.incident").order_by("id")
    assert [(entry.action, entry.reason) for entry in entries] == [
        ("incident.authority_told", "No. 17"),
        ("incident.closed", "Disks are encrypted"),
    ]


@pytest.mark.parametrize("who", ["agent", "supervisor", "outsourcing_agent"])
def test_others_neither_tell_nor_close(cast, who):
    incident = IncidentFactory()
    for move in (tell_authority, close_incident):
        with pytest.raises((PermissionRefused, NotVisible)):
            move(incident=incident, by=person(cast[who]), reason="x")
    incident.refresh_from_db()
    assert (incident.authority_told_at, incident.state) == (None, "open")


def test_a_manager_writes_it_down_and_sees_who_was_met(client, manager, agent, ticket):
    audit.record("ticket.view", by=person(agent), subject=ticket)
    client.force_login(manager)
    moment = now()
    when = {
        f"{name}_{part}": value
        for name, at in (
            ("detected_at", moment),
            ("since", moment - timedelta(hours=2)),
            ("until", moment + timedelta(hours=1)),
        )
        for part, value in (("0", f"{at:%Y-%m-%d}"), ("1", f"{at:%H:%M:%S}"))
    }
    form = {
        "title": "Lost",
        "detected_by": "Her",
        "what_happened": "A laptop",
        "people": [agent.pk],
        "tickets": "",
        **when,
    }
    manager.time_zone = "UTC"
    manager.save(update_fields=["time_zone"])
    answer = client.post(reverse("admin:compliance_incident_add"), form, follow=True)

    incident = Incident.objects.get()
    assert answer.redirect_chain[-1][0] == reverse("admin:incident", args=[incident.pk])
    page = answer.content.decode()
    assert "林小雨" in page
    assert ticket.customer.public_id in page
    assert incident.recorded_by == manager
    assert AuditEntry.objects.filter(action="compliance.incident.created").exists()


def test_the_command_records_lists_and_writes(agent, ticket, tmp_path, capsys):
    audit.record("ticket.view", by=person(agent), subject=ticket)
    since = (now() - timedelta(hours=1)).isoformat()
    call_command(
        "incident", "--what", "A laptop", "--since", since, "--user", "alice", "--out", str(tmp_path / "a.zip")
    )
    said = capsys.readouterr().out
    assert "1 persons, 1 of them by an entry" in said
    assert (
        ticket.customer.public_id.encode()
        in unzipped((tmp_path / "a.zip").read_bytes(), password=said.split()[-1])["affected.json"]
    )
    assert AuditEntry.objects.filter(action="compliance.incident.created", actor_kind="system").exists()


@pytest.mark.parametrize("wrong", [["--user", "nobody"], ["--since", "yesterday"], ["--since", "2026-99-01T00:00"]])
def test_the_command_says_what_is_wrong(db, wrong):
    with pytest.raises(CommandError):
        call_command("incident", "--what", "x", "--since", "2026-05-04T10:00:00+08:00", *wrong)
    assert not Incident.objects.exists()

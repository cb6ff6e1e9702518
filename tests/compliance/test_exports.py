"""Files that are handed out: under a password, with a second person above a number of rows, and gone after a day."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from django.conf import settings as django_settings
from django.test import Client
from django.urls import reverse

from apps.compliance.enums import ExportState
from apps.compliance.errors import ExportGone, NotInThisState, SecondPersonNeeded
from apps.compliance.models import Export
from apps.compliance.services.exports import approve_export, ask_export, fetch_export, refuse_export
from apps.core import audit
from apps.core.actor import person
from apps.core.clock import now
from apps.core.errors import NotVisible, PermissionRefused
from apps.core.models import AuditEntry, StoredFile
from apps.core.sealed_zip import unzipped
from apps.core.sweeps import run_sweep
from tests.factories.accounts import UserFactory
from tests.factories.compliance import IncidentFactory

pytestmark = pytest.mark.integration


@pytest.fixture
def incident(agent, ticket):
    audit.record("ticket.view", by=person(agent), subject=ticket)
    return IncidentFactory(people=[agent])


@pytest.fixture
def second(db):
    return person(UserFactory(username="max", role="manager"))


@pytest.fixture
def made(incident, boss) -> tuple[Export, str]:
    row, password = ask_export(kind="incident", question={"incident": incident.pk}, by=boss)
    run_sweep("compliance.exports")
    row.refresh_from_db()
    return row, password


def actions(row: Export) -> list[str]:
    entries = AuditEntry.objects.filter(subject_type="compliance.export", subject_id=row.pk).order_by("id")
    return list(entries.values_list("action", flat=True))


def test_the_file_opens_with_the_password_that_was_shown_once(made, boss, ticket):
    row, password = made
    assert (row.state, row.rows, row.password) == (ExportState.READY, 1, "")

    content = fetch_export(export=row, by=boss)

    assert "林小雨".encode() not in content
    files = unzipped(content, password=password)
    (listed,) = json.loads(files["affected.json"])
    assert {"林小雨", "+8613800138000, lin@example.com"} <= set(listed.values())
    assert {"authority.zh.txt", "persons.en.txt", "affected.xlsx"} < set(files)
    assert actions(row) == ["export.asked", "export.made", "export.fetched"]
    assert password not in str(list(AuditEntry.objects.values_list("details", flat=True)))


def test_letters_are_filled_in_in_both_languages(made, boss):
    row, password = made
    files = unzipped(fetch_export(export=row, by=boss), password=password)
    for name in ("authority.zh.txt", "authority.en.txt", "persons.zh.txt", "persons.en.txt"):
        assert "A laptop with an open session" in files[name].decode(), name
    assert "涉及人数：1 人" in files["authority.zh.txt"].decode()
    assert "phone number" in files["authority.en.txt"].decode()


def test_nobody_else_fetches_it(made, second):
    row, _password = made
    with pytest.raises(NotVisible):
        fetch_export(export=row, by=second)
    row.refresh_from_db()
    assert row.fetched == 0


def test_after_a_day_it_is_gone(made, boss):
    row, _password = made
    path = next(Path(django_settings.MEDIA_ROOT).rglob(StoredFile.objects.get().storage_key))
    with time_machine.travel(now() + timedelta(hours=25), tick=False):
        with pytest.raises(ExportGone):
            fetch_export(export=row, by=boss)
        run_sweep("compliance.export_ends")
    row.refresh_from_db()
    assert (row.state, row.file) == (ExportState.EXPIRED, None)
    assert not StoredFile.objects.exists()
    assert path.exists()  # until this transaction is committed, which a test never does


@pytest.fixture
def held(settings, made_with_limit):
    return made_with_limit(0)


@pytest.fixture
def made_with_limit(settings, incident, boss):
    def make(limit: int) -> Export:
        settings.EXPORT_ROWS_ALONE = limit
        row, _password = ask_export(kind="incident", question={"incident": incident.pk}, by=boss)
        run_sweep("compliance.exports")
        row.refresh_from_db()
        return row

    return make


def test_one_row_too_many_waits_for_a_second_person(made_with_limit, boss, second):
    assert made_with_limit(1).state == ExportState.READY
    row = made_with_limit(0)
    assert row.state == ExportState.WAITING
    with pytest.raises(NotInThisState):
        fetch_export(export=row, by=boss)

    approve_export(export=row, by=second)

    assert fetch_export(export=row, by=boss)
    row.refresh_from_db()
    assert (row.decided_by_id, row.fetched) == (second.user_id, 1)


def test_nobody_agrees_to_their_own(held, boss):
    with pytest.raises(SecondPersonNeeded):
        approve_export(export=held, by=boss)
    held.refresh_from_db()
    assert (held.state, held.decided_by) == (ExportState.WAITING, None)
    assert "export.approved" not in actions(held)


def test_a_refusal_takes_the_file_away(held, boss, second):
    refuse_export(export=held, by=second, reason="Not needed")
    with pytest.raises(NotInThisState):
        fetch_export(export=held, by=boss)
    assert not StoredFile.objects.exists()


@pytest.mark.parametrize("who", ["agent", "supervisor", "outsourcing_agent"])
def test_who_may_not_ask_leaves_nothing_behind(cast, incident, held, who):
    with pytest.raises(PermissionRefused):
        ask_export(kind="incident", question={"incident": incident.pk}, by=person(cast[who]))
    with pytest.raises(NotVisible):
        approve_export(export=held, by=person(cast[who]))
    assert Export.objects.count() == 1
    held.refresh_from_db()
    assert held.state == ExportState.WAITING


def test_who_lost_the_right_meanwhile_gets_nothing(incident, boss, manager):
    row, _password = ask_export(kind="incident", question={"incident": incident.pk}, by=boss)
    manager.is_active = False
    manager.save(update_fields=["is_active"])
    run_sweep("compliance.exports")
    row.refresh_from_db()
    assert (row.state, row.file, row.password) == (ExportState.FAILED, None, "")


def test_the_page_shows_the_password_in_its_first_answer_only(manager, incident):
    client = Client()
    client.force_login(manager)
    answer = client.post(reverse("admin:incident-export", args=[incident.pk]))
    password = answer.context["password"]
    assert password in answer.content.decode()
    assert "no-store" in answer["Cache-Control"]
    run_sweep("compliance.exports")
    row = Export.objects.get()

    page = client.get(reverse("admin:export", args=[row.pk])).content.decode()
    assert password not in page
    assert reverse("admin:export-file", args=[row.pk]) in page
    fetched = client.post(reverse("admin:export-file", args=[row.pk]))
    assert "affected.json" in unzipped(fetched.content, password=password)
    assert fetched["Content-Disposition"].startswith('attachment; filename="incident-')

"""The pack for auditors: complete, masked, harmless in a spreadsheet, and signed."""

import io
import json
import zipfile
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from apps.compliance.services.packs import findings_in, made_of
from apps.core import audit, evidence
from apps.core.actor import SYSTEM, person
from apps.core.audit import seal_audit
from apps.core.clock import now
from apps.core.evidence import Exact, Period, Section, all_sections, register_section
from apps.core.models import AuditEntry
from apps.core.sealed_zip import unzipped
from apps.outsourcing.services.contracts import activate_contract
from tests.factories.compliance import IncidentFactory
from tests.factories.outsourcing import ContractFactory

pytestmark = [pytest.mark.integration, pytest.mark.xdist_group("audit pack")]
SECRETS = ("13800138000", "lin@example.com", "6222021234567894")
WICKED = '=HYPERLINK("http://evil.example","x")'


@pytest.fixture
def period():
    return Period(now() - timedelta(days=1), now() + timedelta(days=1))


@pytest.fixture
def history(agent, manager, outsourcing_agent, vendor, vendor_team, queue, channel, boss):
    """Somebody put personal data where one types reasons, as people do."""
    reason = f"Customer 13800138000 / lin@example.com wrote, card 6222021234567894 {WICKED}"
    audit.record("customer.revealed", by=person(agent, ip="192.0.2.7"), subject=agent, reason=reason)
    audit.record(
        "role.changed", by=boss, reason=WICKED, details={"name": ["lin@example.com", {"phone": "13800138000"}]}
    )
    audit.record("sign_in.failed", by=person(agent, ip="192.0.2.7"), result="refused")
    audit.record("ticket.view", by=person(agent))
    activate_contract(
        contract=ContractFactory(number="BL-1", vendor=vendor, queues=[queue], channels=[channel]), by=boss
    )
    IncidentFactory(what_happened="Mail of lin@example.com went to 13800138000")
    seal_audit()


@pytest.fixture
def files(history, period):
    return made_of(period, SYSTEM).files


def rows(files, key):
    head, *found = (json.loads(line) for line in files[f"data/{key}.jsonl"].decode().splitlines())
    assert all(len(row) == len(head) for row in found), key
    return found


def everything(files) -> str:
    with zipfile.ZipFile(io.BytesIO(files["audit-pack.xlsx"])) as book:
        parts = [book.read(name).decode() for name in book.namelist()]
    return "".join([*parts, *(content.decode() for name, content in files.items() if not name.endswith(".xlsx"))])


def test_nothing_in_it_is_unmasked(files):
    text = everything(files)
    assert "wrote, card" in text
    assert [secret for secret in SECRETS if secret in text] == []


def test_no_cell_is_a_formula(files):
    with zipfile.ZipFile(io.BytesIO(files["audit-pack.xlsx"])) as book:
        sheets = [book.read(name).decode() for name in book.namelist() if name.startswith("xl/worksheets/sheet")]
    assert len(sheets) == len(all_sections())
    assert not any("<f>" in sheet or "<hyperlink" in sheet for sheet in sheets)


def test_each_section_says_what_it_is_for(files, agent, vendor_team, queue):
    assert {(row[0], row[2], row[4]) for row in rows(files, "roles")} >= {
        ("manager", "audit.view", True),
        ("agent", "tickets.reply", True),
    }
    assert [row[2] for row in rows(files, "reveals")] == ["customer.revealed"]
    assert [row[2] for row in rows(files, "sign_ins")] == ["sign_in.failed"]
    assert {"role.changed", "contract.activated", "team.grants_changed"} <= {row[2] for row in rows(files, "changes")}
    assert not {"ticket.view", "sign_in.failed"} & {row[2] for row in rows(files, "changes")}
    assert [row[1:] for row in rows(files, "reads")] == [["alice", "ticket.view", 1]]
    assert [vendor_team.key, "brightline", "Queues", queue.key] in rows(files, "grants")
    assert rows(files, "contracts")[0][:2] == ["BL-1", "brightline"]
    assert rows(files, "verification")[0] == ["intact", 0]
    assert [row[2] for row in rows(files, "refusals")] == ["sign_in.failed"]
    assert len(rows(files, "incidents")) == 1


def test_what_the_house_keeps_is_shown_as_not_given(files, vendor, outsourcing_agent, period):
    outsourcing_agent.role.permissions = [*outsourcing_agent.role.permissions, "audit.view"]
    outsourcing_agent.role.save(update_fields=["permissions"])
    given = {(row[0], row[2]): row[4] for row in rows(made_of(period, SYSTEM).files, "roles")}
    assert given["vendor_agent", "audit.view"] is False
    assert given["manager", "audit.view"] is True


def test_another_time_holds_none_of_it(history):
    long_ago = Period(now() - timedelta(days=400), now() - timedelta(days=399))
    files = made_of(long_ago, SYSTEM).files
    assert [rows(files, key) for key in ("reveals", "sign_ins", "changes", "reads", "incidents")] == [
        [],
        [],
        [],
        [],
        [],
    ]


def test_another_app_adds_a_section(history, period, monkeypatch):
    monkeypatch.setattr(evidence, "_sections", dict(all_sections()))
    register_section(Section("more", "More", ("a", "b"), lambda asked: [(Exact("13800138000"), "13800138000")]))
    ((kept, masked),) = rows(made_of(period, SYSTEM).files, "more")
    assert (kept, masked) == ("13800138000", "138****8000")


def test_the_signature_holds_for_this_pack_only(files):
    assert findings_in(files) == []
    changed = {**files, "data/roles.jsonl": files["data/roles.jsonl"].replace(b"manager", b"nobody", 1)}
    assert findings_in(changed) == ["data/roles.jsonl is not what was signed"]
    assert findings_in({name: data for name, data in files.items() if name != "data/keys.jsonl"}) == [
        "data/keys.jsonl is not what was signed"
    ]
    assert findings_in({**files, "data/more.jsonl": b"[]"}) == ["data/more.jsonl was added"]
    forged = {**files, "manifest.json": files["manifest.json"].replace(b'"rows": 1', b'"rows": 2', 1)}
    assert findings_in(forged) == ["manifest.json was not signed by this installation"]


def test_the_command_writes_and_checks(history, tmp_path, capsys):
    out, day = tmp_path / "pack.zip", f"{now():%Y-%m-%d}"
    call_command("audit-pack", "--from", day, "--to", day, "--out", str(out), "--language", "en")
    password = capsys.readouterr().out.split()[-1]
    assert rows(unzipped(out.read_bytes(), password=password), "reveals")
    call_command("audit-pack", "--verify", str(out), "--password", password)
    assert "as it was signed" in capsys.readouterr().out
    with pytest.raises(CommandError):
        call_command("audit-pack", "--verify", str(out), "--password", "wrong")
    assert AuditEntry.objects.filter(action="audit_pack.made", actor_kind="system").exists()


def test_auditors_ask_for_it_on_a_page_and_others_do_not(cast):
    days = {"since": f"{now():%Y-%m-%d}", "until": f"{now():%Y-%m-%d}"}
    for who, status in (("manager", 200), ("supervisor", 403), ("outsourcing_agent", 403)):
        client = Client()
        client.force_login(cast[who])
        assert client.post(reverse("admin:audit-pack"), days, follow=True).status_code == status, who
    assert AuditEntry.objects.filter(action="export.asked").count() == 1

"""What time and events bring about."""

from datetime import timedelta
from typing import Any

import pytest

from apps.accounts.models import User
from apps.core import live
from apps.core.actor import SYSTEM
from apps.core.clock import now
from apps.core.models import StoredFile
from apps.core.sweeps import run_sweeps
from apps.tickets.enums import Status
from apps.tickets.models import DraftFile, Queue, Ticket
from apps.tickets.services import assignment, columns, drafts, lifecycle
from tests.tickets.conftest import Acting

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("grants")]


def test_resolved_tickets_close_after_the_days_of_silence(ticket: Ticket) -> None:
    lifecycle.change_status(ticket=ticket, status=Status.RESOLVED, by=SYSTEM)
    assert run_sweeps("tickets.close_resolved") == 0
    Ticket.objects.filter(pk=ticket.pk).update(resolved_at=now() - timedelta(days=14, minutes=1))
    assert run_sweeps("tickets.close_resolved") == 1
    ticket.refresh_from_db()
    assert ticket.status == Status.CLOSED
    assert ticket.closed_at is not None
    assert run_sweeps("tickets.close_resolved") == 0


def test_abandoned_uploads_are_thrown_away_with_their_content(ticket: Ticket, acting: Acting, agent: User) -> None:
    old, fresh = (
        drafts.add_draft_file(by=acting(agent), ticket=ticket, name=name, content=b"x") for name in ("old", "fresh")
    )
    DraftFile.objects.filter(pk=old.pk).update(created=now() - timedelta(days=31))
    assert run_sweeps("tickets.draft_files") == 1
    assert list(DraftFile.objects.all()) == [fresh]
    assert list(StoredFile.objects.all()) == [fresh.file]


@pytest.fixture
def hints(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    told: list[dict[str, Any]] = []

    def hint(kind: str, id: int, version: int, *, groups: Any, position: int | None = None) -> None:  # noqa: A002
        told.append({"kind": kind, "id": id, "version": version, "groups": set(groups), "position": position})

    monkeypatch.setattr(live, "hint", hint)
    return told


def test_screens_are_told_ids_and_versions_and_nothing_else(
    ticket: Ticket, acting: Acting, agent: User, teammate: User, other_queue: Queue, hints: list[dict[str, Any]]
) -> None:
    run_sweeps("core.events")
    hints.clear()
    assignment.watch(ticket=ticket, by=acting(teammate))
    assignment.claim_ticket(ticket=ticket, by=acting(agent))
    lifecycle.change_fields(ticket=ticket, by=acting(agent), queue=other_queue, subject="Secret 13800138000")
    run_sweeps("core.events")
    ticket.refresh_from_db()
    assert {(hint["kind"], hint["id"]) for hint in hints} == {("ticket", ticket.pk)}
    assert hints[-1]["version"] == ticket.version
    positions = [hint["position"] for hint in hints]
    assert positions == sorted(positions)
    groups = set().union(*(hint["groups"] for hint in hints))
    assert groups == {
        live.group("ticket", ticket.pk),
        live.group("queue", ticket.queue_id),
        *(live.group("queue", pk) for pk in Queue.objects.values_list("pk", flat=True)),
        *(f"contract.{pk}.{ticket.channel_id}" for pk in Queue.objects.values_list("pk", flat=True)),
        live.group("user", agent.pk),
        live.group("user", teammate.pk),
    }
    assert "Secret" not in str(hints)


def test_higher_apps_write_their_columns_and_nothing_else(ticket: Ticket) -> None:
    before = ticket.version
    due = now() + timedelta(hours=1)
    columns.set_columns(ticket_id=ticket.pk, next_due_at=due, sla_state="running")
    columns.set_columns(ticket_id=ticket.pk, next_due_at=due, sla_state="running")
    ticket.refresh_from_db()
    assert (ticket.next_due_at, ticket.sla_state, ticket.version) == (due, "running", before + 1)
    with pytest.raises(TypeError):
        columns.set_columns(ticket_id=ticket.pk, status="closed")
    columns.set_columns(ticket_id=999_999_999, intent="refund")

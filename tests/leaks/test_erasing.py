"""Erasing one person of the walked world: every table is opened and searched, and the neighbours keep what is theirs."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.db.models import Model
from django.test import TestCase, override_settings

from apps.core.actor import Actor, person
from apps.core.audit import verify_trail
from apps.core.fields import encrypted_fields
from apps.core.idempotency import Answer, keep_answer
from apps.core.models import AuditEntry, Event
from apps.customers.models import Customer, Identity
from apps.metrics.models import ContactFact, WaitFact
from apps.privacy import people
from apps.privacy.enums import ErasureState
from apps.privacy.errors import ErasureUnderWay, OnHold, SecondPersonNeeded
from apps.privacy.models import Erasure, LegalHold
from apps.privacy.services import erasing
from apps.privacy.services.erasing import approve_erasure, ask_for_erasure, dry_run, run_erasures
from apps.qa.models import SurveyResponse
from apps.tickets.models import Draft, Message, Ticket
from tests.factories.accounts import UserFactory
from tests.factories.tickets import mail, receive
from tests.leaks.finding import Find, Finder
from tests.leaks.planted import Group, Planted, Role, Secret
from tests.leaks.test_dump import rows
from tests.leaks.world import World

pytestmark = pytest.mark.integration

# Nobody may change the trail: it names people by number, and what was typed into it stays sealed until it is retired.
KEPT = {"core.auditentry"}


@pytest.fixture
def files(world: World, tmp_path: Path) -> Iterator[Path]:
    """Content that may be deleted: other tests read the world's own."""
    copied = tmp_path / "media"
    shutil.copytree(settings.MEDIA_ROOT, copied)
    with override_settings(MEDIA_ROOT=copied):
        yield copied


@pytest.fixture
def second(world: World) -> Actor:
    return person(UserFactory(username="walk-second", role="manager"))


def first(world: World) -> Actor:
    return world.actor(Role.MANAGER)


def asked(world: World, group: Group = Group.INSIDE) -> Erasure:
    return ask_for_erasure(customer_id=world.customers[group].pk, by=first(world), reason="They asked for it.")


def erase(world: World, second: Actor) -> Erasure:
    erasure = asked(world)
    with TestCase.captureOnCommitCallbacks(execute=True):
        approve_erasure(erasure=erasure, by=second)
        while run_erasures():
            pass
    erasure.refresh_from_db()
    return erasure


def opened() -> dict[str, str]:
    """What everybody's rows say once they are opened, by model."""
    found: dict[str, str] = {}
    for model in apps.get_models():
        if not model._meta.managed or model._meta.proxy or model._meta.label_lower in KEPT:
            continue
        if encrypted_fields(model) or model._meta.app_label in {"tickets", "customers", "privacy"}:
            found[model._meta.label_lower] = "\n".join(map(_said, model._base_manager.all()))
    return found


def _said(row: Model) -> str:
    values = [getattr(row, field.attname) for field in row._meta.concrete_fields]
    return " | ".join(
        value.decode("utf-8", "replace") if isinstance(value, bytes) else _text(value) for value in values
    )


def _text(value: object) -> str:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, (dict, list)) else str(value)


def finds(secrets: list[Secret]) -> dict[str, list[Find]]:
    finder = Finder(secrets)
    return {label: found for label, text in opened().items() if (found := finder.find(text))}


def of(world: World, *groups: Group) -> list[Secret]:
    return [secret for secret in world.secrets if secret.group in groups]


def test_nothing_of_the_person_is_left_anywhere(world: World, files: Path, second: Actor):
    secrets = of(world, Group.INSIDE, Group.ASIDE)
    customer, by = world.customers[Group.INSIDE], world.actor(Role.AGENT)
    Draft.objects.create(user=world.users[Role.AGENT], kind="new", data={"to": Planted(Group.INSIDE).email})
    keep_answer(b"k" * 32, b"f" * 32, Answer(200, {"customer": customer.public_id, "name": customer.name}))
    before, others = finds(secrets), finds(of(world, Group.ELSEWHERE, Group.IN_HOUSE))
    on_disk = sum(1 for path in files.rglob("*") if path.is_file())
    assert len(secrets) >= 20
    assert {"customers.identity", "tickets.message", "qa.surveyresponse", "core.event", "tickets.draft"} <= set(before)
    assert by

    erasure = erase(world, second)

    assert erasure.state == ErasureState.DONE
    assert finds(secrets) == {}
    assert not [find for _table, text in rows() for find in Finder(secrets).find(text)]
    assert sum(1 for path in files.rglob("*") if path.is_file()) < on_disk
    assert _labels(finds(of(world, Group.ELSEWHERE, Group.IN_HOUSE))) == _labels(others)


def _labels(found: dict[str, list[Find]]) -> dict[str, set[str]]:
    return {label: {find.secret.label for find in each} for label, each in found.items()}


def test_figures_and_history_stay(world: World, files: Path, second: Actor):
    def figures() -> list[object]:
        return [
            list(
                Ticket.objects.order_by("pk").values_list("number", "status", "category", "opened_at", "message_count")
            ),
            list(Message.objects.order_by("pk").values_list("pk", "created", "kind", "sequence")),
            list(SurveyResponse.objects.order_by("pk").values_list("pk", "score")),
            list(WaitFact.objects.values_list("pk", flat=True)),
            list(ContactFact.objects.values_list("pk", flat=True)),
            list(Event.objects.exclude(kind="customer.erased").order_by("pk").values_list("pk", "kind", "ticket_id")),
        ]

    before, entries = figures(), AuditEntry.objects.count()

    erasure = erase(world, second)

    assert figures() == before
    assert AuditEntry.objects.count() > entries
    assert AuditEntry.objects.filter(action="privacy.erased", subject_id=erasure.customer_ids[0]).count() == 1
    assert verify_trail().is_intact
    assert erasure.person == {}
    assert erasure.counts["tickets.message"] >= 4


def test_who_writes_again_is_somebody_new(world: World, files: Path, second: Actor):
    planted, old = Planted(Group.INSIDE), world.tickets[Group.INSIDE]
    erasure = erase(world, second)

    result = receive(
        world.channels["support"],
        mail("I am back.", sender=planted.email, answers=(f"first.{Group.INSIDE.name.lower()}@mailhost.example",)),
    )

    ticket = Ticket.objects.select_related("customer").get(pk=result.ticket_id)
    assert ticket.pk != old.pk
    assert ticket.customer is not None
    assert ticket.customer_id not in erasure.customer_ids
    call_command("replay-erasures")
    assert Identity.objects.filter(customer=ticket.customer).exists()


def test_a_second_person_decides(world: World, second: Actor):
    erasure = asked(world)

    with pytest.raises(SecondPersonNeeded):
        approve_erasure(erasure=erasure, by=first(world))
    with pytest.raises(ErasureUnderWay):
        asked(world)

    assert run_erasures() == 0
    assert Customer.objects.get(pk=world.customers[Group.INSIDE].pk).erased_at is None
    erasure.refresh_from_db()
    assert erasure.state == ErasureState.WAITING


@pytest.mark.parametrize("kind", ["customer", "ticket", "brand"])
def test_a_hold_stops_it(world: World, second: Actor, kind: str):
    ticket, erasure = world.tickets[Group.INSIDE], asked(world)
    targets = {"customer": ticket.customer_id, "ticket": ticket.pk, "brand": ticket.brand_id}
    hold = LegalHold.objects.create(reason="Case 4711")
    hold.targets.create(kind=kind, object_id=targets[kind])

    with pytest.raises(OnHold):
        approve_erasure(erasure=erasure, by=second)
    with pytest.raises(OnHold):
        asked(world, Group.INSIDE)
    Erasure.objects.filter(pk=erasure.pk).update(state=ErasureState.APPROVED)

    assert run_erasures() == 0
    assert Customer.objects.get(pk=ticket.customer_id).name


def test_it_goes_on_where_it_was_stopped(world: World, files: Path, second: Actor, monkeypatch: pytest.MonkeyPatch):
    """Each step by itself, as if the worker died after it, with batches of one."""
    monkeypatch.setattr(erasing, "BATCH", 1)
    erasure = asked(world)
    approve_erasure(erasure=erasure, by=second)

    steps = 0
    while run_erasures():
        steps += 1

    erasure.refresh_from_db()
    assert erasure.state == ErasureState.DONE
    assert steps > 20
    assert finds(of(world, Group.INSIDE, Group.ASIDE)) == {}


def test_a_restored_backup_is_erased_again(world: World, files: Path, second: Actor, tmp_path: Path):
    kept = tmp_path / "list"
    kept.mkdir()
    customer = world.customers[Group.INSIDE]
    handles = list(Identity.objects.filter(customer=customer))
    with override_settings(ERASURE_LIST_DIR=kept):
        erasure = erase(world, second)
    [proof] = kept.glob("*.json")
    assert not Finder(of(world, Group.INSIDE)).find(proof.read_text())
    Erasure.objects.all().delete()
    Customer.objects.filter(pk=customer.pk).update(erased_at=None)
    for handle in handles:  # as the backup has them
        handle.save(force_insert=True)
        Identity.objects.filter(pk=handle.pk).update(created=handle.created)

    call_command("replay-erasures", "--list", str(kept))

    assert not Identity.objects.filter(customer=customer).exists()
    assert Erasure.objects.get().customer_ids == erasure.customer_ids
    assert finds(of(world, Group.INSIDE)) == {}


def test_a_dry_run_counts_and_changes_nothing(world: World):
    found = people.directory().person(world.customers[Group.INSIDE].pk)
    assert found is not None

    counted = {place.key: count for place, count in dry_run(found)}

    assert counted["tickets.message"]
    assert counted["tickets.beside"] is None
    assert Customer.objects.get(pk=found.id).name

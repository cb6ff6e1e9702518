"""Requests about personal data: their clock, their steps, and the copy that a person gets."""

import io
import json
import zipfile
from datetime import UTC, datetime, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client

from apps.core.actor import Actor, person
from apps.core.clock import now
from apps.core.errors import AppError, InvalidInput, PermissionRefused
from apps.core.models import AuditEntry, Event
from apps.core.storage import open_file
from apps.customers.models import Customer
from apps.privacy.enums import CameBy, CheckedBy, Law, PackageState, RequestKind, RequestState
from apps.privacy.errors import PackageGone, WrongStep
from apps.privacy.forms import CheckForm
from apps.privacy.models import AccessPackage, Correction, DataSubjectRequest, RequestTerm
from apps.privacy.services import requests
from apps.privacy.services.correcting import correct
from apps.privacy.services.packing import ask_for_package, build_packages, fetch_package
from apps.privacy.terms import due_at
from tests.factories.accounts import UserFactory
from tests.factories.automation import WebhookEndpointFactory
from tests.factories.customers import CustomerFactory, CustomerNoteFactory
from tests.factories.tickets import TicketFactory, say

pytestmark = pytest.mark.integration


@pytest.fixture
def customer(db) -> Customer:
    return CustomerFactory(name="林小雨", phone="+8613800138000", email="lin@example.com")


@pytest.fixture
def by(manager) -> Actor:
    return person(manager)


def opened(customer: Customer, by: Actor, kind: RequestKind = RequestKind.ACCESS, **more: object) -> DataSubjectRequest:
    said = {"law": Law.GDPR, "came_by": CameBy.MAIL, **more}
    return requests.open_request(customer_id=customer.pk, kind=kind, by=by, **said)


def checked(customer: Customer, by: Actor, kind: RequestKind = RequestKind.ACCESS) -> DataSubjectRequest:
    return requests.check_identity(request=opened(customer, by, kind), method=CheckedBy.KNOWN, by=by)


def test_each_law_has_its_clock(db):
    friday = datetime(2025, 9, 26, 9, tzinfo=UTC)

    assert due_at(Law.GDPR, friday) == friday + timedelta(days=30)
    # Over the golden week, whose make-up days are the Sunday before and the Saturday after it.
    assert due_at(Law.PIPL, friday) == datetime(2025, 10, 23, 9, tzinfo=UTC)
    assert due_at(Law.PIPL, datetime(2090, 1, 2, tzinfo=UTC)) == datetime(2090, 1, 23, tzinfo=UTC)


def test_a_request_goes_step_by_step(customer, by):
    row = opened(customer, by, RequestKind.CORRECTION)
    with pytest.raises(WrongStep):
        requests.begin_work(request=row, by=by)
    requests.check_identity(request=row, method=CheckedBy.DOCUMENT, note="passport", by=by)
    requests.begin_work(request=row, by=by)
    requests.answer(request=row, words="We corrected it.", by=by)
    row = requests.close(request=row, by=by)

    assert (row.state, row.answer) == (RequestState.CLOSED, "We corrected it.")
    assert row.settled_at is not None
    told = AuditEntry.objects.filter(subject_type="privacy.datasubjectrequest", subject_id=row.pk)
    assert [entry.action.removeprefix("privacy.request_") for entry in told.order_by("pk")] == [
        "opened", "checked", "begun", "answered", "closed",
    ]  # fmt: skip


def test_a_code_is_noted_by_coming_back_only(customer, by):
    row = opened(customer, by)
    with pytest.raises(InvalidInput):
        requests.check_identity(request=row, method=CheckedBy.CODE, by=by)
    row.refresh_from_db()
    assert (row.state, row.checked_by) == (RequestState.RECEIVED, "")
    assert not CheckForm({"method": CheckedBy.CODE}).is_valid()
    assert CheckForm({"method": CheckedBy.DOCUMENT}).is_valid()


def test_the_time_is_extended_once(customer, by):
    row = opened(customer, by)
    first = row.due_at

    row = requests.extend(request=row, reason="Three systems are asked.", by=by)

    assert row.due_at == first + timedelta(days=60)
    with pytest.raises(WrongStep):
        requests.extend(request=row, reason="Again.", by=by)


def test_nobody_else_takes_one_in(customer, agent, outsourcing_agent):
    for user in (agent, outsourcing_agent):
        with pytest.raises(PermissionRefused):
            opened(customer, person(user))
    assert not DataSubjectRequest.objects.exists()


def test_whoever_asks_for_another_shows_that_they_may(customer, by):
    row = opened(customer, by, is_by_proxy=True, asked_by="their guardian")

    with pytest.raises(InvalidInput):
        requests.check_identity(request=row, method=CheckedBy.DOCUMENT, by=by)

    assert requests.check_identity(request=row, method=CheckedBy.AUTHORITY, by=by).state == RequestState.CHECKED


def test_the_copy_is_complete_and_holds_nobody_elses_data(customer, by, agent):
    other = CustomerFactory(name="周大海", phone="+8613912345678")
    ticket = TicketFactory(customer=customer, subject="Broken screen")
    say(ticket, "=1+1 I am 林小雨, 13800138000; my neighbour 13912345670 saw it.", customer=customer)
    say(ticket, "We look into it; 13700137000 called about it too.", author=agent, kind="agent")
    say(TicketFactory(customer=other), "A stranger's words", customer=other)
    CustomerNoteFactory(customer=customer, body="Prefers mornings.")
    package = ask_for_package(request=checked(customer, by), by=by)

    while build_packages():
        pass

    package = AccessPackage.objects.get(pk=package.pk)
    assert package.state == PackageState.READY
    assert package.file is not None
    with zipfile.ZipFile(io.BytesIO(open_file(package.file))) as archive:
        parts = {name: archive.read(name).decode("utf-8", "replace") for name in archive.namelist()}
    whole = "\n".join(parts.values())
    assert {"customer.json", "identities.json", "messages.json", "requests.json", "index.en.html"} <= set(parts)
    messages = json.loads(parts["messages.json"])
    assert [row["from"] for row in messages] == ["you", "staff"]
    own = "=1+1 I am 林小雨, 13800138000; my neighbour 13912345670 saw it."
    assert messages[0]["text"] == own, "what they wrote themselves is theirs as they wrote it"
    assert "called about it too" in messages[1]["text"]
    assert "Prefers mornings." in whole
    for foreign in ("13912345678", "13700137000", "周大海", "stranger's", str(agent), agent.username):
        assert foreign not in whole
    assert "'=1+1" in parts["messages.csv"]


def test_the_copy_is_fetched_three_times_and_is_gone_after_a_day(customer, by):
    package = ask_for_package(request=checked(customer, by), by=by)
    while build_packages():
        pass
    for _time in range(3):
        fetch_package(package=package, by=by)
    with pytest.raises(PackageGone):
        fetch_package(package=package, by=by)
    AccessPackage.objects.update(downloads=0, expires_at=now() - timedelta(seconds=1))
    with pytest.raises(PackageGone):
        fetch_package(package=package, by=by)

    while build_packages():
        pass

    package.refresh_from_db()
    assert (package.state, package.file) == (PackageState.GONE, None)
    assert AuditEntry.objects.filter(action="privacy.package_downloaded").count() == 3


def test_no_copy_before_the_identity_is_checked(customer, by):
    with pytest.raises(WrongStep):
        ask_for_package(request=opened(customer, by), by=by)
    assert not AccessPackage.objects.exists()


def test_an_erasure_goes_through_the_pages_with_two_people(customer, manager):
    office, second = Client(), Client()
    office.force_login(manager)
    second.force_login(UserFactory(username="second", role="manager", is_staff=True))
    said = {"kind": "erasure", "law": "pipl", "came_by": "phone"}

    shown = office.post(f"/admin/privacy/requests/new/?customer={customer.pk}", said, follow=True)
    row = DataSubjectRequest.objects.get()
    page = f"/admin/privacy/requests/{row.pk}/"
    office.post(f"{page}check/", {"check-method": "known", "check-note": ""})
    office.post(f"{page}work/")
    office.post(f"{page}approve/")

    assert shown.status_code == 200
    assert row.erasures.get().state == "waiting"
    assert "林小雨" in second.get(page).content.decode()
    second.post(f"{page}approve/")
    assert row.erasures.get().state == "approved"


def test_the_house_may_set_a_shorter_time(customer, by):
    RequestTerm.objects.create(law=Law.GDPR, days=20, more_days=0)

    row = opened(customer, by)

    assert row.due_at == row.received_at + timedelta(days=20)
    with pytest.raises(WrongStep):
        requests.extend(request=row, reason="Much to read.", by=by)
    with pytest.raises(ValidationError):
        RequestTerm(law=Law.GDPR, days=31, more_days=0).full_clean()


def test_a_request_begins_from_the_list_and_from_the_customers_page(customer, manager, agent, by):
    office, desk = Client(headers={"Accept-Language": "en"}), Client(headers={"Accept-Language": "en"})
    office.force_login(manager)
    desk.force_login(agent)
    opened(customer, by, received_at=now() - timedelta(days=40))
    address = f"/admin/privacy/requests/new/?customer={customer.pk}"

    assert "/admin/privacy/requests/new/" in office.get("/admin/privacy/datasubjectrequest/").content.decode()
    assert address in office.get("/admin/privacy/requests/new/?q=lin@example.com").content.decode()
    assert address in office.get(f"/desk/customers/{customer.public_id}/").content.decode()
    assert address not in desk.get(f"/desk/customers/{customer.public_id}/").content.decode()
    listed = [
        office.get(f"/admin/privacy/datasubjectrequest/?deadline={each}").context["cl"].result_count
        for each in ("overdue", "pressing", "open")
    ]
    opened(customer, by)
    assert listed == [1, 1, 1]
    assert office.get("/admin/privacy/datasubjectrequest/?deadline=overdue").context["cl"].result_count == 1


# --- Correction


def in_work(customer: Customer, by: Actor) -> DataSubjectRequest:
    return requests.begin_work(request=checked(customer, by, RequestKind.CORRECTION), by=by)


def test_a_correction_changes_fields_tells_their_names_and_seals_the_values(customer, by):
    row = in_work(customer, by)
    handle = customer.identities.get(kind="email")
    package = AccessPackage.objects.create(
        request=checked(customer, by), asked_by=by.user, state=PackageState.READY, downloads=1
    )
    WebhookEndpointFactory(name="Shop", events=["customer.*"])
    WebhookEndpointFactory(name="Deaf", events=["ticket.opened"])

    made = correct(request=row, changes={"name": "林晓雨", f"handle:{handle.public_id}": "rain@example.com"}, by=by)

    customer.refresh_from_db()
    assert customer.name == "林晓雨"
    assert [each.value for each in customer.identities.filter(kind="email")] == ["rain@example.com"]
    assert made.fields == ["handle.email", "name"]
    assert (made.before, made.after) == (
        {"name": "林小雨", "handle.email": "lin@example.com"}, {"name": "林晓雨", "handle.email": "rain@example.com"},
    )  # fmt: skip
    assert [(copy["kind"], copy["name"]) for copy in made.copies] == [
        ("package", package.request.public_id), ("webhook", "Shop"),
    ]  # fmt: skip
    [event] = Event.objects.filter(kind="customer.corrected")
    assert event.payload == {"customer_id": customer.pk, "fields": ["handle.email", "name"]}
    entry = AuditEntry.objects.get(action="privacy.corrected", subject_id=row.pk)
    assert "example.com" not in str(entry.details)
    with connection.cursor() as cursor:
        cursor.execute("SELECT row_to_json(c)::text FROM privacy_correction c")
        assert "林" not in cursor.fetchone()[0]


def test_a_correction_is_made_once_identity_was_checked_and_by_those_who_may(customer, by, agent):
    early = opened(customer, by, RequestKind.CORRECTION)
    with pytest.raises(WrongStep):
        correct(request=early, changes={"name": "X"}, by=by)
    row = in_work(CustomerFactory(name="Nora"), by)
    with pytest.raises(PermissionRefused):
        correct(request=row, changes={"name": "X"}, by=person(agent))
    with pytest.raises(InvalidInput):
        correct(request=row, changes={"name": "Nora"}, by=by)

    customer.refresh_from_db()
    assert customer.name == "林小雨"
    assert not Correction.objects.exists()
    assert not Event.objects.filter(kind="customer.corrected").exists()


def test_a_handle_of_somebody_else_is_refused_and_nothing_changes(customer, by):
    CustomerFactory(email="taken@example.com")
    row, handle = in_work(customer, by), customer.identities.get(kind="email")

    with pytest.raises(AppError):
        correct(request=row, changes={"name": "X", f"handle:{handle.public_id}": "taken@example.com"}, by=by)

    customer.refresh_from_db()
    assert customer.name == "林小雨"
    assert customer.identities.get(kind="email").value == "lin@example.com"
    assert not Correction.objects.exists()


def test_the_page_corrects_and_lists_the_copies(customer, by, manager):
    row = in_work(customer, by)
    office = Client(headers={"Accept-Language": "en"})
    office.force_login(manager)

    page = office.get(f"/admin/privacy/requests/{row.pk}/").content.decode()
    office.post(f"/admin/privacy/requests/{row.pk}/correct/", {"correct-name": "林晓雨"})
    after = office.get(f"/admin/privacy/requests/{row.pk}/").content.decode()

    assert 'name="correct-name"' in page
    customer.refresh_from_db()
    assert customer.name == "林晓雨"
    assert "No copy of it is known." in after

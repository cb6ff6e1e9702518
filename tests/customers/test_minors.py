"""Minors: who marks them, what a merge carries over, what a guardian allows, and how they are seen."""

from datetime import date, timedelta

import pytest

from apps.core import audit
from apps.core.actor import SYSTEM, person
from apps.core.clock import now
from apps.core.errors import InvalidInput, NotVisible, PermissionRefused
from apps.core.models import AuditEntry, Event
from apps.customers.models import Customer, Guardian, Identity
from apps.customers.selectors import customer_panel, known_by_customer, known_values, search_customers
from apps.customers.services.allowing import set_allowed
from apps.customers.services.correcting import correct
from apps.customers.services.customers import remove_identity
from apps.customers.services.erasing import person as person_of
from apps.customers.services.merging import merge_customers, unmerge_customers
from apps.customers.services.minors import GuardianInput, set_minor
from apps.customers.services.resolution import resolve_customer
from apps.privacy.enums import FieldClass, Mode, Purpose
from apps.privacy.errors import GuardianNeeded
from apps.privacy.lens import Lens, lens_for
from apps.privacy.models import Consent
from apps.privacy.permits import SEE_MINORS
from apps.privacy.services.consenting import allows
from apps.tickets.services.retention import _customers, _make_anonymous
from tests.factories.customers import CustomerFactory

pytestmark = [pytest.mark.integration, pytest.mark.django_db]

NAME, PHONE = "李小苗", "+8613800138000"
GUARDIAN = GuardianInput(name="李建国", handle="139 0013 9000")


@pytest.fixture
def child() -> Customer:
    return CustomerFactory(name=NAME, phone=PHONE)


def marked(customer: Customer, by, guardian: GuardianInput | None = GUARDIAN) -> Customer:
    return set_minor(customer=customer, is_minor=True, guardian=guardian, by=person(by))


# --- Marking ----------------------------------------------------------------------------------------------------------


def test_marking_is_told_and_in_the_trail_without_the_guardian(child, agent):
    marked(child, agent)
    child.refresh_from_db()
    assert child.is_minor
    assert Guardian.objects.get().handle == "+8613900139000"
    told = Event.objects.filter(kind="customer.updated").latest("created")
    assert told.payload["fields"] == ["is_minor", "guardian"]
    entry = AuditEntry.objects.get(action="customer.minor_set")
    assert (entry.subject_id, entry.details) == (child.pk, {"is_minor": True, "changed": ["is_minor", "guardian"]})


def test_who_may_not_see_minors_cannot_take_the_mark_away(child, agent, manager):
    marked(child, agent)
    with pytest.raises(PermissionRefused):
        set_minor(customer=child, is_minor=False, by=person(agent))
    child.refresh_from_db()
    assert child.is_minor
    assert Guardian.objects.count() == 1
    set_minor(customer=child, is_minor=False, by=person(manager))
    child.refresh_from_db()
    assert not child.is_minor
    assert Guardian.objects.count() == 0


def test_who_may_not_edit_customers_marks_nobody(child, outsourcing_agent):
    with pytest.raises((NotVisible, PermissionRefused)):
        marked(child, outsourcing_agent)
    child.refresh_from_db()
    assert not child.is_minor
    assert not Guardian.objects.exists()


@pytest.mark.parametrize(
    ("guardian", "field"),
    [
        (GuardianInput(name=" "), "guardian_name"),
        (GuardianInput(name="Lee", handle="call me"), "guardian_handle"),
        (GuardianInput(name="Lee", consented_on=now().date() + timedelta(days=2)), "guardian_consented_on"),
    ],
)
def test_what_cannot_be_a_guardian_changes_nothing(child, agent, guardian, field):
    with pytest.raises(InvalidInput) as refused:
        marked(child, agent, guardian)
    assert set(refused.value.fields) == {field}
    child.refresh_from_db()
    assert not child.is_minor
    assert not Guardian.objects.exists()


def test_what_is_not_said_of_a_guardian_stays(child, agent, manager):
    marked(child, agent, GuardianInput(name="李建国", handle="139 0013 9000", consented_on=now().date()))
    marked(child, manager, GuardianInput(handle="lee@example.com", keeps_consent=True))
    row = Guardian.objects.get()
    assert (row.name, row.handle, row.consented_on) == ("李建国", "lee@example.com", now().date())


@pytest.mark.parametrize(
    "said",
    [
        GuardianInput(name="Mallory", keeps_consent=True),
        GuardianInput(name="李建国", keeps_consent=True),
        GuardianInput(handle="13700137000", keeps_consent=True),
        GuardianInput(handle="", keeps_consent=True),
        GuardianInput(consented_on=None),
        GuardianInput(consented_on=date(2026, 1, 2)),
    ],
)
def test_what_is_noted_of_a_guardian_is_changed_by_who_sees_it(child, agent, said):
    """Nor is a guess answered: the right name is refused as a wrong one is."""
    noted = GuardianInput(name="李建国", handle="139 0013 9000", consented_on=date(2026, 1, 1))
    marked(child, agent, noted)
    entries = AuditEntry.objects.filter(action="customer.minor_set").count()
    with pytest.raises(PermissionRefused):
        marked(child, agent, said)
    row = Guardian.objects.get()
    assert (row.name, row.handle, row.consented_on) == ("李建国", "+8613900139000", date(2026, 1, 1))
    assert AuditEntry.objects.filter(action="customer.minor_set").count() == entries


def test_what_is_missing_of_a_guardian_is_added_by_anybody(child, agent):
    marked(child, agent, GuardianInput(name="李建国"))
    marked(child, agent, GuardianInput(handle="139 0013 9000", consented_on=date(2026, 1, 1)))
    row = Guardian.objects.get()
    assert (row.name, row.handle, row.consented_on) == ("李建国", "+8613900139000", date(2026, 1, 1))


def test_the_trail_keeps_marks_of_what_was_changed(child, agent, manager):
    marked(child, agent)
    marked(child, manager, GuardianInput(handle="lee@example.com", keeps_consent=True))
    details = AuditEntry.objects.filter(action="customer.minor_set").latest("id").details
    assert details["guardian"] == {"handle": [audit.mark_of("+8613900139000"), audit.mark_of("lee@example.com")]}


def test_a_minors_handle_is_taken_away_by_who_sees_minors(child, agent, manager):
    """Or the next message would make a customer of them whom nobody has marked."""
    marked(child, agent)
    (phone,) = child.identities.all()
    with pytest.raises(PermissionRefused):
        remove_identity(identity=phone, by=person(agent))
    found, _identity, is_new = resolve_customer(kind="phone", value=PHONE, by=SYSTEM)
    assert (found.pk, found.is_minor, is_new) == (child.pk, True, False)
    remove_identity(identity=phone, by=person(manager))
    assert not child.identities.exists()


def test_of_a_record_that_was_merged_too(child, agent, supervisor, manager):
    adult = CustomerFactory(name="赵六", phone="+8613700137000")
    marked(child, manager)
    merge_customers(survivor=adult, merged=Customer.objects.get(pk=child.pk), by=person(manager))
    for identity in Identity.objects.all():
        with pytest.raises(PermissionRefused):
            remove_identity(identity=identity, by=person(supervisor))
    unmerge_customers(merged=Customer.objects.get(pk=child.pk), by=person(supervisor))
    for identity in Identity.objects.all():
        with pytest.raises(PermissionRefused):
            remove_identity(identity=identity, by=person(supervisor))
    assert Identity.objects.count() == 2


def test_a_correction_takes_no_handle_from_a_minor_without_the_right(child, agent, manager):
    marked(child, agent)
    manager.role.permissions = [each for each in manager.role.permissions if each != SEE_MINORS]
    manager.role.save()
    (phone,) = child.identities.all()
    with pytest.raises(PermissionRefused):
        correct(child.pk, {f"handle:{phone.public_id}": "+8613700137000"}, person(manager))
    assert [row.value for row in child.identities.all()] == [PHONE]


def test_a_merge_carries_the_mark_both_ways_and_undoing_it_keeps_it(child, manager):
    adult = CustomerFactory(name="赵六")
    marked(child, manager)
    merge_customers(survivor=adult, merged=Customer.objects.get(pk=child.pk), by=person(manager))
    assert set(Customer.objects.filter(is_minor=True)) == {adult, child}
    panel = customer_panel(Customer.objects.get(pk=adult.pk), person(manager))
    assert (panel.is_minor, panel.guardian.name) == (True, "李建国")
    unmerge_customers(merged=Customer.objects.get(pk=child.pk), by=person(manager))
    assert set(Customer.objects.filter(is_minor=True)) == {adult, child}


# --- What they allow --------------------------------------------------------------------------------------------------


def test_without_a_guardian_nothing_but_service_is_allowed(child, agent):
    row = marked(child, agent)
    with pytest.raises(GuardianNeeded):
        set_allowed(customer=row, purpose=Purpose.SURVEYS, is_allowed=True, by=person(agent))
    assert not Consent.objects.exists()
    assert not allows([child.pk], Purpose.SURVEYS)
    assert allows([child.pk], Purpose.SERVICE)
    panel = customer_panel(row, person(agent))
    assert panel.lacks_guardian
    assert {choice.purpose for choice in panel.choices if choice.is_allowed} == {"service"}


def test_with_the_guardians_consent_it_is_as_for_others(child, agent):
    row = marked(child, agent, GuardianInput(name="李建国", consented_on=now().date()))
    assert allows([child.pk], Purpose.SURVEYS)
    set_allowed(customer=row, purpose=Purpose.RECORDING, is_allowed=True, by=person(agent))
    assert allows([child.pk], Purpose.RECORDING)
    assert not customer_panel(row, person(agent)).lacks_guardian


# --- How they are seen ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("mode", "seen"),
    [
        (Mode.RAW, Mode.MASKED),
        (Mode.MASKED, Mode.HIDDEN),
        (Mode.TOKENIZED, Mode.HIDDEN),
        (Mode.HIDDEN, Mode.HIDDEN),
    ],
)
def test_a_minor_is_shown_one_step_more_strictly(mode, seen):
    lens = Lens(dict.fromkeys(FieldClass, mode)).of(is_minor=True)
    assert {lens.mode(each) for each in FieldClass if each is not FieldClass.FREE_TEXT} == {seen}
    assert lens.of(is_minor=True) is lens, "one step, however often it is asked for"
    assert Lens(dict.fromkeys(FieldClass, mode), sees_minors=True).of(is_minor=True).mode(FieldClass.NAME) is mode


def test_texts_stay_readable_for_who_sees_values_hidden():
    lens = Lens(dict.fromkeys(FieldClass, Mode.MASKED)).of(is_minor=True)
    assert lens.text("Call 13800138000 today") == "Call ••• today"


def test_the_right_is_the_managers_and_never_a_vendors(agent, manager, outsourcing_agent):
    role = outsourcing_agent.role
    role.permissions = [*role.permissions, "privacy.see_minors"]
    role.save()
    assert lens_for(person(manager)).of(is_minor=True).is_raw
    assert lens_for(SYSTEM).of(is_minor=True).is_raw
    assert not lens_for(person(agent)).of(is_minor=True).is_raw
    assert not lens_for(person(outsourcing_agent)).sees_minors


def test_a_minor_is_found_by_a_whole_handle_and_by_nothing_that_is_masked(child, agent, manager):
    adult = CustomerFactory(name=NAME, phone="+8613700138000")
    marked(child, agent)

    def found(by, text):
        return {row.id for row in search_customers(text, person(by))}

    assert found(manager, NAME) == {child.pk, adult.pk}
    assert found(agent, NAME) == {adult.pk}
    assert found(agent, "8000") == {adult.pk}
    assert found(manager, "8000") == {child.pk, adult.pk}
    assert found(agent, PHONE) == {child.pk}
    (row,) = search_customers(PHONE, person(agent))
    assert (row.name, row.identities[0].value) == ("李*", "138****8000")


# --- Where the guardian counts as somebody's data ---------------------------------------------------------------------


def test_the_guardian_is_masked_in_texts_told_in_the_copy_and_goes_with_the_person(child, agent):
    marked(child, agent)
    row = Customer.objects.get(pk=child.pk)
    assert (FieldClass.NAME, "李建国") in known_values(row)
    assert (FieldClass.PHONE, "13900139000") in known_by_customer([row])[row.pk]
    assert person_of(row.pk).lacks_guardian
    assert row in _customers()
    _make_anonymous([row.pk])
    assert not Guardian.objects.exists()

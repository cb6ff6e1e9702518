"""Notices and what people allow: told, given, taken back, and obeyed from the next moment on."""

from datetime import timedelta

import pytest
from django.test import Client

from apps.core.actor import SYSTEM, person
from apps.core.clock import now
from apps.core.errors import AppError
from apps.core.models import AuditEntry, Event
from apps.customers.models import Customer
from apps.customers.services.allowing import set_allowed
from apps.privacy.enums import Purpose, Shown
from apps.privacy.models import Consent, PrivacyNotice
from apps.privacy.offering import offered_choices
from apps.privacy.services.consenting import allows, choices_token, give_consent, withdraw_consent
from tests.factories.accounts import BrandFactory
from tests.factories.channels import ChannelFactory
from tests.factories.customers import CustomerFactory

pytestmark = pytest.mark.integration


@pytest.fixture
def customer(db) -> Customer:
    return CustomerFactory(name="林小雨", phone="+8613800138000")


def test_some_uses_need_a_consent_and_others_none(customer):
    assert allows([customer.pk], Purpose.SURVEYS)
    assert not allows([customer.pk], Purpose.RECORDING)

    give_consent(customer_id=customer.pk, purpose=Purpose.RECORDING, shown=Shown.AGENT, by=SYSTEM)
    withdraw_consent(customer_id=customer.pk, purpose=Purpose.SURVEYS, shown=Shown.AGENT, by=SYSTEM)

    assert allows([customer.pk], Purpose.RECORDING)
    assert not allows([customer.pk], Purpose.SURVEYS)
    assert [event.payload["is_allowed"] for event in Event.objects.filter(kind="customer.consent_changed").order_by("pk")] == [
        True, False,
    ]  # fmt: skip


def test_saying_it_again_keeps_the_first_proof(customer):
    first = give_consent(customer_id=customer.pk, purpose=Purpose.SENSITIVE, shown=Shown.CHAT, by=SYSTEM, proof="box")
    again = give_consent(customer_id=customer.pk, purpose=Purpose.SENSITIVE, shown=Shown.AGENT, by=SYSTEM)

    assert again.pk == first.pk
    withdraw_consent(customer_id=customer.pk, purpose=Purpose.SENSITIVE, shown=Shown.PAGE, by=SYSTEM)
    give_consent(customer_id=customer.pk, purpose=Purpose.SENSITIVE, shown=Shown.PAGE, by=SYSTEM)
    rows = Consent.objects.order_by("pk")
    assert [(row.proof, row.withdrawn_at is not None) for row in rows] == [("box", True), ("", False)]


def test_a_merged_record_counts_too(customer):
    other = CustomerFactory(merged_into=customer)
    withdraw_consent(customer_id=other.pk, purpose=Purpose.SURVEYS, shown=Shown.AGENT, by=SYSTEM)

    assert not allows([customer.pk, other.pk], Purpose.SURVEYS)


def test_customers_take_back_on_a_page_of_theirs(customer):
    give_consent(customer_id=customer.pk, purpose=Purpose.RECORDING, shown=Shown.AGENT, by=SYSTEM)
    client, page = Client(headers={"Accept-Language": "en"}), f"/privacy/choices/{choices_token(customer.pk)}/"

    shown = client.get(page)
    client.post(page, {"purpose": "recording", "to": "forbid"})

    assert shown.status_code == 200
    assert "林小雨" not in shown.content.decode()
    assert not allows([customer.pk], Purpose.RECORDING)
    assert Consent.objects.get().withdrawn_by == Shown.PAGE
    assert client.post(page, {"purpose": "everything"}).status_code == 404
    assert client.get("/privacy/choices/forged/").status_code == 404


def test_people_are_shown_the_uses_on_which_something_hangs(customer):
    """Without a notice vendors answer; a page that said "not allowed" of that would say what is not so."""

    def shown() -> set[str]:
        return {str(choice.purpose) for choice in offered_choices([customer.pk])}

    assert shown() == {"service", "surveys"}

    brand = BrandFactory(key="harbour")
    first = PrivacyNotice.objects.create(brand=brand, version=1, text={"en": "Words"}, covers_vendors=False)
    later = {"brand": brand, "version": 3, "text": {"en": "Words"}}
    PrivacyNotice.objects.create(**later, valid_from=now() + timedelta(days=1))
    assert shown() == {"service", "surveys", "third_party"}

    PrivacyNotice.objects.create(brand=brand, version=2, text=first.text)
    assert shown() == {"service", "surveys"}

    withdraw_consent(customer_id=customer.pk, purpose=Purpose.THIRD_PARTY, shown=Shown.CHAT, by=SYSTEM)
    assert shown() == {"service", "surveys", "third_party"}
    page = Client(headers={"Accept-Language": "en"}).get(f"/privacy/choices/{choices_token(customer.pk)}/")
    assert [str(choice.purpose) for choice in page.context["choices"]] == ["service", "surveys", "third_party"]


def test_what_a_channel_waits_for_is_offered(customer, monkeypatch):
    monkeypatch.setattr("apps.channels.uses.purposes_of", lambda channel: {Purpose.CROSS_BORDER})
    assert "cross_border" not in {choice.purpose for choice in offered_choices([customer.pk])}

    ChannelFactory()

    assert "cross_border" in {choice.purpose for choice in offered_choices([customer.pk])}


def test_agents_note_it_on_the_customers_page(customer, supervisor, outsourcing_agent):
    client = Client()
    client.force_login(supervisor)

    client.post(f"/desk/customers/{customer.public_id}/consents/surveys/", {"is_allowed": "0"})

    assert not allows([customer.pk], Purpose.SURVEYS)
    assert AuditEntry.objects.filter(action="privacy.consent_withdrawn", actor_user_id=supervisor.pk).exists()
    assert "surveys" in client.get(f"/desk/customers/{customer.public_id}/").content.decode()
    with pytest.raises(AppError):
        set_allowed(customer=customer, purpose=Purpose.SURVEYS, is_allowed=True, by=person(outsourcing_agent))
    assert not allows([customer.pk], Purpose.SURVEYS)


def test_a_notice_is_shown_by_version(db):
    brand, moment = BrandFactory(key="harbour"), now()
    for version, since in ((1, -2), (2, -1), (3, 1)):
        text = {"en": f"Words of version {version}", "zh-hans": f"第{version}版"}
        PrivacyNotice.objects.create(brand=brand, version=version, text=text, valid_from=moment + timedelta(days=since))
    english, chinese = Client(headers={"Accept-Language": "en"}), Client(headers={"Accept-Language": "zh-CN"})

    assert "Words of version 2" in english.get("/privacy/harbour/").content.decode()
    assert "第2版" in chinese.get("/privacy/harbour/").content.decode()
    assert "Words of version 1" in english.get("/privacy/harbour/1/").content.decode()
    assert english.get("/privacy/harbour/3/").status_code == 404
    assert english.get("/privacy/nobody/").status_code == 404


def test_other_systems_read_and_note_it(customer, supervisor, api):
    client = api(supervisor)

    noted = client.put(f"customers/{customer.public_id}/consents/", {"purpose": "recording", "is_allowed": True})
    told = client.get(f"customers/{customer.public_id}/consents/")

    assert noted.status_code == 204
    assert {row["purpose"]: row["is_allowed"] for row in told.json()["results"]}["recording"] is True
    assert Consent.objects.get().shown == Shown.API

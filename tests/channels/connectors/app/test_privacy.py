"""What an app's user is told of their data, agrees to, takes back and asks for."""

import pytest

from apps.channels.models import ClientMessage, InboundEvent
from apps.core.actor import SYSTEM
from apps.customers.models import Customer, Identity
from apps.privacy.enums import CheckedBy, Purpose, RequestState, Shown
from apps.privacy.models import Consent, DataSubjectRequest, PrivacyNotice
from apps.privacy.services.consenting import allows, withdraw_consent
from tests.channels.connectors.app.conftest import App
from tests.factories.customers import CustomerFactory

pytestmark = pytest.mark.integration


@pytest.fixture
def customer(app: App) -> Customer:
    """Who is user-42 of the app."""
    row: Customer = CustomerFactory(name="Lin")
    Identity.objects.create(customer=row, kind="app_user", scope=app.channel.key, value="user-42")
    return row


@pytest.fixture
def notice(app: App) -> PrivacyNotice:
    row: PrivacyNotice = PrivacyNotice.objects.create(
        brand=app.channel.brand, version=4, text={"en": "Words"}, needs_consent=True
    )
    return row


def test_the_first_message_agrees_where_the_notice_needs_it(app: App, notice: PrivacyNotice) -> None:
    told = app.get("privacy").json()["notice"]
    refused = app.say("Hello")

    assert told == {"version": 4, "address": f"/privacy/{app.channel.brand.key}/4/", "needs_consent": True}
    assert (refused.status_code, refused.json()["code"]) == (422, "channels.agreement_needed")
    assert not ClientMessage.objects.exists()
    assert app.say("Hello", context={"consent": True, "notice": 4}).status_code == 200
    assert app.say("And more", key="m2").status_code == 200
    agreements = [bool(inbox_row_says(row)) for row in InboundEvent.objects.order_by("pk")]
    assert agreements == [True, False]


def inbox_row_says(row: InboundEvent) -> bool:
    return b'"agreement":{"notice":4,"shown":"app"}' in bytes(row.payload)


def test_who_takes_it_back_is_asked_anew(app: App, notice: PrivacyNotice, customer: Customer) -> None:
    app.say("Hello", context={"consent": True, "notice": 4})
    withdraw_consent(customer_id=customer.pk, purpose=Purpose.SERVICE, shown=Shown.AGENT, by=SYSTEM)

    assert app.say("More", key="m2").json()["code"] == "channels.agreement_needed"
    assert ClientMessage.objects.count() == 1


def test_a_user_allows_and_takes_back_with_one_call_each(app: App, customer: Customer) -> None:
    app.post("privacy", {"purpose": "cross_border", "is_allowed": True})
    assert allows([customer.pk], Purpose.CROSS_BORDER)
    told = app.post("privacy", {"purpose": "cross_border", "is_allowed": False}).json()

    assert not allows([customer.pk], Purpose.CROSS_BORDER)
    assert {row["purpose"]: row["is_allowed"] for row in told["choices"]}["cross_border"] is False
    row = Consent.objects.get()
    assert (row.shown, row.withdrawn_by, row.channel_id) == ("app", "app", app.channel.pk)
    assert app.post("privacy", {"purpose": "all", "is_allowed": True}).status_code == 400


def test_a_user_asks_for_a_copy_and_sees_how_far_it_is(app: App, customer: Customer) -> None:
    first = app.post("privacy/requests", {"kind": "access"})
    again = app.post("privacy/requests", {"kind": "access"})

    row = DataSubjectRequest.objects.get()
    assert first.status_code == again.status_code == 201
    assert (row.customer_id, row.came_by, row.state, row.checked_by) == (
        customer.pk, "app", RequestState.CHECKED, CheckedBy.KNOWN,
    )  # fmt: skip
    assert [each["id"] for each in app.get("privacy").json()["requests"]] == [row.public_id]


def test_nobody_else_sees_or_changes_it(app: App, customer: Customer) -> None:
    app.post("privacy/requests", {"kind": "erasure"})

    other = app.get("privacy", app.token("user-7")).json()
    refused = app.post("privacy", {"purpose": "surveys", "is_allowed": False}, app.token("user-7"))

    assert (other["choices"], other["requests"]) == ([], [])
    assert (refused.status_code, refused.json()["code"]) == (409, "privacy.nobody_known")
    assert app.get("privacy", "").status_code == 401
    assert not Consent.objects.exists()
